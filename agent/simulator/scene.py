"""RoadNetwork + seed -> Scene: everything that stands still, as meshes by material, cut into chunks for culling. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.meshes import Mesh, join
from agent.simulator.meshes_ground import ground_mesh
from agent.simulator.meshes_road import asphalt_meshes, mark_mesh, paving_meshes
from agent.simulator.nouns import Box
from agent.simulator.road_network import RoadNetwork
from agent.simulator.road_strips import lane_strips, mark_strips
from agent.simulator.scenery import Scenery, stretches
from agent.simulator.scenery_country import plant_country, raise_woods
from agent.simulator.scenery_objects import build_objects
from agent.simulator.scenery_plants import nursery
from agent.simulator.scenery_town import build_houses, build_lamps, plant_gardens
from agent.simulator.terrain import Site, Terrain, survey
from agent.simulator.textures import UInt8, asphalt, clouds, grass
from agent.simulator.textures_leaves import cutout_layers
from agent.simulator.textures_walls import wall_layers

_CHUNK_M = 64.0
_STEP_M = 4.0
_EVERYWHERE_M = 1e9
_LAMP_REACH_M = 17.0


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What one program draws.

    Attributes:
        material: name of the program.
        mesh: triangles sorted by chunk.
        first, count: (C,) of the chunks, in triangles.
        low, high: float32 (C, 3) their bounding boxes [m].
        reach_m: chunks farther off are not drawn.
        foot: float32 (V, 3) x, y, height above the ground [m] of what casts a shadow; None for what casts none.
    """

    material: str
    mesh: Mesh
    first: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]
    reach_m: float
    foot: npt.NDArray[np.float32] | None


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A map with its scenery, ready to be drawn.

    Attributes:
        layers: in the order they are drawn.
        obstacles: everything that can be bumped into.
        light_place: x, y of the corner and the size along both [m] of the map of the ground's light.
        still_light: uint8 (H, W, 2): lamp light, and nearness of an unpaved road's edge.
        asphalt, grass, clouds: tiles (H, W, 4); walls, cutouts: layers (L, H, W, 4).
    """

    layers: tuple[Layer, ...]
    obstacles: tuple[Box, ...]
    light_place: tuple[float, float, float, float]
    still_light: UInt8
    asphalt: UInt8
    grass: UInt8
    clouds: UInt8
    walls: UInt8
    cutouts: UInt8


def build_scene(network: RoadNetwork, seed: int) -> Scene:
    """Same map and seed, same scene."""
    lanes = lane_strips(network, _STEP_M)
    terrain = survey(lanes, np.random.default_rng([seed, 1]))
    scenery = _furnish(network, terrain, seed)
    rng = np.random.default_rng([seed, 3])
    meshes = (
        ("road", asphalt_meshes(lanes), _EVERYWHERE_M, False),
        ("mark", [mark_mesh(strip) for strip in mark_strips(network, _STEP_M)], 700.0, False),
        ("paving", paving_meshes(lanes), 900.0, False),
        ("object", scenery.solid, 1200.0, True),
        ("object", scenery.small, 120.0, True),
        ("cutout", scenery.cards, 100.0, False),
        ("ground", [ground_mesh(terrain, rng)], _EVERYWHERE_M, False),
        ("cutout", scenery.woods, _EVERYWHERE_M, False),
    )
    layers = [_layer(name, join(parts), reach, terrain if casts else None) for name, parts, reach, casts in meshes]
    return Scene(
        layers=tuple(layer for layer in layers if len(layer.first)),
        obstacles=tuple(scenery.obstacles),
        light_place=(terrain.x_m, terrain.y_m, *terrain.size_m),
        still_light=_still_light(terrain, scenery.lamps),
        asphalt=asphalt(rng),
        grass=grass(rng),
        clouds=clouds(rng),
        walls=wall_layers(seed),
        cutouts=cutout_layers(seed),
    )


def _furnish(network: RoadNetwork, terrain: Terrain, seed: int) -> Scenery:
    """The map's own objects first, then lamps, houses, and plants where there is room left."""
    scenery = Scenery(Site(terrain), np.random.default_rng([seed, 2]))
    plants = nursery(scenery.rng)
    build_objects(scenery, network.objects, plants)
    named = {thing.kind for thing in network.objects}
    sides = list(stretches(network))
    towns, country = [side for side in sides if side.town], [side for side in sides if not side.town]
    for side in towns if "lamp" not in named else []:
        build_lamps(scenery, side)
    for side in towns if "house" not in named else []:
        build_houses(scenery, side)
    for side in towns:
        plant_gardens(scenery, side, plants)
    for side in country:
        plant_country(scenery, side, plants)
    raise_woods(scenery)
    plants.grow(scenery)
    return scenery


def _layer(material: str, mesh: Mesh, reach_m: float, casts_on: Terrain | None) -> Layer:
    """Sort the triangles into square chunks of the plan."""
    at = mesh.vertices["position"]
    corners = at[mesh.triangles]
    middle = np.clip(corners.mean(axis=1)[:, :2], at[:, :2].min(axis=0) / 4.0, at[:, :2].max(axis=0) / 4.0)
    size = _CHUNK_M if material != "ground" else 4 * _CHUNK_M  # the horizon's few large cells share chunks
    cell = np.floor((middle if material == "ground" else corners.mean(axis=1)[:, :2]) / size).astype(np.int64)
    order = np.lexsort((cell[:, 0], cell[:, 1]))
    cell, corners = cell[order], corners[order]
    new = np.ones(len(order), bool)
    new[1:] = np.any(cell[1:] != cell[:-1], axis=1)
    first = np.flatnonzero(new)
    none = np.zeros((0, 3), np.float32)
    low = np.minimum.reduceat(corners.min(axis=1), first) if len(first) else none
    high = np.maximum.reduceat(corners.max(axis=1), first) if len(first) else none
    count = np.diff(np.append(first, len(order)))
    foot = None
    if casts_on is not None:
        foot = np.array(at)
        foot[:, 2] -= casts_on.height(at[:, 0], at[:, 1]).astype(np.float32)
    return Layer(material, Mesh(mesh.vertices, mesh.triangles[order]), first, count, low, high, reach_m, foot)


def _still_light(terrain: Terrain, lamps: list[tuple[float, float, float]]) -> UInt8:
    """Pools of light under the lamps, and how near a road without sidewalk is."""
    rows, columns = terrain.distance_m.shape
    pools = np.zeros((rows, columns), np.float32)
    reach = int(_LAMP_REACH_M / terrain.cell_m)
    for x, y, z in lamps:
        row, column = int((y - terrain.y_m) / terrain.cell_m), int((x - terrain.x_m) / terrain.cell_m)
        top, left = max(row - reach, 0), max(column - reach, 0)
        window = np.s_[top : row + reach, left : column + reach]
        dy, dx = (axis * terrain.cell_m for axis in np.mgrid[window])
        away = (dx + terrain.x_m - x) ** 2 + (dy + terrain.y_m - y) ** 2
        height = z - float(terrain.height(x, y))
        fade = np.clip(1.0 - away / _LAMP_REACH_M**2, 0.0, 1.0)
        pools[window] += (fade * height**3 / (height**2 + away) ** 1.5).astype(np.float32)
    verge = np.clip(1.0 - terrain.distance_m / 2.4, 0.0, 1.0)
    verge = cv2.GaussianBlur(verge.astype(np.float32), (0, 0), 0.8)
    return np.asarray(np.clip(np.stack([pools * 0.8, verge], -1), 0.0, 1.0) * 255.0 + 0.5, np.uint8)
