"""The pools of light below street lamps, as a raster of the ground. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.simulator.look.terrain import Terrain
from agent.simulator.nouns import Lamp

Float32 = npt.NDArray[np.float32]
_REACH_M = 17.0
_STRENGTH = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class LampField:
    """Lamps above the land's raster.

    Attributes:
        lamps: their heads.
        height_m: of each head above the ground.
        x_m, y_m, cell_m: the raster's corner and the side of a cell.
        shape: its rows and columns.
    """

    lamps: tuple[Lamp, ...]
    height_m: tuple[float, ...]
    x_m: float
    y_m: float
    cell_m: float
    shape: tuple[int, int]

    @classmethod
    def over(cls, terrain: Terrain, lamps: list[Lamp]) -> LampField:
        """The lamps of a piece of land."""
        height = tuple(lamp.z_m - float(terrain.height(lamp.x_m, lamp.y_m)) for lamp in lamps)
        rows, columns = terrain.distance_m.shape
        return cls(tuple(lamps), height, terrain.x_m, terrain.y_m, terrain.cell_m, (rows, columns))

    def pools(self, strength: Mapping[int, float]) -> Float32:
        """Light on the ground 0..1 (rows, columns); `strength` by the lamps' numbers, 1 for those it does not name."""
        light = np.zeros(self.shape, np.float32)
        reach = int(_REACH_M / self.cell_m)
        for lamp, height in zip(self.lamps, self.height_m, strict=True):
            row, column = int((lamp.y_m - self.y_m) / self.cell_m), int((lamp.x_m - self.x_m) / self.cell_m)
            top, left = max(row - reach, 0), max(column - reach, 0)
            window = np.s_[top : row + reach, left : column + reach]
            dy, dx = (axis * self.cell_m for axis in np.mgrid[window])
            away = (dx + self.x_m - lamp.x_m) ** 2 + (dy + self.y_m - lamp.y_m) ** 2
            fade = np.clip(1.0 - away / _REACH_M**2, 0.0, 1.0) * strength.get(lamp.number, 1.0)
            light[window] += (fade * height**3 / (height**2 + away) ** 1.5).astype(np.float32)
        return np.clip(light * np.float32(_STRENGTH), 0.0, 1.0)
