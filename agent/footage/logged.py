"""The log of a run as footage."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from agent.errors import RecordingError
from agent.log.assembly import LoggedStep
from agent.log.seekable import SeekableLog
from agent.log.timeline import Timeline
from agent.types import RunCard


class LogFootage:
    """See `agent.footage.Footage`.

    Attributes:
        log: what is played.
    """

    driven = True
    drawn = False

    def __init__(self, path: Path) -> None:
        """
        Args:
            path: of the log.

        Raises:
            RecordingError: no log, or one without a step that can be read.
        """
        self.log = SeekableLog(path)
        self.path: Path = path
        self.card: RunCard = self.log.card
        self.timeline: Timeline = self.log.timeline
        self.skipped: Counter[str] = self.log.skipped
        try:
            self.size_px = self._first_size()
        except BaseException:
            self.log.close()
            raise

    def __len__(self) -> int:
        return len(self.log)

    def step(self, number: int) -> LoggedStep:
        """See `Footage.step`."""
        return self.log.step(number)

    def close(self) -> None:
        """Let go of the file."""
        self.log.close()

    def _first_size(self) -> tuple[int, int]:
        if len(self.log) == 0:
            why = ", ".join(self.skipped) or "nothing was driven"
            raise RecordingError(f"{self.path}: the log holds no step, nothing to replay ({why})")
        for number in range(len(self.log)):
            try:
                height, width = self.log.step(number).step.frame.image.shape[:2]
            except RecordingError as error:
                if number == min(100, len(self.log)) - 1:
                    raise RecordingError(f"{error}: and so is what follows") from error
            else:
                return width, height
        raise AssertionError("unreachable")
