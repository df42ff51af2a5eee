"""The contract of footage, and the part that is the same for all that knows pictures only."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import numpy as np

from agent.errors import RecordingError
from agent.log.assembly import LoggedStep
from agent.log.timeline import ROW, Timeline
from agent.types import Control, Frame, Picture, Pose, RunCard, Step, Telemetry

NO_CONTROL = Control(steer=0.0, throttle=0.0, brake=0.0)
_NOWHERE = Pose(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)


class Footage(Protocol):
    """Steps that can be played in any order.

    Attributes:
        path: of the source.
        card: of the run; made up where there is none.
        timeline: of the steps.
        size_px: width and height of the first picture.
        driven: whether the steering is known.
        drawn: whether its pictures hold a HUD already.
        skipped: what the source holds but the timeline does not, by reason.
    """

    path: Path
    card: RunCard
    timeline: Timeline
    size_px: tuple[int, int]
    driven: bool
    drawn: bool
    skipped: Counter[str]

    def __len__(self) -> int:
        """Number of steps."""

    def step(self, number: int) -> LoggedStep:
        """A step.

        Raises:
            RecordingError: it is damaged.
        """

    def close(self) -> None:
        """Let go of the source."""


class Pictures(ABC):
    """Footage of pictures, with or without the steering that went with them.

    Attributes: see `Footage`; and
        weather: at the first picture, if it is known.
    """

    drawn = False
    weather = "unknown"

    def __init__(
        self,
        path: Path,
        times_s: Sequence[float],
        controls: Sequence[Control] | None,
        model: str,
        speeds_mps: Sequence[float] | None = None,
    ) -> None:
        """
        Args:
            path: of the source.
            times_s: of each picture, increasing.
            controls: of each picture, if known.
            model: what to say in place of the model's name.
            speeds_mps: of each picture, NaN where unknown, if known.
        """
        self.path = path
        self.driven = controls is not None
        self.skipped: Counter[str] = Counter()
        rows = np.zeros(len(times_s), ROW)
        rows["time_s"], rows["index"], rows["map_step"] = times_s, np.arange(len(times_s)), -1
        rows["map_frame"] = -1
        rows["peak"] = rows["speed_mps"] = rows["lane_offset_m"] = np.nan
        if speeds_mps is not None:
            rows["speed_mps"] = speeds_mps
        for number, control in enumerate(controls or ()):
            rows[number]["steer"], rows[number]["throttle"], rows[number]["brake"] = (
                *(control.steer, control.throttle),
                control.brake,
            )
        rows.flags.writeable = False
        self.timeline = Timeline(rows)
        step_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.05
        self.card = RunCard(printable(path.name), model, "", "off", "", 1, min(max(step_s, 1e-3), 60.0), 0)
        self.size_px = self._first_size()

    def __len__(self) -> int:
        return len(self.timeline)

    @abstractmethod
    def picture(self, number: int) -> Picture:
        """RGB uint8 (H, W, 3), read-only.

        Raises:
            RecordingError: it is damaged.
        """

    def close(self) -> None:
        """Let go of the source."""
        return

    def step(self, number: int) -> LoggedStep:
        """See `Footage.step`."""
        row = self.timeline.rows[number]
        control = Control(float(row["steer"]), float(row["throttle"]), float(row["brake"]))
        telemetry = Telemetry(_NOWHERE, float(row["speed_mps"]), control)
        frame = Frame(int(row["index"]), float(row["time_s"]), self.picture(number), telemetry)
        return LoggedStep(Step(frame, control, None), None)

    def _first_size(self) -> tuple[int, int]:
        """Of the first picture that can be read."""
        reason = "it holds no picture"
        for number in range(min(len(self.timeline), 100)):
            try:
                height, width = self.picture(number).shape[:2]
            except RecordingError as error:
                reason = str(error)
            else:
                return width, height
        raise RecordingError(f"{self.path}: nothing to replay: {reason}")


def weather_of(footage: Footage, numbers: Iterable[int]) -> str:
    """At the first of some steps that can be read; "unknown" where none can, or nothing tells."""
    for number in numbers:
        if isinstance(footage, Pictures):
            return footage.weather if number == 0 else "unknown"
        with suppress(RecordingError):
            return footage.step(number).step.frame.telemetry.weather
    return "unknown"


def printable(name: str) -> str:
    """A name as it can be shown and kept as UTF-8: what is no letter in it - a folder's may be any bytes - as \\xff."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in name.encode(errors="surrogateescape").decode(errors="backslashreplace")
    )
