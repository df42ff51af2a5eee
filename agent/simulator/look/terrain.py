"""The land around the roads: how far the next road is, how high the ground lies, what is still free to build on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.roads.road_strips import LaneStrip

Array = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]

_MARGIN_M = 170.0
_MOST_CELLS = 4096
_UNDER_ROAD_M = 0.07  # the ground passes below roads by this much
_FAR_M = 1e4


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """A raster of the land, row by y, column by x.

    Attributes:
        x_m, y_m: of the raster's corner.
        cell_m: side of a cell.
        distance_m: float32 (rows, columns) to the nearest lane of any kind; 0 on it.
        road_height_m: float32, height of the nearest lane.
        phase: random numbers that shape the hills.
    """

    x_m: float
    y_m: float
    cell_m: float
    distance_m: Float32
    road_height_m: Float32
    phase: Array

    @property
    def size_m(self) -> tuple[float, float]:
        """Extent along x and y."""
        rows, columns = self.distance_m.shape
        return columns * self.cell_m, rows * self.cell_m

    def distance(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """Distance to the nearest lane [m]; beyond the raster at least the way to its edge is added."""
        row, column, beyond = self._cells(x, y)
        return np.asarray(self.distance_m[row, column] + beyond, np.float64)

    def height(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """Height of the ground [m]: just below the roads, gentle swells away from them, hills on the horizon."""
        row, column, _ = self._cells(x, y)
        away = self.distance(x, y)
        at_x, at_y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        swell = sum(
            (np.sin(at_x * fx + at_y * fy + shift) for fx, fy, shift in self.phase[:4]), np.zeros_like(away)
        ) * (0.5 + 2.0 * _ramp(60.0, 300.0, away))
        far = _ramp(350.0, 1500.0, away)
        ridge = sum((np.sin(at_x * fx + at_y * fy + shift) for fx, fy, shift in self.phase[4:]), np.zeros_like(away))
        hills = far * (55.0 + 22.0 * ridge)
        base = self.road_height_m[row, column] - _UNDER_ROAD_M
        return np.asarray(base + swell * _ramp(22.0, 120.0, away) + np.maximum(hills, 0.0))

    def _cells(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Array]:
        rows, columns = self.distance_m.shape
        fx = (np.asarray(x, np.float64) - self.x_m) / self.cell_m
        fy = (np.asarray(y, np.float64) - self.y_m) / self.cell_m
        column, row = np.clip(fx, 0, columns - 1), np.clip(fy, 0, rows - 1)
        beyond = np.hypot(fx - column, fy - row) * self.cell_m
        return row.astype(np.intp), column.astype(np.intp), np.where(beyond > 2 * self.cell_m, beyond, 0.0)


def _ramp(low: float, high: float, x: Array) -> Array:
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def survey(strips: Sequence[LaneStrip], rng: np.random.Generator) -> Terrain:
    """Measure the land around all lanes of a map."""
    points = np.concatenate([strip.vertices.reshape(-1, 3) for strip in strips])
    low, high = points.min(axis=0) - _MARGIN_M, points.max(axis=0) + _MARGIN_M
    cell = max(0.5, float(max(high[:2] - low[:2])) / _MOST_CELLS)
    columns, rows = (int(n) for n in np.ceil((high - low)[:2] / cell))
    height = np.full((rows, columns), -_FAR_M, np.float32)
    lowest: dict[tuple[int, bytes], Float32] = {}  # of each station: the carriageway, not its raised sidewalks
    for strip in strips:
        key, z = (strip.road_id, strip.along_m.tobytes()), strip.vertices[..., 2].min(axis=1)
        lowest[key] = np.minimum(lowest.get(key, z), z)
    for strip in strips:
        edge = np.concatenate([strip.vertices[:-1], strip.vertices[1:, ::-1]], axis=1)  # left, right, right, left
        corners = np.round((edge[..., :2] - low[:2]) / cell * 16.0).astype(np.int32)  # 4 bits below the cell
        floor = lowest[strip.road_id, strip.along_m.tobytes()]
        for quad, level in zip(corners, np.minimum(floor[:-1], floor[1:]).tolist(), strict=True):
            cv2.fillConvexPoly(height, quad, level, shift=4)
    off_road = (height == -_FAR_M).astype(np.uint8)
    distance, nearest = cv2.distanceTransformWithLabels(off_road, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros(int(nearest.max()) + 1, np.float32)
    table[nearest[off_road == 0]] = height[off_road == 0]
    turn, pitch = rng.uniform(0, 2 * np.pi, 8), np.r_[rng.uniform(0.012, 0.045, 4), rng.uniform(0.0012, 0.007, 4)]
    phase = np.stack([pitch * np.cos(turn), pitch * np.sin(turn), rng.uniform(0, 6.3, 8)], axis=1)
    return Terrain(float(low[0]), float(low[1]), cell, distance * np.float32(cell), table[nearest], phase)


class Site:
    """Free land: what has been built takes its place, and roads keep their distance."""

    def __init__(self, terrain: Terrain) -> None:
        self.terrain = terrain
        self._taken = np.zeros(terrain.distance_m.shape, np.uint8)

    def claim(self, x: float, y: float, yaw: float, half: tuple[float, float], clear_m: float, *, gap_m: float) -> bool:
        """Take a rectangle if all of it is free and `clear_m` from every lane; `gap_m` stays free around it."""
        if not self.is_free(x, y, yaw, half, clear_m):
            return False
        self.take(x, y, yaw, (half[0] + gap_m, half[1] + gap_m))
        return True

    def is_free(self, x: float, y: float, yaw: float, half: tuple[float, float], clear_m: float) -> bool:
        """Whether a rectangle is free and `clear_m` from every lane."""
        terrain = self.terrain
        along = np.linspace(-half[0], half[0], 2 + int(half[0]))
        across = np.linspace(-half[1], half[1], 2 + int(half[1]))
        u, v = along[None, :], across[:, None]
        px, py = x + u * np.cos(yaw) - v * np.sin(yaw), y + u * np.sin(yaw) + v * np.cos(yaw)
        row, column, beyond = terrain._cells(px, py)
        if np.any(beyond > 0) or np.any(self._taken[row, column]):
            return False
        return bool(np.all(terrain.distance_m[row, column] >= clear_m + 1.5 * terrain.cell_m))

    def are_free(self, x: Array, y: Array, clear_m: float) -> npt.NDArray[np.bool_]:
        """Which of many points are free and `clear_m` from every lane."""
        row, column, beyond = self.terrain._cells(x, y)
        far = self.terrain.distance_m[row, column] > clear_m
        return np.asarray(far & (beyond == 0) & (self._taken[row, column] == 0))

    def take(self, x: float, y: float, yaw: float, half: tuple[float, float]) -> None:
        """Mark a rectangle as built on."""
        terrain = self.terrain
        u, v = np.array([-1, 1, 1, -1]) * half[0], np.array([-1, -1, 1, 1]) * half[1]
        px, py = x + u * np.cos(yaw) - v * np.sin(yaw), y + u * np.sin(yaw) + v * np.cos(yaw)
        cells = np.stack([(px - terrain.x_m) / terrain.cell_m, (py - terrain.y_m) / terrain.cell_m], axis=1)
        cv2.fillConvexPoly(self._taken, np.round(cells * 16.0).astype(np.int32), 1, shift=4)
