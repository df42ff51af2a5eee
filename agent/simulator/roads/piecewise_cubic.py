"""Cubic polynomials end to end: lane widths, lane offsets, elevation along a road."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


class PiecewiseCubic:
    """a + b ds + c ds^2 + d ds^3, ds counted from the newest start at or before s; the first piece reaches back.

    Args:
        starts_m: increasing (K,); none at all is the constant 0.
        coefficients: a, b, c, d of each piece (K, 4).
    """

    __slots__ = ("_coefficients", "_rows", "_starts_m", "starts_m")

    def __init__(self, starts_m: Sequence[float] = (), coefficients: Sequence[Sequence[float]] = ()) -> None:
        self.starts_m = np.array(starts_m or (0.0,), np.float64)
        self._coefficients = np.array(coefficients or ((0.0,) * 4,), np.float64).T
        self._starts_m: list[float] = self.starts_m.tolist()
        self._rows = [(start, *row) for start, row in zip(self._starts_m, self._coefficients.T.tolist(), strict=True)]

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 everywhere."""
        return not self._coefficients.any()

    @property
    def is_constant(self) -> bool:
        """Whether it is the same everywhere."""
        return not self._coefficients[1:].any() and not np.diff(self._coefficients[0]).any()

    @property
    def is_straight(self) -> bool:
        """Whether no piece bends: chords then miss nothing between the starts."""
        return not self._coefficients[2:].any()

    def __call__(self, s_m: npt.ArrayLike) -> Float64:
        """Values at `s_m`, an array of any shape."""
        ds, (a, b, c, d) = self._locate(s_m)
        return np.asarray(a + ds * (b + ds * (c + ds * d)))

    def plus(self, other: PiecewiseCubic, factor: float) -> PiecewiseCubic:
        """This and `factor` times another one, piece by piece."""
        starts = np.unique(np.concatenate([self.starts_m, other.starts_m]))
        parts = [self._moved_to(starts), other._moved_to(starts)]
        return PiecewiseCubic(starts.tolist(), (parts[0] + factor * parts[1]).T.tolist())

    def _moved_to(self, starts_m: Float64) -> Float64:
        """Coefficients (4, N) of what holds at these places, written from there."""
        ds, (a, b, c, d) = self._locate(starts_m)
        moved = [a + ds * (b + ds * (c + ds * d)), b + ds * (2.0 * c + ds * 3.0 * d), c + 3.0 * d * ds, d]
        return np.stack(np.broadcast_arrays(*moved))

    def slope(self, s_m: npt.ArrayLike) -> Float64:
        """First derivative at `s_m`, an array of any shape."""
        ds, (_, b, c, d) = self._locate(s_m)
        return np.asarray(b + ds * (2.0 * c + ds * 3.0 * d))

    def at(self, s_m: float) -> tuple[float, float]:
        """Value and slope at one place, without the cost of an array."""
        rows = self._rows
        index = 0 if len(rows) == 1 else max(bisect_right(self._starts_m, s_m) - 1, 0)
        start, a, b, c, d = rows[index]
        ds = s_m - start
        return a + ds * (b + ds * (c + ds * d)), b + ds * (2.0 * c + ds * 3.0 * d)

    def _locate(self, s_m: npt.ArrayLike) -> tuple[Float64, Float64]:
        s = np.asarray(s_m, np.float64)
        index = np.maximum(np.searchsorted(self.starts_m, s, side="right") - 1, 0)
        return np.asarray(s - self.starts_m[index]), self._coefficients[:, index]
