"""A closed course from corner points: every corner becomes spiral, arc, spiral, so that steering never jumps.

Right-handed plane coordinates as in OpenDRIVE: x east, y north, headings counterclockwise, curvature positive to the
left. Between its corners the course runs on the polygon's sides, therefore it closes by construction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

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
