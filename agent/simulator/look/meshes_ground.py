"""The ground to the horizon: triangles fine where a road needs it, coarse far out, painted by fields."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agent.simulator.look.meshes import VERTEX, Array, Mesh
from agent.simulator.look.rtin import triangulate
from agent.simulator.look.terrain import Terrain
from agent.simulator.nouns import Label

_HORIZON_M = 3200.0
_OUTER_LINES = 24  # each side, ever farther apart, from the raster to the horizon
_FIELD_M, _FIELDS_TO_M = 26.0, 420.0  # triangles are no larger where fields are to be told apart
_NEAR_M, _CLOSE_M, _LOOSE = 5.0, 0.045, 0.02  # how well the ground is met: beside roads, and less with distance
_FAR_M, _LOOSER = 600.0, 0.08
_FIELDS = np.array([[94, 114, 58], [102, 120, 64], [118, 122, 70], [84, 104, 54], [142, 130, 82], [108, 124, 62]])
_WOODS, _LAWN = np.array([48, 70, 44]), np.array([92, 114, 58])


def ground_mesh(terrain: Terrain, rng: np.random.Generator) -> Mesh:
    """Vertices with the field's colour; the horizon's hills are wooded."""
    x, y = _lines(terrain)
    gx, gy = np.meshgrid(x, y)
    heights, away = terrain.height(gx, gy), terrain.distance(gx, gy)
    tolerance = _CLOSE_M + _LOOSE * np.maximum(away - _NEAR_M, 0.0) + _LOOSER * np.maximum(away - _FAR_M, 0.0)
    largest = np.where(away < _FIELDS_TO_M, int(_FIELD_M / terrain.ground_cell_m), len(x))
    corners = triangulate(heights, tolerance, largest)
    used, triangles = np.unique(corners, return_inverse=True)
    slope_y, slope_x = np.gradient(heights, y, x)
    normal = np.stack([-slope_x, -slope_y, np.ones_like(heights)], axis=-1).reshape(-1, 3)[used]
    vertices = np.zeros(len(used), VERTEX)
    vertices["position"] = np.stack([part.ravel()[used] for part in (gx, gy, heights)], axis=1)
    vertices["normal"] = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    vertices["paint"][:, :3] = _paint(gx.ravel()[used], gy.ravel()[used], away.ravel()[used], rng)
    vertices["kind"][:, 1] = Label.TERRAIN
    return Mesh(vertices, triangles.reshape(-1, 3).astype(np.uint32))


def _lines(terrain: Terrain) -> tuple[Array, Array]:
    """Grid lines of the ground: even over the raster, then ever farther apart; a power of two plus one of them."""
    (wide, deep), cell = terrain.size_m, terrain.ground_cell_m
    needed = max(wide, deep) / cell + 2 * _OUTER_LINES
    number = 2 ** int(np.ceil(np.log2(needed)))
    inside = number - 2 * _OUTER_LINES
    growth = _growth(_HORIZON_M / cell)
    steps = np.cumsum(cell * growth ** np.arange(1, _OUTER_LINES + 1))
    even = (np.arange(inside + 1) - inside / 2) * cell
    lines = np.concatenate([even[0] - steps[::-1], even, even[-1] + steps])
    return lines + terrain.x_m + wide / 2, lines + terrain.y_m + deep / 2


def _growth(reach: float) -> float:
    """The factor by which steps grow so that `_OUTER_LINES` of them make `reach`."""
    low, high = 1.0, 4.0
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if np.sum(middle ** np.arange(1, _OUTER_LINES + 1)) < reach else (low, middle)
    return high


def _paint(x: Array, y: Array, away: Array, rng: np.random.Generator) -> Array:
    """Colour (N, 3): lawn beside roads, then fields, then woods."""
    field = np.clip((away - 15.0) / 20.0, 0.0, 1.0)[:, None]
    wood = np.clip((away - 420.0) / 300.0, 0.0, 1.0)
    patch = 0.55 + 0.45 * np.sign(np.sin(x / 190.0 + np.sin(y / 230.0)) + 0.35)
    paint = _LAWN + (_fields(x, y, rng) - _LAWN) * field
    return np.asarray(paint + (_WOODS - paint) * (wood * patch.clip(0, 1))[:, None])


def _fields(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Colour (..., 3) of the parcel a place lies in: a turned, staggered grid of about 70 by 110 m."""
    turn = rng.uniform(0.2, 1.2)
    u = (x * np.cos(turn) + y * np.sin(turn)) / 72.0
    v = (y * np.cos(turn) - x * np.sin(turn)) / 115.0 + 0.37 * np.floor(u)
    table: npt.NDArray[np.int64] = rng.integers(0, len(_FIELDS), (64, 64))
    return np.asarray(_FIELDS[table[np.floor(u).astype(int) % 64, np.floor(v).astype(int) % 64]], np.float64)
