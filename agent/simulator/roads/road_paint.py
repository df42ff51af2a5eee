"""What the map paints across its roads: zebra crossings and stop lines, as strips like those along the lanes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from agent.simulator.roads.geometry_curves import Float64
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_objects import RoadObject
from agent.simulator.roads.road_strips import MarkStrip

_BAR_M, _PERIOD_M = 0.5, 1.0  # RMS-1: bars and gaps of a zebra crossing
_STOP_LINE_M = 0.5
_STEP_M = 1.0  # paint follows the road's surface at places so far apart


def paint_strips(network: RoadNetwork) -> Iterator[MarkStrip]:
    """All of them; what is too small to paint is left out."""
    for thing in network.objects:
        if thing.kind == "crosswalk":
            yield from _crossing(network, thing)
        elif thing.kind == "stopLine":
            yield from _stop_line(network, thing)


def _crossing(network: RoadNetwork, thing: RoadObject) -> Iterator[MarkStrip]:
    """Bars along the traffic, side by side over the longer side of the outline."""
    corner, walk, drive = _rectangle(thing)
    wide, deep = float(np.linalg.norm(walk)), float(np.linalg.norm(drive))
    if wide < _BAR_M or deep < _BAR_M:
        return
    number = max(round((wide - _BAR_M) / _PERIOD_M), 1)
    for share in (np.arange(number) + 0.5) / number:
        yield _strip(network, thing, corner + share * walk, drive, _BAR_M)


def _stop_line(network: RoadNetwork, thing: RoadObject) -> Iterator[MarkStrip]:
    wide, across = thing.length_m or _STOP_LINE_M, thing.width_m
    if across > 0.0:
        right = np.array([-np.sin(thing.pose.yaw_rad), np.cos(thing.pose.yaw_rad)]) * across
        yield _strip(network, thing, np.array([thing.pose.x_m, thing.pose.y_m]) - right / 2.0, right, wide)


def _rectangle(thing: RoadObject) -> tuple[Float64, Float64, Float64]:
    """A corner and the two sides (x, y) [m] of the outline's bounds in its own axes, the longer side first."""
    along = np.array([np.cos(thing.pose.yaw_rad), np.sin(thing.pose.yaw_rad)])
    if len(thing.outline) >= 3:
        sides = np.diff(thing.outline[:, :2], axis=0)
        longest = sides[np.argmax(np.linalg.norm(sides, axis=1))]
        along = longest / max(float(np.linalg.norm(longest)), 1e-9)
        points = thing.outline[:, :2]
    else:
        half = np.array([thing.length_m, thing.width_m]) / 2.0
        across = np.array([-along[1], along[0]])
        signs = np.array([[-1.0, -1.0], [1.0, 1.0]])
        points = np.array([thing.pose.x_m, thing.pose.y_m]) + signs * half @ np.stack([along, across])
    across = np.array([-along[1], along[0]])
    low = np.array([(points @ along).min(), (points @ across).min()])
    size = np.array([np.ptp(points @ along), np.ptp(points @ across)])
    corner, first, second = low[0] * along + low[1] * across, size[0] * along, size[1] * across
    return (corner, first, second) if size[0] >= size[1] else (corner, second, first)


def _strip(network: RoadNetwork, thing: RoadObject, start: Float64, way: Float64, width_m: float) -> MarkStrip:
    """One painted bar from a place along a way, on the surface of the road."""
    long = float(np.linalg.norm(way))
    share = np.linspace(0.0, 1.0, max(int(np.ceil(long / _STEP_M)), 1) + 1)
    points = start + share[:, None] * way
    heights = [_height(network, x, y, thing) for x, y in points.tolist()]
    center = np.column_stack([points, heights]).astype(np.float32)
    left = np.array([way[1], -way[0]]) / max(long, 1e-9)
    normals = np.tile(left, (len(points), 1)).astype(np.float32)
    return MarkStrip(
        "solid", "white", width_m, 0.0, 0.0, center, normals, (share * long).astype(np.float32), thing.road_id, 0
    )


def _height(network: RoadNetwork, x: float, y: float, thing: RoadObject) -> float:
    found = network.locate(x, y, thing.pose.z_m)
    return found.z_m if found is not None else thing.pose.z_m
