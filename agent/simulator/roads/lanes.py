"""Lanes across a road: sections, edges, markings.

Lateral coordinates t are OpenDRIVE's: from the reference line, positive to the left. Lanes with negative ids lie to the
right and are driven along s, lanes with positive ids lie to the left and are driven against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from agent.simulator.roads.piecewise_cubic import Float64, PiecewiseCubic

_TOUCH_M = 1e-6  # a point this far outside the outermost edge still lies on the lane


@dataclass(frozen=True, slots=True)
class MarkLine:
    """One painted line of a marking.

    Attributes:
        t_m: from the edge the marking follows, left positive.
        width_m: of the paint.
        dash_m, gap_m: lengths of paint and of nothing; gap 0 is a solid line.
        phase_m: where the first dash begins, from the start of the marking.
    """

    t_m: float
    width_m: float
    dash_m: float
    gap_m: float
    phase_m: float = 0.0


@dataclass(frozen=True, slots=True)
class LaneMark:
    """A marking along a lane's outer edge (or the road's centre) from one place on.

    Attributes:
        start_m, end_m: along the road.
        type: OpenDRIVE's: "solid", "broken", "solid solid", "solid broken", ..., "curb"; never "none".
        color: "white", "yellow", ...
        weight: "standard" or "bold".
        width_m: of the whole marking as the file states it.
        lines: the painted lines; empty for a curb.
        worn: old paint, half gone.
    """

    start_m: float
    end_m: float
    type: str
    color: str
    weight: str
    width_m: float
    lines: tuple[MarkLine, ...]
    worn: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One lane of one section.

    Attributes:
        id: never 0; negative to the right.
        kind: OpenDRIVE's lane type: "driving", "shoulder", "sidewalk", "curb", "none", ...
        width: [m] along the road's s.
        marks: on the outer edge, in order along s.
        height: inner and outer height above the road [m] along the road's s.
        speeds_mps: (s_m, limit) in order; empty without a limit of its own.
        predecessor, successor: lane ids in the sections before and after, None without.
    """

    id: int
    kind: str
    width: PiecewiseCubic
    marks: tuple[LaneMark, ...] = ()
    height: tuple[PiecewiseCubic, PiecewiseCubic] | None = None
    speeds_mps: tuple[tuple[float, float], ...] = ()
    predecessor: int | None = None
    successor: int | None = None


class LanePlace(NamedTuple):
    """Where a point lies across a section: the lane, t of its centre, how that moves along s, half the lane's width."""

    lane: Lane
    center_t_m: float
    center_slope: float
    half_width_m: float

    def height_m(self, s_m: float, t_m: float) -> float:
        """How high the lane's surface (a curb, a sidewalk) lies above the road there."""
        if self.lane.height is None:
            return 0.0
        inner, outer = (curve.at(s_m)[0] for curve in self.lane.height)
        away = t_m - self.center_t_m if self.lane.id > 0 else self.center_t_m - t_m
        share = min(max(away / (2.0 * self.half_width_m) + 0.5, 0.0), 1.0)
        return inner + share * (outer - inner)


_Reaches = tuple[tuple[float, LanePlace], ...]
"""How far from the centre lanes of one side reach, and what is to be said of them; the innermost first."""


def _reaches(lanes: tuple[Lane, ...], center_t_m: float, sign: float) -> _Reaches:
    """Of the lanes on one side (`sign` 1.0 is the left one), whose widths do not change."""
    found, edge = [], 0.0
    for lane in lanes:
        width = max(lane.width.at(0.0)[0], 0.0)
        if width > 0.0:
            place = LanePlace(lane, center_t_m + sign * (edge + width / 2.0), 0.0, width / 2.0)
            found.append((edge + width + _TOUCH_M, place))
        edge += width
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class LaneSection:
    """The lanes between two places along a road.

    Attributes:
        start_m, end_m: along the road.
        lanes: from the leftmost (greatest id) to the rightmost; the centre (id 0) has no width and is not among them.
        center_marks: the markings of the centre.
        offset: t of the centre along the road's s.
    """

    start_m: float
    end_m: float
    lanes: tuple[Lane, ...]
    center_marks: tuple[LaneMark, ...]
    offset: PiecewiseCubic
    _left: tuple[Lane, ...] = field(init=False)
    _right: tuple[Lane, ...] = field(init=False)
    _even: tuple[float, _Reaches, _Reaches] | None = field(init=False)  # t of the centre, lanes left and right of it

    def __post_init__(self) -> None:
        object.__setattr__(self, "_left", tuple(lane for lane in reversed(self.lanes) if lane.id > 0))
        object.__setattr__(self, "_right", tuple(lane for lane in self.lanes if lane.id < 0))
        even = all(curve.is_constant for curve in (self.offset, *(lane.width for lane in self.lanes)))
        center_t_m = self.offset.at(self.start_m)[0]
        sides = (_reaches(self._left, center_t_m, 1.0), _reaches(self._right, center_t_m, -1.0))
        object.__setattr__(self, "_even", (center_t_m, *sides) if even else None)

    @property
    def center_row(self) -> int:
        """Row of `boundaries` that is the centre."""
        return len(self._left)

    def boundaries(self, s_m: Float64) -> Float64:
        """t of all edges (len(lanes) + 1, N) at `s_m` (N,), left to right: lane i lies between rows i and i + 1."""
        center = self.offset(s_m)
        rows = [center]
        for lane in self._left:
            rows.insert(0, rows[0] + np.maximum(lane.width(s_m), 0.0))
        for lane in self._right:
            rows.append(rows[-1] - np.maximum(lane.width(s_m), 0.0))
        return np.stack(rows)

    def heights(self, s_m: Float64) -> tuple[Float64, Float64]:
        """Heights above the road of the left and of the right edge of each lane, two (len(lanes), N)."""
        left, right = np.zeros((2, len(self.lanes), len(s_m)))
        for row, lane in enumerate(self.lanes):
            if lane.height is not None:
                inner, outer = (curve(s_m) for curve in lane.height)
                left[row], right[row] = (outer, inner) if lane.id > 0 else (inner, outer)
        return left, right

    def lane(self, lane_id: int) -> Lane | None:
        """The lane with this id, or None."""
        return next((lane for lane in self.lanes if lane.id == lane_id), None)

    def place(self, s_m: float, t_m: float) -> LanePlace | None:
        """The lane at one point, or None beside all of them."""
        if self._even is not None:  # the usual case
            center_t_m, left, right = self._even
            beyond = t_m - center_t_m
            away = abs(beyond)
            for reach_m, place in left if beyond >= 0.0 else right:
                if away <= reach_m:
                    return place
            return None
        edge, edge_slope = self.offset.at(s_m)
        beyond = t_m - edge
        side, sign = (self._left, 1.0) if beyond >= 0.0 else (self._right, -1.0)
        left_over = abs(beyond)
        for lane in side:
            width, slope = lane.width.at(s_m)
            width = max(width, 0.0)
            if left_over <= width + _TOUCH_M and width > 0.0:
                half = width / 2.0
                return LanePlace(lane, edge + sign * half, edge_slope + sign * slope / 2.0, half)
            left_over -= width
            edge += sign * width
            edge_slope += sign * slope
        return None
