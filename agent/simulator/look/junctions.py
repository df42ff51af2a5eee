"""Where roads overlap: side strips and paint of one road give way to the lanes of another, holes between are paved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.look.meshes import Array, Mesh, quads
from agent.simulator.look.terrain import Terrain
from agent.simulator.nouns import Label
from agent.simulator.roads.road_index import LanePosition
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_strips import LaneStrip, MarkStrip

_STEP_M = 1.0
_PAINT_MARGIN_M = 0.3  # paint so near to the edge of another road's lane stays
_LARGEST_HOLE_M2 = 250.0  # greater ones are islands
_LAP_CELLS, _SINK_M = 4, 0.02  # the filling reaches under the lanes around it, and lies below them
_AROUND_M = 4.0
NO_TRACK_M = 2.6
"""So far from the middle of a lane the asphalt shows no wheel tracks: all roads across a junction look the same."""
Booleans = npt.NDArray[np.bool_]


def shared_roads(network: RoadNetwork) -> frozenset[int]:
    """Ids of the roads across junctions: others overlap them."""
    return frozenset(road.id for road in network.roads if road.junction is not None)


def uncovered_lanes(strips: Sequence[LaneStrip], network: RoadNetwork, beside: frozenset[str]) -> list[LaneStrip]:
    """Strips without the stretches where a lane of a kind `beside` lies on another road's driving lane."""
    shared, kept = shared_roads(network), list[LaneStrip]()
    for strip in strips:
        if strip.road_id not in shared or strip.kind not in beside:
            kept.append(strip)
            continue
        stations = _denser(strip.along_m)
        vertices = _resampled(strip.vertices, strip.along_m, stations)
        middle = vertices.mean(axis=1).astype(np.float64)
        hidden = _hidden((middle[1:] + middle[:-1]) / 2.0, network, strip.road_id, 0.0)
        for run in _runs(~hidden):
            part = slice(run.start, run.stop + 1)
            kept.append(replace(strip, vertices=vertices[part], along_m=stations[part]))
    return kept


def uncovered_marks(strips: Sequence[MarkStrip], network: RoadNetwork) -> list[MarkStrip]:
    """Painted lines without the stretches that would cross another road's driving lane."""
    shared, kept = shared_roads(network), list[MarkStrip]()
    for strip in strips:
        if strip.road_id not in shared:
            kept.append(strip)
            continue
        stations = _denser(strip.along_m)
        center = _resampled(strip.center, strip.along_m, stations)
        normals = _resampled(strip.normals, strip.along_m, stations)
        hidden = _hidden((center[1:] + center[:-1]).astype(np.float64) / 2.0, network, strip.road_id, _PAINT_MARGIN_M)
        for run in _runs(~hidden):
            part = slice(run.start, run.stop + 1)
            kept.append(replace(strip, center=center[part], normals=normals[part], along_m=stations[part]))
    return kept


def filling_meshes(terrain: Terrain, network: RoadNetwork) -> list[Mesh]:
    """Asphalt in the holes that the lanes across a junction leave between them."""
    off_road = (terrain.distance_m > 0.0).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(off_road, connectivity=4)
    boxes = [_cells_of(terrain, network, junction) for junction in _junctions(network)]
    meshes = []
    for number in np.flatnonzero(stats[:, cv2.CC_STAT_AREA] * terrain.cell_m**2 <= _LARGEST_HOLE_M2).tolist():
        left, top, wide, tall = stats[number, :4].tolist()
        inside = any(x0 <= left and y0 <= top and left + wide <= x1 and top + tall <= y1 for x0, y0, x1, y1 in boxes)
        if number > 0 and inside:
            corner = max(top - _LAP_CELLS, 0), max(left - _LAP_CELLS, 0)
            window = labels[corner[0] : top + tall + _LAP_CELLS, corner[1] : left + wide + _LAP_CELLS] == number
            meshes.append(_filling(terrain, window, corner))
    return meshes


def _denser(along: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same stations and others between, at most `_STEP_M` apart."""
    s = along.astype(np.float64)
    counts = np.maximum(np.ceil(np.diff(s) / _STEP_M).astype(int), 1)
    parts = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(s[:-1], s[1:], counts, strict=True)]
    return np.asarray(np.concatenate([*parts, s[-1:]]), np.float32)


def _resampled(
    values: npt.NDArray[np.float32], along: npt.NDArray[np.float32], stations: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    flat = values.reshape(len(along), -1)
    columns = [np.interp(stations, along, column) for column in flat.T]
    dense = np.stack(columns, axis=1).reshape(len(stations), *values.shape[1:])
    return np.asarray(dense, np.float32)


def _hidden(places: Array, network: RoadNetwork, road_id: int, margin_m: float) -> Booleans:
    """Which places (N, 3) lie in a driving lane of another road, at least `margin_m` from its edges."""
    found = (network.locate(x, y, z) for x, y, z in places.tolist())
    return np.array([_covers(lane, road_id, margin_m) for lane in found], bool)


def _covers(lane: LanePosition | None, road_id: int, margin_m: float) -> bool:
    if lane is None or lane.kind != "driving" or lane.road_id == road_id:
        return False
    return abs(lane.lateral_m) <= lane.half_width_m - margin_m


def _runs(kept: Booleans) -> list[slice]:
    """Where `kept` is true without a break."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]])))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _junctions(network: RoadNetwork) -> list[list[int]]:
    members: dict[int, list[int]] = {}
    for road in network.roads:
        if road.junction is not None:
            members.setdefault(road.junction, []).append(road.id)
    return list(members.values())


def _cells_of(terrain: Terrain, network: RoadNetwork, road_ids: Sequence[int]) -> tuple[float, float, float, float]:
    """Box of a junction in cells: left, top, right, bottom."""
    roads = [network.road(road_id) for road_id in road_ids]
    points = np.concatenate([road.point(np.linspace(0.0, road.length_m, 8), 0.0)[:, :2] for road in roads])
    corner = np.array([terrain.x_m, terrain.y_m])
    low, high = points.min(axis=0) - _AROUND_M - corner, points.max(axis=0) + _AROUND_M - corner
    return (*(low / terrain.cell_m).tolist(), *(high / terrain.cell_m).tolist())


def _filling(terrain: Terrain, hole: Booleans, corner: tuple[int, int]) -> Mesh:
    """One quad for each run of cells of a hole's rows, widened under the lanes around it."""
    lap = 2 * _LAP_CELLS + 1
    wide = cv2.dilate(np.pad(hole.astype(np.uint8), 1), np.ones((lap, lap), np.uint8))[1:-1, 1:-1]
    spans = [(row, run) for row in range(len(wide)) for run in _runs(wide[row] > 0)]
    rows = np.array([row for row, _ in spans], np.float64) + corner[0]
    first = np.array([run.start for _, run in spans], np.float64) + corner[1]
    last = np.array([run.stop for _, run in spans], np.float64) + corner[1]
    x = np.stack([first, first, last, last], axis=1) * terrain.cell_m + terrain.x_m
    y = np.stack([rows + 1.0, rows, rows, rows + 1.0], axis=1) * terrain.cell_m + terrain.y_m
    z = terrain.surface(x, y) - _SINK_M
    at = np.stack([x, y, z], axis=-1)
    uv = np.broadcast_to([0.0, NO_TRACK_M], (len(at), 4, 2))
    return quads(at, uv, (90, 90, 90), 0, Label.ROADS, normals=(0.0, 0.0, 1.0))
