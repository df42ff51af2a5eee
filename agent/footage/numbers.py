"""The numbers of a run, step by step: what a spreadsheet wants of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from agent.errors import RecordingError
from agent.footage.footage import Footage
from agent.footage.logged import LogFootage
from agent.log.assembly import facts_of
from agent.log.records import FrameStamp
from agent.replay import AsLogged, Skips, View, played
from agent.types import Control, Telemetry

COLUMNS = (
    "time_s",
    "frame",
    "steer",
    "throttle",
    "brake",
    "speed_mps",
    "lane_offset_m",
    "collision_ns",
    "invaded_lanes",
    "x_m",
    "y_m",
    "z_m",
    "yaw_rad",
    "weather",
    "real_time_factor",
    "peak",
    "logged_steer",
)
"""Steering right positive; `peak` of the newest map; `logged_steer` beside `steer` where that was recomputed."""
_PEDALS = ("throttle", "brake")
_LOGGED = ("collision_ns", "invaded_lanes", "weather", "real_time_factor")
"""Only a log has them; what else pictures do not tell is NaN in their steps."""


def logged_numbers(footage: LogFootage, numbers: Iterable[int], skips: Skips) -> Iterator[dict[str, object]]:
    """Rows as logged; no picture is unpacked."""
    for number in numbers:
        try:
            stamp, telemetry, control = facts_of(footage.log.parts(number))
        except (RecordingError, ValueError) as error:
            skips.add(error if isinstance(error, RecordingError) else RecordingError(str(error)))
            continue
        peak = float(footage.timeline.rows[number]["peak"])
        yield _row(stamp, control, telemetry, peak, control.steer)


def viewed_numbers(footage: Footage, view: View, numbers: Iterable[int], skips: Skips) -> Iterator[dict[str, object]]:
    """Rows as a view sees them."""
    for logged, step in played(footage, view, numbers, skips):
        peak = math.nan if step.saliency is None else step.saliency.peak
        frame, was = step.frame, logged.step.control.steer
        stamp = FrameStamp(frame.index, frame.time_s)
        row = _row(stamp, step.control, frame.telemetry, peak, was if footage.driven else math.nan)
        yield row | dict.fromkeys(() if isinstance(footage, LogFootage) else _unknown(footage, view))


def _unknown(footage: Footage, view: View) -> tuple[str, ...]:
    """Columns that nobody knows of footage without a log."""
    steer = () if footage.driven or not isinstance(view, AsLogged) else ("steer",)
    return (*steer, *(() if footage.driven else _PEDALS), *_LOGGED)


def _row(stamp: FrameStamp, control: Control, telemetry: Telemetry, peak: float, was: float) -> dict[str, object]:
    pose = telemetry.pose
    values = (
        *(round(stamp.time_s, 6), stamp.index, control.steer, control.throttle, control.brake),
        *(telemetry.speed_mps, telemetry.lane_offset_m, telemetry.collision_ns, " ".join(telemetry.invaded_lanes)),
        *(pose.x_m, pose.y_m, pose.z_m, pose.yaw_rad, telemetry.weather, telemetry.real_time_factor, peak, was),
    )
    return {name: _known(value) for name, value in zip(COLUMNS, values, strict=True)}


def _known(value: object) -> object:
    """An empty cell for what is not known: JSON knows no NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
