"""Decks under roads that pass high above the ground: slab, sides, piers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from agent.simulator.look.meshes import Array, Mesh, boxes, flat, join
from agent.simulator.look.meshes_road import Section
from agent.simulator.look.scenery import Scenery
from agent.simulator.look.terrain import Terrain
from agent.simulator.look.textures_walls import Layer
from agent.simulator.nouns import Box, Label
from agent.simulator.roads.road_network import RoadNetwork

_HIGH_M = 1.2  # above the ground a road needs a deck
_DECK_M, _BEYOND_M, _LIP_M = 1.0, 1.3, 0.04  # thickness; how far beyond the lanes; how far below their surface
_PIER_HALF_M, _PIER_STEP_M, _PIER_EVERY_M, _PIER_HIGH_M, _PIER_CLEAR_M = 0.45, 1.5, 12.0, 3.0, 1.6
_CONCRETE = (188, 184, 176)


def build_bridges(scenery: Scenery, sections: Sequence[Section], network: RoadNetwork) -> None:
    """Put up everything under and beside the lanes of bridges."""
    terrain = scenery.site.terrain
    for section in sections:
        left, right = _rims(section)
        rims = np.stack([left, right], axis=1)
        clear = rims[..., 2] - terrain.height(rims[..., 0], rims[..., 1])
        high = np.flatnonzero(clear.max(axis=1) > _HIGH_M)
        for run in np.split(high, np.flatnonzero(np.diff(high) > 1) + 1):
            if len(run):
                part = slice(max(run[0] - 1, 0), run[-1] + 2)
                scenery.solid.append(join(_deck(left[part], right[part])))
                for pier in _piers((left[part] + right[part]) / 2.0, terrain, network):
                    size = (pier.half_length_m, pier.half_width_m, pier.half_height_m)
                    at = (pier.x_m, pier.y_m, pier.z_m)
                    scenery.solid.append(boxes(at, size, 0.0, _CONCRETE, Label.BRIDGE, layer=Layer.CONCRETE))
                    scenery.obstacles.append(pier)


def _rims(section: Section) -> tuple[Array, Array]:
    """Edges of the deck, left and right, a little beyond the outermost lanes."""
    left, right = section.rims[:, 0], section.rims[:, 1]
    across = left - right
    across[:, 2] = 0.0
    out = _BEYOND_M * across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    lip = np.array([0.0, 0.0, _LIP_M])
    return left + out - lip, right - out - lip


def _deck(left: Array, right: Array) -> Iterator[Mesh]:
    """The slab: its top shows beyond the lanes, its sides, its underside."""
    down = np.array([0.0, 0.0, _DECK_M])
    faces = (
        (left, right),
        (left - down, left),
        (right, right - down),
        (right - down, left - down),
    )
    for a, b in faces:
        quads = np.stack([a[:-1], a[1:], b[1:], b[:-1]], axis=1)
        yield flat(quads, _CONCRETE, Layer.CONCRETE, Label.BRIDGE, 4.0)


def _piers(middle: Array, terrain: Terrain, network: RoadNetwork) -> Iterator[Box]:
    """Columns under the middle, not in the way of anybody who drives below."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(middle[:, :2], axis=0), axis=1))])
    last = -_PIER_EVERY_M
    for s in np.arange(_PIER_STEP_M, along[-1], _PIER_STEP_M).tolist():
        x, y, top = (float(np.interp(s, along, column)) for column in middle.T)
        ground = float(terrain.height(x, y))
        around = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]) * _PIER_CLEAR_M
        below = [network.locate(x + dx, y + dy, ground) for dx, dy in around.tolist()]
        free = all(lane is None or lane.kind == "median" for lane in below)
        if free and top - ground > _PIER_HIGH_M and s - last >= _PIER_EVERY_M:
            last = s
            half = (top - _DECK_M - ground) / 2.0 + 0.2
            yield Box(x, y, ground + half - 0.2, 0.0, _PIER_HALF_M, _PIER_HALF_M, half, Label.BRIDGE)
