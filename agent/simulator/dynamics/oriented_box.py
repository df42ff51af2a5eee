"""Where two upright boxes touch: separating axes, depth and contact point in plan view; pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_CELL_M = 16.0

Drum = tuple[float, float, float, float, float]
"""An upright cylinder: x, y, radius, bottom, top [m]; bare numbers, for they are compared by the thousand."""


class Plan(NamedTuple):
    """A rectangle on the ground: centre, unit vector along its length, half sizes [m]."""

    x_m: float
    y_m: float
    cosine: float
    sine: float
    half_length_m: float
    half_width_m: float

    @property
    def radius_m(self) -> float:
        """Of the circle around it."""
        return math.hypot(self.half_length_m, self.half_width_m)

    def bounds(self) -> tuple[float, float, float, float]:
        """From where to where it reaches along x, then along y [m]."""
        half_x = self.half_length_m * abs(self.cosine) + self.half_width_m * abs(self.sine)
        half_y = self.half_length_m * abs(self.sine) + self.half_width_m * abs(self.cosine)
        return self.x_m - half_x, self.x_m + half_x, self.y_m - half_y, self.y_m + half_y

    def corners(self) -> Iterator[tuple[float, float]]:
        """The four corners (x, y) [m]."""
        for along, across in ((1.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (-1.0, 1.0)):
            length, width = along * self.half_length_m, across * self.half_width_m
            yield (
                self.x_m + length * self.cosine - width * self.sine,
                self.y_m + length * self.sine + width * self.cosine,
            )

    def contains(self, x_m: float, y_m: float) -> bool:
        """Whether a point lies in it, its border included."""
        dx, dy = x_m - self.x_m, y_m - self.y_m
        return (
            abs(dx * self.cosine + dy * self.sine) <= self.half_length_m
            and abs(dy * self.cosine - dx * self.sine) <= self.half_width_m
        )


@dataclass(frozen=True, slots=True)
class Touch:
    """How deep `a` is in `b`, the unit normal that leads `a` out of `b`, and the point where they touch [m]."""

    depth_m: float
    normal: tuple[float, float]
    point: tuple[float, float]


def overlap(a: Plan, b: Plan) -> bool:
    """Whether two rectangles have ground in common (separating axis theorem)."""
    dx, dy = a.x_m - b.x_m, a.y_m - b.y_m
    cosine, sine = abs(a.cosine * b.cosine + a.sine * b.sine), abs(a.sine * b.cosine - a.cosine * b.sine)
    a_long, a_wide, b_long, b_wide = a.half_length_m, a.half_width_m, b.half_length_m, b.half_width_m
    return (
        abs(dx * b.cosine + dy * b.sine) < b_long + a_long * cosine + a_wide * sine
        and abs(dy * b.cosine - dx * b.sine) < b_wide + a_long * sine + a_wide * cosine
        and abs(dx * a.cosine + dy * a.sine) < a_long + b_long * cosine + b_wide * sine
        and abs(dy * a.cosine - dx * a.sine) < a_wide + b_long * sine + b_wide * cosine
    )


def touch(a: Plan, b: Plan) -> Touch | None:
    """The shallowest way out of an overlap (separating axis theorem), or None when a gap is left."""
    dx, dy = a.x_m - b.x_m, a.y_m - b.y_m
    cosine = abs(a.cosine * b.cosine + a.sine * b.sine)  # of the angle between the two
    sine = abs(a.sine * b.cosine - a.cosine * b.sine)
    best_m, normal = math.inf, (1.0, 0.0)
    for axis_x, axis_y, reach_m in (
        (b.cosine, b.sine, b.half_length_m + a.half_length_m * cosine + a.half_width_m * sine),
        (-b.sine, b.cosine, b.half_width_m + a.half_length_m * sine + a.half_width_m * cosine),
        (a.cosine, a.sine, a.half_length_m + b.half_length_m * cosine + b.half_width_m * sine),
        (-a.sine, a.cosine, a.half_width_m + b.half_length_m * sine + b.half_width_m * cosine),
    ):
        apart_m = dx * axis_x + dy * axis_y
        depth_m = reach_m - abs(apart_m)
        if depth_m <= 0.0:
            return None
        if depth_m < best_m:
            best_m = depth_m
            normal = (axis_x, axis_y) if apart_m >= 0.0 else (-axis_x, -axis_y)
    return Touch(best_m, normal, _point(a, b))


def _point(a: Plan, b: Plan) -> tuple[float, float]:
    """Middle of the corners of each that lie in the other; of the centres where two bars cross."""
    points = [corner for corner in a.corners() if b.contains(*corner)]
    points += [corner for corner in b.corners() if a.contains(*corner)]
    if not points:
        points = [(a.x_m, a.y_m), (b.x_m, b.y_m)]
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def cells(plan: Plan) -> list[tuple[int, int]]:
    """Cells of a 16 m grid that a rectangle's upright bounds cover: what may touch shares one."""
    return cells_within(*plan.bounds())


def cell_of(x_m: float, y_m: float) -> tuple[int, int]:
    """Cell of the same grid that a point lies in."""
    return int(x_m // _CELL_M), int(y_m // _CELL_M)


def near(a: Drum, b: Drum) -> bool:
    """Whether two cylinders have room in common."""
    dx, dy, reach_m = a[0] - b[0], a[1] - b[1], a[2] + b[2]
    return dx * dx + dy * dy < reach_m * reach_m and a[3] < b[4] and b[3] < a[4]


def cells_within(x0_m: float, x1_m: float, y0_m: float, y1_m: float) -> list[tuple[int, int]]:
    """Cells of the same grid that an upright rectangle covers."""
    left, right, low, high = x0_m // _CELL_M, x1_m // _CELL_M, y0_m // _CELL_M, y1_m // _CELL_M
    if left == right and low == high:  # the usual case
        return [(int(left), int(low))]
    return [(column, row) for column in range(int(left), int(right) + 1) for row in range(int(low), int(high) + 1)]
