"""Which vehicle is ahead on the own lane, and how far; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.types import Lead

SIGHT_M = 60.0
"""Of the lane ahead that is searched."""
SPACING_M = 3.0
_MARGIN_M = 0.3


@dataclass(frozen=True, slots=True)
class Other:
    """A vehicle in the world.

    Attributes:
        x_m, y_m: centre of its bounding box.
        yaw_rad, speed_mps: of its motion.
        length_m, width_m: of its bounding box.
    """

    x_m: float
    y_m: float
    yaw_rad: float
    speed_mps: float
    length_m: float
    width_m: float


def lead_of(lane: npt.NDArray[np.float64], half_lane_m: float, nose_m: float, others: Iterable[Other]) -> Lead | None:
    """The nearest vehicle that stands into the own lane ahead; None if there is none in sight.

    Args:
        lane: float64 (n, 2), its centre from beside the car onward [m].
        half_lane_m: half of its width.
        nose_m: from the car's centre to its front bumper.
        others: vehicles; those behind and beside do not count.
    """
    if len(lane) < 2:
        return None
    steps = np.diff(lane, axis=0)
    stations = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    found: Lead | None = None
    for other in others:
        apart = np.hypot(lane[:, 0] - other.x_m, lane[:, 1] - other.y_m)
        nearest = int(apart.argmin())
        along = steps[min(nearest, len(steps) - 1)]
        turn = other.yaw_rad - math.atan2(along[1], along[0])
        reach_m = abs(other.length_m / 2 * math.cos(turn)) + abs(other.width_m / 2 * math.sin(turn))
        aside_m = abs(other.width_m / 2 * math.cos(turn)) + abs(other.length_m / 2 * math.sin(turn))
        ahead_m, sideways_m = _beside(lane[nearest], along, other)
        gap_m = stations[nearest] + ahead_m - reach_m - nose_m
        if sideways_m > half_lane_m + aside_m - _MARGIN_M or stations[nearest] + ahead_m < nose_m or gap_m > SIGHT_M:
            continue
        if found is None or gap_m < found.gap_m:
            found = Lead(gap_m=max(float(gap_m), 0.0), speed_mps=max(other.speed_mps * math.cos(turn), 0.0))
    return found


def _beside(place: npt.NDArray[np.float64], along: npt.NDArray[np.float64], other: Other) -> tuple[float, float]:
    """How far a vehicle is beyond a place of the lane, and how far aside [m]."""
    length_m = float(np.hypot(*along))
    dx, dy = other.x_m - place[0], other.y_m - place[1]
    return float(dx * along[0] + dy * along[1]) / length_m, abs(float(dx * along[1] - dy * along[0])) / length_m
