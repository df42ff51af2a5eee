"""Where people walk: sidewalks and crosswalks of a map as a grid of cells."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import WALK_CROSSING, WALK_SIDEWALK, WalkGrid
from agent.simulator.roads.geometry_curves import Float64
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_objects import RoadObject
from agent.simulator.roads.road_strips import LaneStrip, lane_strips

_CELL_M = 1.0
_STEP_M = 4.0
_MOST_CELLS = 36_000_000
_SHIFT = 6  # bits of a cell that polygons' corners are given to
_DRIVEN = 255


def has_walkways(network: RoadNetwork) -> bool:
    """Whether there is a sidewalk at all."""
    return any(lane.kind == "sidewalk" for road in network.roads for section in road.sections for lane in section.lanes)


def walk_grid(network: RoadNetwork) -> WalkGrid | None:
    """The grid of a map; None without sidewalks and for maps of more than 36 km2.

    Lanes that are driven on and what crosses them go before sidewalks; crosswalks before both.
    """
    strips = lane_strips(network, _STEP_M)
    walks = [strip for strip in strips if strip.kind == "sidewalk"]
    if not walks:
        return None
    crossings = [np.asarray(thing.outline) for thing in _crosswalks(network)]
    points = np.concatenate([*(strip.vertices.reshape(-1, 3) for strip in walks), *crossings])
    low, high = np.floor(points[:, :2].min(axis=0)) - 4.0, np.ceil(points[:, :2].max(axis=0)) + 4.0
    columns, rows = ((high - low) / _CELL_M).astype(int).tolist()
    if rows * columns > _MOST_CELLS:
        return None
    area = np.zeros((rows, columns), np.uint8)
    height = np.zeros((rows, columns), np.float32)
    for strip in walks:
        _paint(area, height, list(_quads(strip)), low, WALK_SIDEWALK)
    driven = np.zeros_like(area)
    for strip in strips:
        if strip.kind not in ("sidewalk", "none", "border", "shoulder", "curb"):
            _paint(driven, None, list(_quads(strip)), low, _DRIVEN)
    area[driven > 0] = 0
    _cross(crossings, area, height, low)
    return WalkGrid(float(low[0]), float(low[1]), _CELL_M, area, _corners(area, height))


def _crosswalks(network: RoadNetwork) -> list[RoadObject]:
    return [thing for thing in network.objects if thing.kind == "crosswalk" and len(thing.outline) >= 3]


def _cross(outlines: list[Float64], area: npt.NDArray[np.uint8], height: npt.NDArray[np.float32], low: Float64) -> None:
    """Crosswalks, a cell longer than painted, so that they meet the sidewalks."""
    crossing, level = np.zeros_like(area), np.zeros_like(height)
    _paint(crossing, level, outlines, low, WALK_CROSSING)
    kernel = np.ones((3, 3), np.uint8)
    crossing, level = cv2.dilate(crossing, kernel), cv2.dilate(level, kernel)
    free = (crossing > 0) & (area == 0)
    area[free], height[free] = crossing[free], level[free]


def _quads(strip: LaneStrip) -> Iterator[Float64]:
    """A strip's quads (4, 3)."""
    left, right = strip.vertices[:, 0].astype(np.float64), strip.vertices[:, 1].astype(np.float64)
    for a, b, c, d in zip(left[:-1], left[1:], right[1:], right[:-1], strict=True):
        yield np.stack([a, b, c, d])


def _paint(
    area: npt.NDArray[np.uint8], height: npt.NDArray[np.float32] | None, shapes: list[Float64], low: Float64, kind: int
) -> None:
    """Fill polygons whose cells' middles count."""
    for shape in shapes:
        corners = np.round(((shape[:, :2] - low) / _CELL_M - 0.5) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(area, [corners], kind, shift=_SHIFT)
        if height is not None:
            cv2.fillPoly(height, [corners], float(shape[:, 2].mean()), shift=_SHIFT)


def _corners(area: npt.NDArray[np.uint8], height: npt.NDArray[np.float32]) -> Float64:
    """z of the cells' corners: the mean of the walkable cells around each."""
    known = (area > 0).astype(np.float64)
    total, count = (np.zeros((area.shape[0] + 1, area.shape[1] + 1)) for _ in range(2))
    for row in (0, 1):
        for column in (0, 1):
            window = np.s_[row : row + area.shape[0], column : column + area.shape[1]]
            total[window] += known * height
            count[window] += known
    return np.asarray(total / np.maximum(count, 1.0))
