"""A log as a world: the car goes where it went."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.log import LoggedRun, LoggedStep, read_log
from agent.preprocess import Preprocessing, Preprocessor
from agent.types import Control, Frame, UInt8


class LoggedWorld:
    """The frames of a log, for another network or another saliency to look at.

    Attributes:
        run: the log.
        newest: what was logged with the frame just yielded.
    """

    def __init__(self, path: Path) -> None:
        """
        Args:
            path: of the log.

        Raises:
            RecordingError: see `agent.log.read_log`.
        """
        self.run: LoggedRun = read_log(path)
        self.newest: LoggedStep | None = None

    def frames(self) -> Iterator[Frame]:
        """The frames as they were logged; their images have been JPEGs.

        Raises:
            RecordingError: the log is damaged.
        """
        for logged in self.run:
            self.newest = logged
            yield logged.step.frame

    def apply(self, control: Control) -> None:
        """Nothing: what is past cannot be steered."""


class LoggedPreprocessor(Preprocessor):
    """Gives the network to the bit what it got live, where `Preprocessor` would start from a JPEG."""

    def __init__(self, preprocessing: Preprocessing, world: LoggedWorld) -> None:
        super().__init__(preprocessing)
        self._world = world

    def __call__(self, frame: Frame) -> UInt8:
        """The logged network input of the world's newest frame."""
        newest = self._world.newest
        wanted = (self.preprocessing.height_px, self.preprocessing.width_px, 3)
        if newest is None or newest.step.frame is not frame or newest.network_input.shape != wanted:
            return super().__call__(frame)
        return newest.network_input
