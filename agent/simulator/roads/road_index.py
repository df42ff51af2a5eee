"""From a place in the world to the lane it lies on, fast enough to ask for every wheel in every tick.

The roads are cut into segments of at most 2 m that lie in a grid. A segment knows the reference line at its middle up
to the change of curvature, so a Taylor series finds the foot of a point to 0.01 mm without touching the curves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agent.simulator.roads.geometry_curves import Float64
from agent.simulator.roads.lanes import LanePlace, LaneSection
from agent.simulator.roads.road import Road
from agent.simulator.roads.road_errors import RoadError

_SEGMENT_M = 2.0
_CELL_M = 8.0
_SLACK_M = 0.05  # how far past its ends a segment still answers: roads of real maps meet with small kinks
_STOREY_M = 3.0
_MOST_ENTRIES = 20_000_000
_CELLS_PER_ROW = 1 << 20  # grid keys are row * this + column
_EDGE_PAD_M = 0.3  # a bend of 5 m radius leaves its chord by 0.1 m on 2 m
_FORWARD_PAD_M = 0.05  # what a bend takes a place further forward than the way along and its distance say
_CLOSE_M = 1e-7  # Newton's steps square the error: the next would change nothing
_STEEPEST = 0.05  # nearer to the centre of the bend than this share of its radius, the foot means nothing


class LanePosition(NamedTuple):
    """Where a place lies on the road network.

    Attributes:
        road_id, lane_id: as in the file.
        s_m: along the road's reference line.
        lateral_m: from the lane's centre, right positive as seen in the direction of travel.
        heading_rad: direction of travel of the lane there, clockwise from east, in [-pi, pi).
        half_width_m: half the lane's width there.
        kind: OpenDRIVE's lane type: "driving", "shoulder", "sidewalk", ...
        z_m: height of the surface: the road's elevation and lean, curbs and sidewalks included.
        gradient: how it rises towards x and towards y, curbs left out.
    """

    road_id: int
    lane_id: int
    s_m: float
    lateral_m: float
    heading_rad: float
    half_width_m: float
    kind: str
    z_m: float
    gradient: tuple[float, float]


class Ground(NamedTuple):
    """What a wheel needs to know of a place: a part of its `LanePosition`.

    Attributes:
        road_id, lane_id: as in the file.
        s_m: along the road's reference line.
        z_m: height of the surface.
        x_gradient, y_gradient: how it rises towards x and towards y, curbs left out.
    """

    road_id: int
    lane_id: int
    s_m: float
    z_m: float
    x_gradient: float
    y_gradient: float


@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """A short stretch of a reference line around its middle; t from `right_m` to `left_m` is road."""

    road: Road
    section: LaneSection
    s_m: float
    half_m: float
    x_m: float
    y_m: float
    heading_rad: float
    cos: float
    sin: float
    curvature: float
    rate: float
    left_m: float
    right_m: float


_Gate = tuple[float, float, float, float, float, float, float, _Segment]
"""Middle, axes, t from and to, most forward or back of a segment, and it: who is outside has no foot on it."""

_Found = tuple[_Segment, float, float, float, LanePlace, tuple[float, float]]
"""A segment, the way along from its middle, s, t, the lane there, height and slope of the reference line."""


class RoadIndex:
    """All segments of a network in a grid of cells."""

    __slots__ = ("_cells",)

    def __init__(self, roads: Sequence[Road]) -> None:
        cut = [_cut(road, section) for road in roads for section in road.sections]
        gates = [_gate(segment) for segments, _ in cut for segment in segments]
        boxes = np.concatenate([box for _, box in cut]) if cut else np.zeros((0, 4))
        self._cells = {key: tuple(gates[index] for index in group) for key, group in _grid(boxes)}

    def locate(self, x_m: float, y_m: float, z_m: float | None) -> LanePosition | None:
        """The best lane at a place: driving lanes first, then the nearest centre; None off all roads."""
        found = self._best(x_m, y_m, z_m)
        return None if found is None else _position(found)

    def ground(self, x_m: float, y_m: float, z_m: float | None) -> Ground | None:
        """The surface of the same lane, in half the time."""
        found = self._best(x_m, y_m, z_m)
        return None if found is None else _ground(found)

    def _best(self, x_m: float, y_m: float, z_m: float | None) -> _Found | None:
        if not (math.isfinite(x_m) and math.isfinite(y_m)):
            return None
        key = math.floor(y_m / _CELL_M) * _CELLS_PER_ROW + math.floor(x_m / _CELL_M)
        best, best_rank = None, (True, math.inf)
        for middle_x, middle_y, cos, sin, right_m, left_m, most_m, segment in self._cells.get(key, ()):
            dx, dy = x_m - middle_x, y_m - middle_y
            forward = dx * cos + dy * sin
            if not -most_m <= forward <= most_m:
                continue  # the usual case
            left = dx * sin - dy * cos
            if not right_m <= left <= left_m:
                continue
            foot = _foot(segment, forward, -left)
            if foot is None:
                continue
            ds, t = foot
            s = min(max(segment.s_m + ds, 0.0), segment.road.length_m)
            place = segment.section.place(s, t)
            if place is None:
                continue
            line = segment.road.elevation.at(s)
            if z_m is not None and not -_STOREY_M <= line[0] - z_m <= _STOREY_M:
                continue
            rank = (place.lane.kind != "driving", abs(t - place.center_t_m))
            if rank < best_rank:
                best, best_rank = (segment, ds, s, t, place, line), rank
        return best


def _gate(segment: _Segment) -> _Gate:
    bend = abs(segment.curvature) + abs(segment.rate) * segment.half_m
    widest = 1.0 + bend * max(abs(segment.left_m), abs(segment.right_m))
    most_m = (segment.half_m + _SLACK_M) * widest + _FORWARD_PAD_M
    place = (segment.x_m, segment.y_m, segment.cos, segment.sin)
    return *place, segment.right_m, segment.left_m, most_m, segment


def _foot(segment: _Segment, forward: float, right: float) -> tuple[float, float] | None:
    """Distance along from the segment's middle, and t, of the nearest point of its line; None beyond its ends.

    Args:
        segment: within whose gate the place is.
        forward, right: of the place from the segment's middle, in its axes [m].
    """
    k, rate = segment.curvature, segment.rate
    reach = segment.half_m + _SLACK_M
    scale = 1.0 - k * right
    if k == rate == 0.0:
        return None if abs(forward) > reach else (forward, -right)
    if scale < _STEEPEST or abs(forward) > reach * (scale + abs(rate * right) * reach) + _FORWARD_PAD_M:
        return None
    ds = max(-reach, min(reach, forward / scale))
    for _ in range(3):
        turn = (k + 0.5 * rate * ds) * ds
        cube = ds * ds * ds
        along = forward - (ds - k * k * cube / 6.0)
        aside = right - (k * ds * ds / 2.0 + rate * cube / 6.0 - k * k * k * cube * ds / 24.0)
        cos, sin = math.cos(turn), math.sin(turn)
        across = aside * cos - along * sin
        change = (along * cos + aside * sin) / (1.0 - (k + rate * ds) * across)
        ds += change
        if abs(change) < _CLOSE_M:
            break
    return None if abs(ds) > reach else (ds, -across)


def _ground(found: _Found) -> Ground:
    segment, ds, s, t, place, line = found
    road, lane = segment.road, place.lane
    z, along = line
    across = 0.0
    if not road.banking.flat:
        rise, along_by_rise, across = road.banking.at(s, t)
        z, along = z + rise, along + along_by_rise
    if lane.height is not None:
        z += place.height_m(s, t)
    if along == across == 0.0:
        return Ground(road.id, lane.id, s, z, 0.0, 0.0)
    heading = segment.heading_rad + (segment.curvature + 0.5 * segment.rate * ds) * ds
    cos, sin = math.cos(heading), math.sin(heading)
    along /= max(1.0 + (segment.curvature + segment.rate * ds) * t, _STEEPEST)  # s runs slower outside in a bend
    return Ground(road.id, lane.id, s, z, along * cos + across * sin, along * sin - across * cos)


def _position(found: _Found) -> LanePosition:
    segment, ds, s, t, place, _ = found
    ground = _ground(found)
    curvature = segment.curvature + segment.rate * ds
    heading = segment.heading_rad + (segment.curvature + 0.5 * segment.rate * ds) * ds
    heading -= math.atan2(place.center_slope, 1.0 + curvature * place.center_t_m)
    left = t - place.center_t_m
    backwards = segment.road.is_backward(place.lane.id)
    heading += math.pi if backwards else 0.0
    return LanePosition(
        ground.road_id,
        ground.lane_id,
        s,
        left if backwards else -left,
        (heading + math.pi) % (2.0 * math.pi) - math.pi,
        place.half_width_m,
        place.lane.kind,
        ground.z_m,
        (ground.x_gradient, ground.y_gradient),
    )


def _cut(road: Road, section: LaneSection) -> tuple[list[_Segment], Float64]:
    """Segments of one section, broken where the curvature may jump, and their boxes (N, 4) x0 y0 x1 y1 [m]."""
    breaks = road.line.starts_m
    breaks = breaks[(breaks > section.start_m + 1e-6) & (breaks < section.end_m - 1e-6)]
    knots = np.concatenate([[section.start_m], breaks, [section.end_m]])
    counts = np.maximum(np.ceil(np.diff(knots) / _SEGMENT_M).astype(int), 1)
    steps = np.repeat(np.diff(knots) / counts, counts)
    ranks = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.repeat(knots[:-1], counts) + ranks * steps
    middles, halves = starts + steps / 2.0, steps / 2.0
    at = road.sample(middles)
    before, after = (road.line.sample(middles + sign * halves / 2.0).curvature_per_m for sign in (-1.0, 1.0))
    edges = section.boundaries(np.concatenate([starts, middles, starts + steps])).reshape(-1, 3, len(middles))
    left, right = edges[0].max(axis=0) + _EDGE_PAD_M, edges[-1].min(axis=0) - _EDGE_PAD_M
    boxes = _boxes(road, np.stack([starts, starts + steps]), np.stack([left, right]))
    heading, curvature, rate = at.heading_rad, at.curvature_per_m, (after - before) / halves
    place = (middles, halves, at.x_m, at.y_m)
    columns = (*place, heading, np.cos(heading), np.sin(heading), curvature, rate, left, right)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [_Segment(road, section, *row) for row in rows], boxes


def _boxes(road: Road, s_m: Float64, t_m: Float64) -> Float64:
    """Bounding boxes (N, 4) of footprints from their four corners; bends stay inside the edges' padding."""
    corners = road.point(s_m[:, None, :], t_m[None, :, :])[..., :2].reshape(4, -1, 2)
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)], axis=1)


def _grid(boxes: Float64) -> Iterator[tuple[int, list[int]]]:
    """(cell key, rows of the segments whose box touches the cell)."""
    if not len(boxes):
        return
    low, high = np.floor(boxes[:, :2] / _CELL_M).astype(np.int64), np.floor(boxes[:, 2:] / _CELL_M).astype(np.int64)
    columns, rows = (high - low + 1).T
    counts = columns * rows
    if counts.sum() > _MOST_ENTRIES:
        raise RoadError(f"the map covers {counts.sum()} cells of {_CELL_M:g} m, at most {_MOST_ENTRIES} are indexed")
    owner = np.repeat(np.arange(len(boxes)), counts)
    rank = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    row, column = np.divmod(rank, columns[owner])
    keys = (low[owner, 1] + row) * _CELLS_PER_ROW + low[owner, 0] + column
    order = np.argsort(keys, kind="stable")
    unique, first = np.unique(keys[order], return_index=True)
    groups = np.split(owner[order], first[1:])
    for key, group in zip(unique.tolist(), groups, strict=True):
        yield key, group.tolist()
