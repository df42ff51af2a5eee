"""The ground to the horizon: one warped grid, fine near the roads, coarse far out, painted by fields."""

from __future__ import annotations

import numpy as np

from agent.simulator.look.meshes import VERTEX, Array, Mesh
from agent.simulator.look.terrain import Terrain
from agent.simulator.nouns import Label

_CELL_M = 26.0
_GROWTH = 1.45
_HORIZON_M = 3200.0
_FIELDS = np.array([[94, 114, 58], [102, 120, 64], [118, 122, 70], [84, 104, 54], [142, 130, 82], [108, 124, 62]])
_WOODS, _LAWN = np.array([48, 70, 44]), np.array([92, 114, 58])


def ground_mesh(terrain: Terrain, rng: np.random.Generator) -> Mesh:
    """Vertices with the field's colour; the horizon's hills are wooded."""
    wide, deep = terrain.size_m
    x, y = _lines(terrain.x_m, wide), _lines(terrain.y_m, deep)
    gx, gy = np.meshgrid(x, y)
    gz = terrain.height(gx, gy)
    away = terrain.distance(gx, gy)
    vertices = np.zeros(gx.shape, VERTEX)
    vertices["position"] = np.stack([gx, gy, gz], axis=-1)
    slope_y, slope_x = np.gradient(gz, y, x)
    normal = np.stack([-slope_x, -slope_y, np.ones_like(gz)], axis=-1)
    vertices["normal"] = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    field = np.clip((away - 15.0) / 20.0, 0.0, 1.0)[..., None]
    wood = np.clip((away - 420.0) / 300.0, 0.0, 1.0)[..., None]
    wood = wood * (0.55 + 0.45 * np.sign(np.sin(gx / 190.0 + np.sin(gy / 230.0)) + 0.35))[..., None].clip(0, 1)
    paint = _LAWN + (_fields(gx, gy, rng) - _LAWN) * field
    vertices["paint"][..., :3] = paint + (_WOODS - paint) * wood
    vertices["kind"][..., 1] = Label.TERRAIN
    rows, columns = gx.shape
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)[None, :]).reshape(-1, 1).astype(np.uint32)
    down = np.uint32(columns)
    corners = np.array([0, 1, down + 1, 0, down + 1, down], np.uint32)
    return Mesh(vertices.reshape(-1), (first + corners).reshape(-1, 3))


def _lines(start: float, size: float) -> Array:
    """Grid lines: even over the raster, then ever farther apart."""
    inside = np.linspace(start, start + size, max(2, round(size / _CELL_M)) + 1)
    steps = np.cumsum(_CELL_M * _GROWTH ** np.arange(1, 40))
    steps = steps[: np.searchsorted(steps, _HORIZON_M) + 1]
    return np.concatenate([inside[0] - steps[::-1], inside, inside[-1] + steps])


def _fields(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Colour (..., 3) of the parcel a place lies in: a turned, staggered grid of about 70 by 110 m."""
    turn = rng.uniform(0.2, 1.2)
    u = (x * np.cos(turn) + y * np.sin(turn)) / 72.0
    v = (y * np.cos(turn) - x * np.sin(turn)) / 115.0 + 0.37 * np.floor(u)
    table = rng.integers(0, len(_FIELDS), (64, 64))
    return np.asarray(_FIELDS[table[np.floor(u).astype(int) % 64, np.floor(v).astype(int) % 64]], np.float64)
