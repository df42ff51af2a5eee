"""Free land: what is built takes its place, and roads keep their distance."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.look.terrain import Array, Terrain


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
        row, column, beyond = terrain.cells(px, py)
        if np.any(beyond > 0) or np.any(self._taken[row, column]):
            return False
        return bool(np.all(terrain.distance_m[row, column] >= clear_m + 1.5 * terrain.cell_m))

    def are_free(self, x: Array, y: Array, clear_m: float) -> npt.NDArray[np.bool_]:
        """Which of many points are free and `clear_m` from every lane."""
        row, column, beyond = self.terrain.cells(x, y)
        far = self.terrain.distance_m[row, column] > clear_m
        return np.asarray(far & (beyond == 0) & (self._taken[row, column] == 0))

    def take(self, x: float, y: float, yaw: float, half: tuple[float, float]) -> None:
        """Mark a rectangle as built on."""
        terrain = self.terrain
        u, v = np.array([-1, 1, 1, -1]) * half[0], np.array([-1, -1, 1, 1]) * half[1]
        px, py = x + u * np.cos(yaw) - v * np.sin(yaw), y + u * np.sin(yaw) + v * np.cos(yaw)
        cells = np.stack([(px - terrain.x_m) / terrain.cell_m, (py - terrain.y_m) / terrain.cell_m], axis=1)
        cv2.fillConvexPoly(self._taken, np.round(cells * 16.0).astype(np.int32), 1, shift=4)
