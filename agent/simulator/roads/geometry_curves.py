"""A road's reference line: lines, arcs, spirals and cubic curves, sampled as arrays.

All in CARLA's left-handed world: x east, y south, heading clockwise seen from above, curvature positive to the right.
Formulas: ASAM OpenDRIVE 1.4, 5.3.4 (road geometry); spirals by Gauss-Legendre quadrature of the heading.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_UNIT_NODES = (_NODES + 1.0) / 2.0
_UNIT_WEIGHTS = _WEIGHTS / 2.0
_PIECE_TURN_RAD = 2.0  # 16 nodes integrate cos and sin of a turn this large to the last bit
_NEWTON_STEPS = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """One geometry record: a clothoid (lines and arcs included) or, with `cubic`, a parametric cubic.

    Attributes:
        start_m: along the road; x_m, y_m, heading_rad: where it starts.
        length_m: > 0.
        curvature_per_m: at the start; curvature_rate: its change along the piece [1/m^2].
        cubic: coefficients (au bu cu du av bv cv dv) of u(p) forward and v(p) to the right, or None.
        p_end: last value of the parameter p of a cubic; 0 asks for the p that `length_m` along the curve reaches.
    """

    start_m: float
    x_m: float
    y_m: float
    heading_rad: float
    length_m: float
    curvature_per_m: float = 0.0
    curvature_rate: float = 0.0
    cubic: tuple[float, ...] | None = None
    p_end: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points of a reference line: float64 arrays of one shape [m, rad, 1/m]."""

    x_m: Float64
    y_m: Float64
    heading_rad: Float64
    curvature_per_m: Float64


class ReferenceLine:
    """The pieces of one road as arrays; `starts_m` (G,) are where they begin, `length_m` is the whole length."""

    __slots__ = ("_cubic", "_has_cubics", "_has_spirals", "_reach", "_rows", "length_m", "starts_m")

    def __init__(self, pieces: Iterable[Piece], length_m: float) -> None:
        split = [part for piece in pieces for part in _gentle_parts(piece)]
        self.length_m = length_m
        self.starts_m = _column(split, "start_m")
        names = ("x_m", "y_m", "heading_rad", "curvature_per_m", "curvature_rate")
        self._rows = np.stack([_column(split, name) for name in names])
        cubics = [piece.cubic or (0.0,) * 8 for piece in split]
        self._cubic = np.array(cubics, np.float64).T
        self._has_cubics = np.array([piece.cubic is not None for piece in split])
        self._has_spirals = ~self._has_cubics & (self._rows[4] != 0.0)
        self._reach = np.array([_reach(piece) for piece in split]).T

    def sample(self, s_m: npt.ArrayLike) -> Curve:
        """Points at `s_m`, an array of any shape [m]; clipped to the road."""
        wanted = np.asarray(s_m, np.float64)
        s = np.clip(wanted.ravel(), 0.0, self.length_m)
        index = np.maximum(np.searchsorted(self.starts_m, s, side="right") - 1, 0)
        ds = np.maximum(s - self.starts_m[index], 0.0)
        x0, y0, h0, k0, rate = (row[index] for row in self._rows)
        turn = k0 * ds
        chord = ds * np.sinc(turn / (2.0 * math.pi))
        u, v = chord * np.cos(turn / 2.0), chord * np.sin(turn / 2.0)
        curvature = k0 + rate * ds
        for mask, local in ((self._has_spirals, self._spiral), (self._has_cubics, self._cubic_points)):
            chosen = mask[index]
            if chosen.any():
                u[chosen], v[chosen], turn[chosen], curvature[chosen] = local(index[chosen], ds[chosen])
        cos, sin = np.cos(h0), np.sin(h0)
        values = (x0 + u * cos - v * sin, y0 + u * sin + v * cos, h0 + turn, curvature)
        return Curve(*(value.reshape(wanted.shape) for value in values))

    def _spiral(self, index: npt.NDArray[np.intp], ds: Float64) -> tuple[Float64, Float64, Float64, Float64]:
        k0, rate = self._rows[3][index], self._rows[4][index]
        u, v, turn = clothoid(k0, rate, ds)
        return u, v, turn, k0 + rate * ds

    def _cubic_points(self, index: npt.NDArray[np.intp], ds: Float64) -> tuple[Float64, Float64, Float64, Float64]:
        coefficients = self._cubic[:, index]
        p_end, stretch = self._reach[:, index]
        p = _parameter_at(coefficients, ds * stretch, p_end)
        u, v = _cubic_value(coefficients, p)
        du, dv = _cubic_slope(coefficients, p)
        ddu, ddv = (2.0 * c + 6.0 * d * p for c, d in (coefficients[2:4], coefficients[6:8]))
        speed = np.hypot(du, dv)
        return u, v, np.arctan2(dv, du), (du * ddv - dv * ddu) / speed**3


def clothoid(curvature: Float64, rate: Float64, ds: Float64) -> tuple[Float64, Float64, Float64]:
    """Forward and rightward coordinates and turn [m, m, rad] after `ds` on a curvature growing linearly; (N,) each."""
    at = ds[..., None] * _UNIT_NODES
    angle = (curvature[..., None] + 0.5 * rate[..., None] * at) * at
    turn = (curvature + 0.5 * rate * ds) * ds
    return ds * (np.cos(angle) @ _UNIT_WEIGHTS), ds * (np.sin(angle) @ _UNIT_WEIGHTS), turn


def _column(pieces: list[Piece], name: str) -> Float64:
    return np.array([getattr(piece, name) for piece in pieces], np.float64)


def _gentle_parts(piece: Piece) -> list[Piece]:
    """Split a spiral so that no part turns more than the quadrature can take."""
    if piece.cubic is not None or piece.curvature_rate == 0.0:
        return [piece]
    end = piece.curvature_per_m + piece.curvature_rate * piece.length_m
    count = max(1, math.ceil(max(abs(piece.curvature_per_m), abs(end)) * piece.length_m / _PIECE_TURN_RAD))
    step, parts = piece.length_m / count, [piece]
    for _ in range(count - 1):
        last = parts[-1]
        u, v, turn = (
            float(value[0])
            for value in clothoid(np.array([last.curvature_per_m]), np.array([last.curvature_rate]), np.array([step]))
        )
        cos, sin = math.cos(last.heading_rad), math.sin(last.heading_rad)
        x, y = last.x_m + u * cos - v * sin, last.y_m + u * sin + v * cos
        curvature = last.curvature_per_m + last.curvature_rate * step
        parts.append(Piece(last.start_m + step, x, y, last.heading_rad + turn, step, curvature, last.curvature_rate))
    return parts


def _cubic_value(k: Float64, p: Float64) -> tuple[Float64, Float64]:
    return k[0] + p * (k[1] + p * (k[2] + p * k[3])), k[4] + p * (k[5] + p * (k[6] + p * k[7]))


def _cubic_slope(k: Float64, p: Float64) -> tuple[Float64, Float64]:
    return k[1] + p * (2.0 * k[2] + p * 3.0 * k[3]), k[5] + p * (2.0 * k[6] + p * 3.0 * k[7])


def _arc_length(k: Float64, p: Float64) -> Float64:
    du, dv = _cubic_slope(k[:, :, None], p[:, None] * _UNIT_NODES)
    return np.asarray(p * (np.hypot(du, dv) @ _UNIT_WEIGHTS))


def _parameter_at(k: Float64, length: Float64, p_end: Float64) -> Float64:
    """p (N,) at an arc length: Newton on a function that only grows."""
    p: Float64 = np.clip(length / np.maximum(np.hypot(k[1], k[5]), 1e-9), 0.0, p_end)
    for _ in range(_NEWTON_STEPS):
        speed = np.maximum(np.hypot(*_cubic_slope(k, p)), 1e-9)
        p = np.clip(p - (_arc_length(k, p) - length) / speed, 0.0, p_end)
    return p


def _reach(piece: Piece) -> tuple[float, float]:
    """(p at the end, arc length of the curve per metre of the record): files round, joints must still meet."""
    if piece.cubic is None:
        return 0.0, 1.0
    k, length = np.array(piece.cubic, np.float64)[:, None], np.array([piece.length_m])
    p_end = piece.p_end or float(_parameter_at(k, length, np.array([2.0 * piece.length_m]))[0])
    return p_end, float(_arc_length(k, np.array([p_end]))[0]) / piece.length_m
