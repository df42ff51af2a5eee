"""Lanes -> Terrain: where roads lie on the ground, where they are bridges, and a smooth land through all of them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.look.terrain import Array, Float32, Terrain
from agent.simulator.roads.road_strips import LaneStrip

_MARGIN_M = 170.0
_MOST_CELLS = 3072
_LAND_CELLS = 1024
_NOWHERE_M = 1e6
_SHELF_M = 4.5
_BRIDGE_M, _BRIDGE_REACH_M = 3.5, 9.0  # a road this much above another within this reach is a bridge
_MOUNTAINS_M = 80.0  # a map with this much between its lowest and its highest road is all mountains
_HILLY_CELL_M, _FLAT_CELL_M, _FLAT, _GROUND_CELLS = 2.0, 4.0, 0.02, 960  # finest squares of the ground
_RAISED = ("sidewalk", "curb")


def survey(strips: Sequence[LaneStrip], rng: np.random.Generator) -> Terrain:
    """Measure the land around all lanes of a map."""
    points = np.concatenate([strip.vertices.reshape(-1, 3) for strip in strips])
    low, high = points.min(axis=0) - _MARGIN_M, points.max(axis=0) + _MARGIN_M
    cell = max(0.5, float(max(high[:2] - low[:2])) / _MOST_CELLS)
    columns, rows = (int(n) for n in np.ceil((high - low)[:2] / cell))
    height = _road_heights(strips, low, cell, (rows, columns))
    covered = height < _NOWHERE_M
    distance = _distance(covered, cell)
    land = covered & ~_bridges(height, cell)
    ground_distance = distance if land.sum() == covered.sum() else _distance(land, cell)
    road_height = _nearest(height, land)
    coarse = max(1, round(max(rows, columns) / _LAND_CELLS))
    relief = min(float(np.ptp(points[:, 2])) / _MOUNTAINS_M, 1.0)
    ground_cell = max(_HILLY_CELL_M if relief > _FLAT else _FLAT_CELL_M, max(rows, columns) * cell / _GROUND_CELLS)
    turn, pitch = rng.uniform(0, 2 * np.pi, 8), np.r_[rng.uniform(0.012, 0.045, 4), rng.uniform(0.0012, 0.007, 4)]
    phase = np.stack([pitch * np.cos(turn), pitch * np.sin(turn), rng.uniform(0, 6.3, 8)], axis=1)
    return Terrain(
        x_m=float(low[0]),
        y_m=float(low[1]),
        cell_m=cell,
        land_cell_m=cell * coarse,
        distance_m=distance,
        ground_distance_m=ground_distance,
        road_height_m=road_height,
        land_m=_smooth_land(height, land, coarse),
        ground_cell_m=ground_cell,
        shelf_m=max(_SHELF_M, 1.5 * ground_cell),
        relief=relief,
        phase=phase,
    )


def _road_heights(strips: Sequence[LaneStrip], low: Array, cell: float, shape: tuple[int, int]) -> Float32:
    """The lowest lane over each cell, `_NOWHERE_M` off the roads."""
    height = np.full(shape, _NOWHERE_M, np.float32)
    lowest: dict[tuple[int, bytes], Float32] = {}  # of each station: the carriageway, not its raised sidewalks
    for strip in strips:
        key, z = (strip.road_id, strip.along_m.tobytes()), strip.vertices[..., 2].min(axis=1)
        lowest[key] = np.minimum(lowest.get(key, z), z)
    for strip in strips:
        edges = strip.vertices.astype(np.float64)
        if strip.kind in _RAISED:
            edges[..., 2] = lowest[strip.road_id, strip.along_m.tobytes()][:, None]
        x, y, z = _grid_over(edges, 0.6 * cell).T
        column, row = ((x - low[0]) / cell).astype(np.intp), ((y - low[1]) / cell).astype(np.intp)
        np.minimum.at(height, (row, column), z.astype(np.float32))
    return height


def _grid_over(edges: Array, step_m: float) -> Array:
    """Points (N, 3) all over a strip of edges (S, 2, 3), at most about `step_m` apart."""
    plan = edges[..., :2]  # seen from above: a cliff in a broken file has no area
    wide = np.linalg.norm(plan[:, 0] - plan[:, 1], axis=1).max()
    along = np.linalg.norm(np.diff(plan, axis=0), axis=2).max(axis=1)
    counts = np.maximum(np.ceil(along / step_m).astype(int), 1)
    piece = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(len(piece)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[piece]
    rails = edges[piece] + (edges[piece + 1] - edges[piece]) * share[:, None, None]
    rails = np.concatenate([rails, edges[-1:]])
    across = np.linspace(0.0, 1.0, int(np.ceil(wide / step_m)) + 1)[None, :, None]
    return np.asarray((rails[:, None, 0] * (1.0 - across) + rails[:, None, 1] * across).reshape(-1, 3))


def _bridges(height: Float32, cell: float) -> npt.NDArray[np.bool_]:
    """Cells whose road passes above another one near by."""
    reach = 2 * int(np.ceil(_BRIDGE_REACH_M / cell)) + 1
    around = cv2.erode(height, np.ones((reach, reach), np.uint8))
    return np.asarray((height < _NOWHERE_M) & (height - around > _BRIDGE_M))


def _distance(covered: npt.NDArray[np.bool_], cell: float) -> Float32:
    away = cv2.distanceTransform((~covered).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(away * np.float32(cell), np.float32)


def _nearest(height: Float32, land: npt.NDArray[np.bool_]) -> Float32:
    """The height of the nearest cell of a road on the ground."""
    off_road = (~land).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(off_road, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros(int(labels.max()) + 1, np.float32)
    table[labels[land]] = height[land]
    return np.asarray(table[labels], np.float32)


def _smooth_land(height: Float32, land: npt.NDArray[np.bool_], coarse: int) -> Float32:
    """A surface through the roads that forgets them with distance, on cells `coarse` times as large.

    Pull-push interpolation (Gortler et al., The Lumigraph, 1996): weighted means of ever larger cells, then back.
    """
    rows, columns = (-(-size // coarse) for size in height.shape)
    weight = _blocks(land.astype(np.float32), rows, columns, coarse)
    value = _blocks(np.where(land, height, 0.0).astype(np.float32), rows, columns, coarse)
    levels = [(value, weight)]
    while max(levels[-1][0].shape) > 2:
        value, weight = (cv2.pyrDown(part) for part in levels[-1])
        levels.append((value, weight))
    value, weight = levels.pop()
    surface = np.full(value.shape, value.sum() / max(float(weight.sum()), 1e-9), np.float32)
    for value, weight in reversed(levels):
        surface = cv2.pyrUp(surface, dstsize=value.shape[::-1])
        share = np.minimum(weight * 4.0, 1.0)
        surface = np.where(share > 0.0, value / np.maximum(weight, 1e-9) * share + surface * (1.0 - share), surface)
    smooth = cv2.GaussianBlur(surface.astype(np.float32), (0, 0), 1.5)
    return np.asarray(smooth, np.float32)


def _blocks(raster: Float32, rows: int, columns: int, size: int) -> Float32:
    """Means of blocks of `size` cells."""
    padded = np.zeros((rows * size, columns * size), np.float32)
    padded[: raster.shape[0], : raster.shape[1]] = raster
    return np.asarray(padded.reshape(rows, size, columns, size).mean(axis=(1, 3)), np.float32)
