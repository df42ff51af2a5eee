"""The timeline of a run: a row of numbers for each step and what happened when, small enough to keep at hand."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter
from pydantic_core import to_json

from agent.log.records import FrameStamp, LoggedEvent
from agent.types import Control, Telemetry

LONGEST_S = 1e7
"""Last possible time of a run [s]: four months."""
SHORTEST_STEP_S = 1e-4
"""Frames are no closer in time than this [s]; a video's clock ticks every 1.1e-5 s."""
ROW = np.dtype(
    [
        ("time_s", "<f8"),
        ("index", "<i8"),
        ("map_step", "<i8"),
        ("map_frame", "<i8"),
        ("peak", "<f8"),
        ("steer", "<f8"),
        ("throttle", "<f8"),
        ("brake", "<f8"),
        ("speed_mps", "<f8"),
        ("lane_offset_m", "<f8"),
        ("collision_ns", "<f8"),
    ]
)
"""A step: its frame; the step that holds the newest map and the frame that map explains, -1 before the first; NaN where
unknown."""
Rows = npt.NDArray[Any]
_EVENTS = TypeAdapter(list[LoggedEvent])


@dataclass(frozen=True, slots=True)
class Timeline:
    """What can be known of a run without its pictures.

    Attributes:
        rows: of `ROW`, one for each step, read-only.
        events: collisions, lane invasions, changes of the weather and what else was logged, by time.
    """

    rows: Rows
    events: tuple[LoggedEvent, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        """Time of each step, increasing."""
        times: npt.NDArray[np.float64] = self.rows["time_s"]
        return times

    def at(self, time_s: float) -> int:
        """Number of the step on show at a time: the last that has begun, the first before it."""
        return max(0, int(np.searchsorted(self.times_s, time_s, side="right")) - 1)

    def events_in_bytes(self) -> bytes:
        """The events as JSON; see `timeline_of`."""
        return to_json(self.events)


class TimelineBuilder:
    """Gathers a timeline step by step; 88 bytes each.

    Attributes:
        events: so far.
        skipped: what had no place in the timeline, by reason.
    """

    def __init__(self) -> None:
        self.events: list[LoggedEvent] = []
        self.skipped: Counter[str] = Counter()
        self._rows = bytearray()
        self._count = 0
        self._last = FrameStamp(-1, -SHORTEST_STEP_S)
        self._map = (-1, -1, math.nan)
        self._weather: str | None = None

    def __len__(self) -> int:
        return self._count

    def add(self, stamp: FrameStamp, telemetry: Telemetry, control: Control, new_map: tuple[int, float] | None) -> bool:
        """Take in a step.

        Args:
            stamp: of the frame.
            telemetry: of the frame.
            control: the car was told.
            new_map: frame and peak of the map, if a new one came with the step.

        Returns:
            Whether it follows the one before; one that does not is counted as skipped.
        """
        if not follows(self._last, stamp):
            self.skipped["frames out of order"] += 1
            return False
        self._last = stamp
        if new_map is not None:
            self._map = (self._count, *new_map)
        told = bool(self.events) and (self.events[-1].kind, self.events[-1].text) == ("weather", telemetry.weather)
        if self._weather not in (None, telemetry.weather) and not told:
            self.events.append(LoggedEvent(stamp.time_s, "weather", telemetry.weather))
        self._weather = telemetry.weather
        offset_m = math.nan if telemetry.lane_offset_m is None else telemetry.lane_offset_m
        row = (stamp.time_s, stamp.index, *self._map, control.steer, control.throttle, control.brake)
        self._rows += np.array((*row, telemetry.speed_mps, offset_m, telemetry.collision_ns), ROW).tobytes()
        self._count += 1
        return True

    def timeline(self) -> Timeline:
        """What was gathered."""
        events = sorted(dict.fromkeys(self.events), key=lambda event: event.time_s)
        return Timeline(np.frombuffer(bytes(self._rows), ROW), tuple(events))


def follows(last: FrameStamp, stamp: FrameStamp) -> bool:
    """Whether a frame can come after the last one."""
    in_time = 0 <= stamp.time_s <= LONGEST_S and stamp.time_s - last.time_s > 0.999 * SHORTEST_STEP_S  # NaN is neither
    return in_time and stamp.index > last.index


def timeline_of(rows: bytes, events: bytes) -> Timeline:
    """A timeline from its bytes.

    Raises:
        ValueError: they are none.
    """
    table = np.frombuffer(rows, ROW)
    times_s, numbers = table["time_s"], np.arange(len(table))
    ordered = np.all(np.diff(times_s) > 0.999 * SHORTEST_STEP_S) and np.all(np.diff(table["index"]) > 0)
    bounded = len(table) == 0 or (times_s[0] >= 0.0 and times_s[-1] <= LONGEST_S)
    if not (ordered and bounded and np.all((table["map_step"] >= -1) & (table["map_step"] <= numbers))):
        raise ValueError("a timeline out of order")
    return Timeline(table, tuple(_EVENTS.validate_json(events)))
