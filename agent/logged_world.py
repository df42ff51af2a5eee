"""A log as a world: the car goes where it went."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.log import LoggedRun, read_log
from agent.types import Control, Frame


class LoggedWorld:
    """The frames of a log, for another network or another saliency to look at.

    Attributes:
        run: the log.
    """

    def __init__(self, path: Path) -> None:
        """
        Args:
            path: of the log.

        Raises:
            RecordingError: see `agent.log.read_log`.
        """
        self.run: LoggedRun = read_log(path)

    def frames(self) -> Iterator[Frame]:
        """The frames as they were logged; their images have been JPEGs.

        Raises:
            RecordingError: the log is damaged.
        """
        for logged in self.run:
            yield logged.step.frame

    def apply(self, control: Control) -> None:
        """Nothing: what is past cannot be steered."""
