"""A closed course from corner points: every corner becomes spiral, arc, spiral, so that steering never jumps.

Right-handed plane coordinates as in OpenDRIVE: x east, y north, headings counterclockwise, curvature positive to the
left. Between its corners the course runs on the polygon's sides, therefore it closes by construction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from agent.simulator.roads.geometry_curves import clothoid


@dataclass(frozen=True, slots=True)
class Corner:
    """Where the polygon turns: the arc's radius and the length of the spirals before and after it [m]."""

    x_m: float
    y_m: float
    radius_m: float
    spiral_m: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A line, arc or spiral of the course: its start, its length and the curvature at both ends [m, rad, 1/m]."""

    x_m: float
    y_m: float
    heading_rad: float
    length_m: float
    curvature_start: float
    curvature_end: float


def course(corners: Sequence[Corner]) -> tuple[tuple[Stretch, ...], ...]:
    """One tuple of stretches per corner: the straight that leads to it, spiral, arc, spiral.

    The first straight starts where the last corner ends.

    Raises:
        ValueError: a corner too sharp for its spirals, or two corners whose bends overlap.
    """
    bends = [
        _bend(*neighbours) for neighbours in zip(_rotated(corners, -1), corners, _rotated(corners, 1), strict=True)
    ]
    parts = []
    for index, (corner, before) in enumerate(zip(corners, _rotated(corners, -1), strict=True)):
        heading, tangent = _heading(before, corner), bends[index - 1].tangent_m
        straight = math.dist((before.x_m, before.y_m), (corner.x_m, corner.y_m)) - tangent - bends[index].tangent_m
        if straight <= 0.0:
            raise ValueError(f"the bends before and at corner {index} overlap by {-straight:.1f} m")
        x, y = before.x_m + tangent * math.cos(heading), before.y_m + tangent * math.sin(heading)
        first = Stretch(x, y, heading, straight, 0.0, 0.0)
        shapes = bends[index].shapes
        parts.append(tuple(accumulate(shapes, lambda last, shape: _after(last, *shape), initial=first)))
    return tuple(parts)


def open_course(start: tuple[float, float], corners: Sequence[Corner], end: tuple[float, float]) -> tuple[Stretch, ...]:
    """From one place to another around corners; heads for the first corner, or straight for the end.

    Raises:
        ValueError: a corner too sharp for its spirals, or two bends that overlap.
    """
    points = [Corner(*start, 0.0, 0.0), *corners, Corner(*end, 0.0, 0.0)]
    bends = [_bend(*points[row - 1 : row + 2]) for row in range(1, len(points) - 1)]
    tangents = [0.0, *(bend.tangent_m for bend in bends), 0.0]
    stretches: list[Stretch] = []
    for row, (a, b) in enumerate(pairwise(points)):
        straight, heading = (
            math.dist((a.x_m, a.y_m), (b.x_m, b.y_m)) - tangents[row] - tangents[row + 1],
            _heading(a, b),
        )
        if straight <= 0.0:
            raise ValueError(f"the bends at {row} and {row + 1} overlap by {-straight:.1f} m")
        x, y = a.x_m + tangents[row] * math.cos(heading), a.y_m + tangents[row] * math.sin(heading)
        stretches.append(Stretch(x, y, heading, straight, 0.0, 0.0))
        if row < len(bends):
            stretches += accumulate(bends[row].shapes, lambda last, shape: _after(last, *shape), initial=stretches[-1])
            del stretches[-4]
    return tuple(stretches)


def reverse(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The same line run the other way."""
    found = []
    for stretch in reversed(stretches):
        end = _after(stretch, 0.0, 0.0, 0.0)
        heading = end.heading_rad + math.pi
        curvatures = -stretch.curvature_end, -stretch.curvature_start
        found.append(Stretch(end.x_m, end.y_m, heading, stretch.length_m, *curvatures))
    return tuple(found)


def split(stretches: Sequence[Stretch], at_m: Sequence[float]) -> list[tuple[Stretch, ...]]:
    """Cut a line at distances [m] from its start, in increasing order: one part more than there are cuts."""
    parts: list[list[Stretch]] = [[]]
    start, cuts = 0.0, list(at_m)
    for stretch in stretches:
        rest = stretch
        while cuts and cuts[0] < start + rest.length_m - 1e-6:
            first, rest = _halves(rest, cuts[0] - start)
            start = cuts.pop(0)
            parts[-1] += [first] if first.length_m > 1e-6 else []
            parts.append([])
        parts[-1].append(rest)
        start += rest.length_m
    return [tuple(part) for part in parts]


def chain(first: Stretch, shapes: Sequence[tuple[float, float, float]]) -> tuple[Stretch, ...]:
    """Stretches (length, curvature at start, at end) one after the other from where `first` starts."""
    place = Stretch(first.x_m, first.y_m, first.heading_rad, 0.0, 0.0, 0.0)
    return tuple(accumulate(shapes, lambda last, shape: _after(last, *shape), initial=place))[1:]


def end_of(stretches: Sequence[Stretch]) -> Stretch:
    """Where a line ends, as a stretch without length."""
    return _after(stretches[-1], 0.0, 0.0, 0.0)


def _halves(stretch: Stretch, at_m: float) -> tuple[Stretch, Stretch]:
    share = at_m / stretch.length_m
    middle = stretch.curvature_start + share * (stretch.curvature_end - stretch.curvature_start)
    first = Stretch(stretch.x_m, stretch.y_m, stretch.heading_rad, at_m, stretch.curvature_start, middle)
    return first, _after(first, stretch.length_m - at_m, middle, stretch.curvature_end)


@dataclass(frozen=True, slots=True)
class _Bend:
    """How far from its corner a bend starts, and (length, curvature at start, at end) of its three stretches."""

    tangent_m: float
    shapes: tuple[tuple[float, float, float], ...]


def _bend(before: Corner, corner: Corner, after: Corner) -> _Bend:
    turn = (_heading(corner, after) - _heading(before, corner) + math.pi) % (2.0 * math.pi) - math.pi
    curvature = math.copysign(1.0 / corner.radius_m, turn)
    arc_turn = abs(turn) - corner.spiral_m / corner.radius_m
    if arc_turn <= 0.0:
        raise ValueError(f"the corner at ({corner.x_m:g}, {corner.y_m:g}) is too flat for its spirals")
    shapes = (
        (corner.spiral_m, 0.0, curvature),
        (arc_turn * corner.radius_m, curvature, curvature),
        (corner.spiral_m, curvature, 0.0),
    )
    end = Stretch(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for shape in shapes:
        end = _after(end, *shape)
    end = _after(end, 0.0, 0.0, 0.0)
    # the end lies on the side that leaves the corner: end = (T + T cos turn, T sin turn)
    return _Bend(end.y_m / math.sin(turn), shapes)


def _after(last: Stretch, length_m: float, curvature_start: float, curvature_end: float) -> Stretch:
    """The stretch that continues `last` smoothly."""
    rate = (last.curvature_end - last.curvature_start) / max(last.length_m, 1e-9)
    forward, left, turn = (
        float(value[0])
        for value in clothoid(np.array([last.curvature_start]), np.array([rate]), np.array([last.length_m]))
    )
    cos, sin = math.cos(last.heading_rad), math.sin(last.heading_rad)
    x, y = last.x_m + forward * cos - left * sin, last.y_m + forward * sin + left * cos
    return Stretch(x, y, last.heading_rad + turn, length_m, curvature_start, curvature_end)


def _heading(a: Corner, b: Corner) -> float:
    return math.atan2(b.y_m - a.y_m, b.x_m - a.x_m)


def _rotated(corners: Sequence[Corner], by: int) -> list[Corner]:
    return [*corners[by:], *corners[:by]]
