"""What clients draw into the world to debug: CARLA's shapes as strokes, and how long they stay."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any

from agent.simulator.nouns import MOST_STROKES, Pose, Stroke
from agent.simulator.poses import Vector, axes, outward
from agent.simulator.protocol.structs import StructError, integer, items, number, read_location, read_vector

_POINT, _LINE, _ARROW, _BOX = range(4)
_STRING = 4  # it and what follows is drawn on CARLA's own window alone
_PX_OF_SIZE = 100.0  # CARLA draws a point of size 0.1 as 10 pixels
_WIDEST_PX = 500.0

Strokes = tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A shape, how many seconds it lasts (0: one frame), and whether it stays for good."""

    strokes: Strokes
    life_s: float
    for_good: bool


def read_shape(raw: Any) -> Drawn:
    """A DebugShape as a client sends it; a text has no strokes, and neither have shapes of the server's own window.

    Raises:
        StructError: not one.
    """
    primitive, color, life, persistent = items(raw, 4)[:4]
    index, fields = items(primitive, 2)[:2]
    kind, (red, green, blue) = integer(index), items(color, 3)[:3]
    paint = tuple(min(max(integer(channel), 0), 255) for channel in (red, green, blue))
    if not 0 <= kind <= 8:
        raise StructError(f"debug shape {kind} is none of CARLA's")
    life_s = number(life)
    strokes: Strokes = ()
    if kind < _STRING:
        strokes = tuple(
            Stroke(begin, end, width, (paint[0], paint[1], paint[2])) for begin, end, width in _lines(kind, fields)
        )
    return Drawn(strokes, max(life_s, 0.0), bool(persistent) and life_s <= 0.0)


class DebugShapes:
    """The shapes that are to be seen now."""

    def __init__(self) -> None:
        self._shapes: list[tuple[Drawn, float]] = []  # until when, inf for good, -inf for one frame
        self._changed = True  # whoever draws may still have those of an episode before

    def add(self, shape: Drawn, now_s: float) -> None:
        """Show a shape from the next frame on; beyond 20,000 strokes the oldest go.

        Args:
            shape: what.
            now_s: the simulation's time.
        """
        if not shape.strokes:
            return
        until_s = math.inf if shape.for_good else now_s + shape.life_s if shape.life_s else -math.inf
        self._shapes.append((shape, until_s))
        self._changed = True
        if len(self._shapes) > MOST_STROKES:
            del self._shapes[: len(self._shapes) - MOST_STROKES]

    def clear(self) -> None:
        """Show nothing any more."""
        self._changed = self._changed or bool(self._shapes)
        self._shapes.clear()

    def due(self) -> Sequence[Stroke] | None:
        """What is to be seen from now on, the newest strokes; None if that is what was there before."""
        if not self._changed:
            return None
        self._changed = False
        strokes = list(chain.from_iterable(shape.strokes for shape, _ in self._shapes))
        return strokes[-MOST_STROKES:]

    def after_frame(self, now_s: float) -> None:
        """Take away what has been seen for long enough.

        Args:
            now_s: the simulation's time in the frame that has been shown.
        """
        left = [entry for entry in self._shapes if entry[1] > now_s + 1e-6]
        self._changed = self._changed or len(left) != len(self._shapes)
        self._shapes = left


def _lines(kind: int, fields: Any) -> Iterable[tuple[Vector, Vector, float]]:
    """Begin, end and width [m; of a point px] of what a shape is made of."""
    if kind == _POINT:
        location, size = items(fields, 2)[:2]
        at = read_location(location)
        return [(at, at, min(max(_PX_OF_SIZE * number(size), 1.0), _WIDEST_PX))]
    if kind == _LINE:
        return [_line(fields)]
    if kind == _ARROW:
        line, size = items(fields, 2)[:2]
        return _arrow(*_line(line), max(number(size), 0.0))
    box, rotation, thickness = items(fields, 3)[:3]
    middle, half = items(box, 2)[:2]
    return _box(read_location(middle), read_vector(half), read_vector(rotation), max(number(thickness), 0.0))


def _line(fields: Any) -> tuple[Vector, Vector, float]:
    begin, end, thickness = items(fields, 3)[:3]
    return read_location(begin), read_location(end), max(number(thickness), 0.0)


def _arrow(begin: Vector, end: Vector, width: float, size: float) -> list[tuple[Vector, Vector, float]]:
    """A line with four barbs, each `size` back and half of it aside."""
    dx, dy, dz = (b - a for a, b in zip(begin, end, strict=True))
    length = math.hypot(dx, dy, dz)
    if length == 0.0:
        return [(begin, end, width)]
    frame = axes(Pose(0.0, 0.0, 0.0, math.asin(max(-1.0, min(1.0, dz / length))), math.atan2(dy, dx)))
    sides = ((0.5 * size, 0.0), (-0.5 * size, 0.0), (0.0, 0.5 * size), (0.0, -0.5 * size))
    barbs = [outward(frame, (-size, aside, up)) for aside, up in sides]
    return [(begin, end, width), *((end, (end[0] + x, end[1] + y, end[2] + z), width) for x, y, z in barbs)]


def _box(middle: Vector, half: Vector, rotation_deg: Vector, width: float) -> list[tuple[Vector, Vector, float]]:
    """The twelve edges."""
    pitch, yaw, roll = (math.radians(math.remainder(angle, 360.0)) for angle in rotation_deg)
    frame = axes(Pose(0.0, 0.0, 0.0, pitch, yaw, roll))

    def corner(signs: tuple[float, ...]) -> Vector:
        x, y, z = outward(frame, (signs[0] * half[0], signs[1] * half[1], signs[2] * half[2]))
        return middle[0] + x, middle[1] + y, middle[2] + z

    edges = []
    for axis in range(3):
        for others in product((-1.0, 1.0), repeat=2):
            low, high = ((*others[:axis], sign, *others[axis:]) for sign in (-1.0, 1.0))
            edges.append((corner(low), corner(high), width))
    return edges
