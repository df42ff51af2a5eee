"""What stands near a place: boxes in the cells of a grid; pure but for who is in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.simulator.dynamics.oriented_box import cell_of, cells_within

_PADDING_M = 4.0  # cells know what stands within it of them: a car asks one cell alone

Bounds = tuple[int, float, float, float, float, float, float]
"""A thing's place in the list, and from where to where it reaches along x, y, z [m]."""


class Grid:
    """Things that stand still; all of them at first.

    Args:
        boxes: from where to where each reaches along x, y, z [m].
    """

    def __init__(self, boxes: Sequence[tuple[float, float, float, float, float, float]]) -> None:
        self._boxes = boxes
        self._cells: dict[tuple[int, int], list[Bounds]] = {}
        self.fill(range(len(boxes)))

    def fill(self, indices: Iterable[int]) -> None:
        """Have these things and no others from now on; `indices` rise."""
        self._cells.clear()
        for index in indices:
            x0, x1, y0, y1, z0, z1 = self._boxes[index]
            bounds = (index, x0, x1, y0, y1, z0, z1)
            for cell in cells_within(x0 - _PADDING_M, x1 + _PADDING_M, y0 - _PADDING_M, y1 + _PADDING_M):
                self._cells.setdefault(cell, []).append(bounds)

    def around(self, x_m: float, y_m: float, radius_m: float) -> Sequence[Bounds]:
        """What may reach into a circle, in the order of the list."""
        if radius_m <= _PADDING_M:  # the usual case
            return self._cells.get(cell_of(x_m, y_m), ())
        more_m = radius_m - _PADDING_M
        there = cells_within(x_m - more_m, x_m + more_m, y_m - more_m, y_m + more_m)
        return sorted({bounds for cell in there for bounds in self._cells.get(cell, ())})
