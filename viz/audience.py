"""All who follow a run: HUD, video, window, log, summary, each timed as a stage of its own."""

from __future__ import annotations

from collections.abc import Callable

from agent.stages import Stages
from agent.types import Picture, Step, read_only

Draw = Callable[[Step], Picture]


class Audience:
    """Passes each step on, drawing its picture once and only if somebody looks at pictures."""

    def __init__(self, draw: Draw, stages: Stages) -> None:
        self._draw = stages.timed("hud", draw)
        self._stages = stages
        self._viewers: list[Callable[[Step, Picture], None]] = []
        self._readers: list[Callable[[Step], None]] = []

    def add_viewer(self, stage: str, show: Callable[[Step, Picture], None]) -> None:
        """Somebody who wants every picture."""
        self._viewers.append(self._stages.timed(stage, show))

    def add_reader(self, stage: str, read: Callable[[Step], None]) -> None:
        """Somebody for whom the step is enough."""
        self._readers.append(self._stages.timed(stage, read))

    def __call__(self, step: Step) -> None:
        """Pass a step on to all; the log before the pictures, so that the last step of a crash is in it."""
        for read in self._readers:
            read(step)
        if self._viewers:
            picture = self._draw(step)
            read_only(picture)  # shared from here on: nobody needs a copy of their own
            for show in self._viewers:
                show(step, picture)
