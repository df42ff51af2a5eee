"""A closed course cut into roads that follow each other, with heights and banking along the whole of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from agent.simulator.roads.course import Stretch
from agent.simulator.roads.map_plan import Cubic, Link


@dataclass(frozen=True, slots=True)
class Leg:
    """One road's share of a circuit: its stretches and what its reference line does above the plane."""

    stretches: tuple[Stretch, ...]
    start_m: float
    elevation: tuple[Cubic, ...]
    superelevation: tuple[Cubic, ...]

    @property
    def length_m(self) -> float:
        """Along the reference line."""
        return sum(stretch.length_m for stretch in self.stretches)


def grouped(parts: Sequence[Sequence[Stretch]], cuts: Sequence[slice]) -> list[tuple[Stretch, ...]]:
    """The stretches of each road; `parts` are those of `course`, `cuts` say which corners a road takes."""
    return [tuple(stretch for part in parts[cut] for stretch in part) for cut in cuts]


def legs(
    groups: Sequence[tuple[Stretch, ...]],
    heights: Sequence[tuple[float, float]] = (),
    *,
    steepest_bank: float = 0.0,
    full_bank_radius_m: float = 40.0,
) -> list[Leg]:
    """The roads of a closed course with their heights.

    Args:
        groups: the stretches of each road, in order all the way around.
        heights: (share of the way around [0, 1), z [m]): a smooth curve runs through them.
        steepest_bank: superelevation [rad] of bends of `full_bank_radius_m` and tighter, less in wider ones.
    """
    lengths = [sum(stretch.length_m for stretch in group) for group in groups]
    starts = [0.0, *accumulate(lengths)]
    total = starts[-1]
    curve = periodic_spline([(share * total, z) for share, z in heights], total) if heights else ()
    found = []
    for group, start, length in zip(groups, starts, lengths, strict=False):
        elevation = cut_cubics(curve, start, start + length) if heights else ((0.0, 0.0, 0.0, 0.0, 0.0),)
        bank = tuple(_banking(group, steepest_bank, full_bank_radius_m)) if steepest_bank else ()
        found.append(Leg(group, start, elevation, bank))
    return found


def ring_links(first_id: int, index: int, count: int) -> tuple[Link, Link]:
    """Predecessor and successor of road `index` of `count` in a ring whose first road is `first_id`."""
    before, after = first_id + (index - 1) % count, first_id + (index + 1) % count
    return Link(before, "end"), Link(after, "start")


def periodic_spline(knots: Sequence[tuple[float, float]], total_m: float) -> tuple[Cubic, ...]:
    """The cubic spline through (s, z) that closes at `total_m` with the same slope and curvature.

    The usual system for its slopes, cyclic: de Boor, A Practical Guide to Splines, chapter IV.
    """
    s, z = (np.array(column, np.float64) for column in zip(*knots, strict=True))
    h, rise = np.diff(np.append(s, s[0] + total_m)), np.diff(np.append(z, z[0]))
    count = len(s)
    system, right = np.zeros((count, count)), np.zeros(count)
    for row in range(count):
        before, after = h[row - 1], h[row]
        system[row, row - 1] += after
        system[row, row] += 2.0 * (before + after)
        system[row, (row + 1) % count] += before
        right[row] = 3.0 * (after / before * rise[row - 1] + before / after * rise[row])
    slope = np.linalg.solve(system, right)
    after = np.roll(slope, -1)
    c, d = (3.0 * rise / h - 2.0 * slope - after) / h, (slope + after - 2.0 * rise / h) / h**2
    pieces = list(zip(*(column.tolist() for column in (s, z, slope, c, d)), strict=True))
    if s[0] > 0.0:  # the last piece comes around to the start
        pieces.insert(0, (pieces[-1][0] - total_m, *pieces[-1][1:]))
    return tuple((float(place), float(a), float(b), float(cc), float(dd)) for place, a, b, cc, dd in pieces)


def cut_cubics(pieces: Sequence[Cubic], start_m: float, end_m: float) -> tuple[Cubic, ...]:
    """What a curve does between two places, s counted from the first of them."""
    found = []
    for piece, following in pairwise([*pieces, (end_m, 0.0, 0.0, 0.0, 0.0)]):
        low = max(piece[0], start_m)
        if low < min(following[0], end_m) - 1e-6:
            found.append(_moved(piece, low, start_m))
    return tuple(found)


def _moved(piece: Cubic, to_m: float, origin_m: float) -> Cubic:
    """The same cubic, written from another start."""
    s, a, b, c, d = piece
    ds = to_m - s
    value, slope = a + ds * (b + ds * (c + ds * d)), b + ds * (2.0 * c + 3.0 * d * ds)
    return to_m - origin_m, value, slope, c + 3.0 * d * ds, d


def _banking(stretches: Sequence[Stretch], steepest: float, full_radius_m: float) -> Iterator[Cubic]:
    """Superelevation with the curvature: positive falls to the right, so bends to the left have a negative one."""
    s = 0.0
    for stretch in stretches:
        first, last = (
            -steepest * max(-1.0, min(1.0, curvature * full_radius_m))
            for curvature in (stretch.curvature_start, stretch.curvature_end)
        )
        yield s, first, (last - first) / stretch.length_m, 0.0, 0.0
        s += stretch.length_m
