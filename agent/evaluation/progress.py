"""How far along its route a car has come; pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_AHEAD_M = 30.0
"""How far ahead of the last place the car is looked for: a lap's end must not be mistaken for its start."""


class RouteProgress:
    """Follows a car along a polyline, forward only.

    Args:
        route: float64 (N, 2), N >= 2 [m].

    Attributes:
        length_m: of the route.
        done_m: distance along it so far.
        away_m: distance of the car from the route.
    """

    def __init__(self, route: npt.NDArray[np.float64]) -> None:
        self._from = route[:-1]
        self._way = np.diff(route, axis=0)
        self._lengths = np.hypot(*self._way.T)
        self._along = np.concatenate([[0.0], np.cumsum(self._lengths)])
        self._at = 0
        self.length_m = float(self._along[-1])
        self.done_m = 0.0
        self.away_m = 0.0

    def move(self, x_m: float, y_m: float) -> None:
        """Take in where the car is now."""
        first = self._at
        last = int(np.searchsorted(self._along, self._along[first] + _AHEAD_M)) + 1
        begins, ways, lengths = self._from[first:last], self._way[first:last], self._lengths[first:last]
        offset = np.array([x_m, y_m]) - begins
        share = np.clip(np.einsum("nk,nk->n", offset, ways) / np.maximum(lengths * lengths, 1e-9), 0.0, 1.0)
        away = np.hypot(*(offset - share[:, None] * ways).T)
        nearest = int(np.argmin(away))
        self.away_m = float(away[nearest])
        self._at = first + nearest
        self.done_m = max(self.done_m, float(self._along[self._at] + share[nearest] * lengths[nearest]))

    @property
    def arrived(self) -> bool:
        """Whether the route's end is reached, but for less than a metre."""
        return self.done_m >= self.length_m - 1.0
