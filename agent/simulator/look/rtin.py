"""A height field on a grid -> few triangles without cracks: large where it is flat, small where it is not.

Right-triangulated irregular networks: Evans, Kirkpatrick, Townsend, Right-Triangulated Irregular Networks, 2001. The
grid's lines need not be evenly spaced.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def triangulate(heights: Array, tolerance: Array, largest: npt.NDArray[np.int64]) -> Indices:
    """Triangles (T, 3) of flat indices into the grid, x along columns, counterclockwise in (column, row).

    Args:
        heights: (N, N), N a power of two plus one.
        tolerance: (N, N) how far the surface may pass from a point [m].
        largest: (N, N) legs of triangles around a point have at most so many cells.
    """
    error = _errors(heights, tolerance, largest)
    size = heights.shape[0]
    last = size - 1
    a, b, c = (np.array(corner) for corner in ([[0, 0], [last, last]], [[last, last], [0, 0]], [[last, 0], [0, last]]))
    done = []
    while len(a):
        middle = (a + b) // 2
        whole = np.all((a + b) % 2 == 0, axis=1)
        cut = whole & (error[middle[:, 1], middle[:, 0]] > 1.0)
        done.append(np.stack([b[~cut], a[~cut], c[~cut]], axis=1))
        a, b, c, middle = a[cut], b[cut], c[cut], middle[cut]
        a, b, c = np.concatenate([c, b]), np.concatenate([a, c]), np.concatenate([middle, middle])
    corners = np.concatenate(done)
    flat: Indices = corners[..., 1] * size + corners[..., 0]
    return flat


def _errors(heights: Array, tolerance: Array, largest: npt.NDArray[np.int64]) -> Array:
    """At the middle of each longest side: the worst error of leaving it out, and all that hangs on it [tolerances].

    Sides along the grid end at multiples of `step`, with their middle halfway; diagonals cross squares of `step`.
    """
    size = heights.shape[0]
    error = np.zeros_like(heights)
    step = 2
    while step < size:
        half = step // 2
        for flip in (False, True):  # sides along x, along y
            h, e, tol = (part.T if flip else part for part in (heights, error, tolerance))
            most = largest.T if flip else largest
            own = np.abs(h[::step, half::step] - (h[::step, :-1:step] + h[::step, step::step]) / 2.0)
            own = own / tol[::step, half::step]
            own[half > most[::step, half::step]] = np.inf
            if half > 1:
                own = np.maximum(own, _around(e[half // 2 :: half, half // 2 :: half]))
            e[::step, half::step] = own
        squares = size // step
        main = np.add.outer(np.arange(squares), np.arange(squares)) % 2 == 0
        falling = heights[:-1:step, :-1:step] + heights[step::step, step::step]
        rising = heights[:-1:step, step::step] + heights[step::step, :-1:step]
        own = np.abs(heights[half::step, half::step] - np.where(main, falling, rising) / 2.0)
        own = own / tolerance[half::step, half::step]
        own[half > largest[half::step, half::step]] = np.inf
        sides = (error[half::step, :-1:step], error[half::step, step::step])
        ends = (error[:-1:step, half::step], error[step::step, half::step])
        error[half::step, half::step] = np.maximum.reduce([own, *sides, *ends])
        step *= 2
    return error


def _around(centers: Array) -> Array:
    """For each side along x: the worst of the (up to four) half squares that have it as a side.

    `centers` (2 R, 2 C) belong to half squares; sides (R + 1, C) lie between their rows.
    """
    pairs = np.maximum(centers[:, ::2], centers[:, 1::2])
    rows = np.zeros((pairs.shape[0] // 2 + 1, pairs.shape[1]))
    rows[:-1] = pairs[::2]
    rows[1:] = np.maximum(rows[1:], pairs[1::2])
    return rows
