"""The land around the roads: how far the next road is, how high the ground lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]

_UNDER_ROAD_M = 0.08  # the ground passes below roads by this much
_SLOPE_M = 13.0  # from the shelf beside a road down or up to the land around


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """Rasters of the land, row by y, column by x.

    Attributes:
        x_m, y_m: of the rasters' corner.
        cell_m: side of a cell of the fine ones; land_cell_m: of the coarse one.
        distance_m: float32 (rows, columns) to the nearest lane of any kind; 0 on it.
        ground_distance_m: the same, but to lanes that lie on the ground: those on bridges left out.
        road_height_m: float32, height of the nearest lane on the ground.
        land_m: float32, coarse: a smooth land through all roads.
        ground_cell_m: side of the finest squares the ground's triangles are made of.
        shelf_m: so far from a road the ground is as high as its edge.
        relief: how hilly the map is: 0 flat, 1 mountains.
        phase: random numbers that shape swells and hills.
    """

    x_m: float
    y_m: float
    cell_m: float
    land_cell_m: float
    distance_m: Float32
    ground_distance_m: Float32
    road_height_m: Float32
    land_m: Float32
    ground_cell_m: float
    shelf_m: float
    relief: float
    phase: Array

    @property
    def size_m(self) -> tuple[float, float]:
        """Extent along x and y."""
        rows, columns = self.distance_m.shape
        return columns * self.cell_m, rows * self.cell_m

    def distance(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """Distance to the nearest lane [m]; beyond the raster at least the way to its edge is added."""
        row, column, beyond = self.cells(x, y)
        return np.asarray(self.distance_m[row, column] + beyond, np.float64)

    def height(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """Height of the ground [m]: just below the roads, a slope to the land around, hills on the horizon."""
        at_x, at_y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        row, column, beyond = self.cells(at_x, at_y)
        away = self.ground_distance_m[row, column].astype(np.float64) + beyond
        base = _between(self.road_height_m, (at_x - self.x_m) / self.cell_m, (at_y - self.y_m) / self.cell_m)
        land = _between(self.land_m, (at_x - self.x_m) / self.land_cell_m, (at_y - self.y_m) / self.land_cell_m)
        base = base + (land - base) * ramp(self.shelf_m, self.shelf_m + _SLOPE_M, away) - _UNDER_ROAD_M
        swell = self._waves(slice(0, 4), at_x, at_y) * (0.5 + (2.0 + 7.0 * self.relief) * ramp(60.0, 300.0, away))
        far = ramp(350.0, 1500.0, away)
        hills = far * (55.0 + (22.0 + 60.0 * self.relief) * self._waves(slice(4, 8), at_x, at_y))
        return np.asarray(base + swell * ramp(22.0, 120.0, away) + np.maximum(hills, 0.0))

    def surface(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """Height of the nearest road's surface [m]."""
        at_x, at_y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        return _between(self.road_height_m, (at_x - self.x_m) / self.cell_m, (at_y - self.y_m) / self.cell_m)

    def cells(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Array]:
        """Row and column of the cells of places, and how far beyond the raster they lie [m]."""
        rows, columns = self.distance_m.shape
        fx = (np.asarray(x, np.float64) - self.x_m) / self.cell_m
        fy = (np.asarray(y, np.float64) - self.y_m) / self.cell_m
        column, row = np.clip(fx, 0, columns - 1), np.clip(fy, 0, rows - 1)
        beyond = np.hypot(fx - column, fy - row) * self.cell_m
        return row.astype(np.intp), column.astype(np.intp), np.where(beyond > 2 * self.cell_m, beyond, 0.0)

    def _waves(self, which: slice, x: Array, y: Array) -> Array:
        waves = (np.sin(x * fx + y * fy + shift) for fx, fy, shift in self.phase[which])
        return np.asarray(sum(waves, np.zeros(np.broadcast_shapes(x.shape, y.shape))))


def ramp(low: float, high: float, x: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def _between(raster: Float32, fx: Array, fy: Array) -> Array:
    """Values between the middles of the cells, which lie at half numbers of `fx` and `fy`."""
    rows, columns = raster.shape
    x, y = np.clip(fx - 0.5, 0.0, columns - 1.001), np.clip(fy - 0.5, 0.0, rows - 1.001)
    column, row = x.astype(np.intp), y.astype(np.intp)
    right, below = np.minimum(column + 1, columns - 1), np.minimum(row + 1, rows - 1)
    u, v = x - column, y - row
    top = raster[row, column] * (1.0 - u) + raster[row, right] * u
    bottom = raster[below, column] * (1.0 - u) + raster[below, right] * u
    return np.asarray(top * (1.0 - v) + bottom * v)
