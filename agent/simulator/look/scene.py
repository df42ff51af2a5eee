"""RoadNetwork + seed -> Scene: all that stands still, as meshes by material, cut into chunks for culling. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.look.bridges import build_bridges
from agent.simulator.look.junctions import filling_meshes, uncovered_marks
from agent.simulator.look.lamp_light import LampField
from agent.simulator.look.meshes import Mesh, join, welded
from agent.simulator.look.meshes_ground import ground_mesh
from agent.simulator.look.meshes_road import asphalt_meshes, mark_mesh, paving_meshes, road_sections
from agent.simulator.look.scenery import Scenery, stretches
from agent.simulator.look.scenery_country import country_density, plant_country, raise_woods
from agent.simulator.look.scenery_furniture import furnish_street
from agent.simulator.look.scenery_objects import build_objects
from agent.simulator.look.scenery_plants import nursery
from agent.simulator.look.scenery_signals import build_signals
from agent.simulator.look.scenery_town import build_houses, build_lamps, plant_gardens
from agent.simulator.look.site import Site
from agent.simulator.look.survey import survey
from agent.simulator.look.terrain import Terrain
from agent.simulator.look.textures import UInt8, asphalt, clouds, grass
from agent.simulator.look.textures_leaves import cutout_layers
from agent.simulator.look.textures_walls import wall_layers
from agent.simulator.look.things import catalogue, number_the_rest
from agent.simulator.nouns import Box, Lamp, Thing
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_paint import paint_strips
from agent.simulator.roads.road_strips import LaneStrip, lane_strips, mark_strips

_CHUNK_M = 40.0
_WOODS_CHUNK_M, _GROUND_CHUNK_M, _PLANTS_CHUNK_M = 400.0, 240.0, 16.0
_STEP_M = 4.0
_EVERYWHERE_M = 1e9
_SMALL_M = 120.0  # lamps, fences, hedges, rails, doors, balconies
_TREES_M = 44.0  # within, trees have leaves; beyond, they are lumps of a dozen faces
_PICTURES_M = 130.0  # and beyond this, two crossed pictures
_MARKS_M, _PAVING_M, _LARGE_M = 320.0, 500.0, 700.0
_LASTING = {_TREES_M: 1.0, _PICTURES_M: 1.0, _SMALL_M: 0.7, _MARKS_M: 1.0, _PAVING_M: 1.0, _LARGE_M: 0.5}
"""Sharpness that what is drawn so far is drawn to its full reach at."""
_Pile = tuple[str, Sequence[Mesh], float, float, bool]  # material, meshes, from and to where [m], casts shadows


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What one program draws.

    Attributes:
        material: name of the program.
        mesh: triangles sorted by chunk.
        first, count: (C,) of the chunks, in triangles.
        low, high: float32 (C, 3) their bounding boxes [m].
        cell: (C, 2) middles of the squares they fill; cell_m: the squares' side. Distances are measured to these.
        from_m, reach_m: chunks nearer and farther are not drawn.
        lasting: sharpness of a picture down to which `reach_m` stays; below, it shrinks as `from_m` always does.
        foot: float32 (V, 3) x, y, height above the ground [m] of what casts a shadow; None for what casts none.
    """

    material: str
    mesh: Mesh
    first: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]
    cell: npt.NDArray[np.float64]
    cell_m: float
    from_m: float
    reach_m: float
    lasting: float
    foot: npt.NDArray[np.float32] | None


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A map with its scenery, ready to be drawn.

    Attributes:
        layers: in the order they are drawn.
        obstacles: everything that can be bumped into.
        things: its objects, by number.
        light_place: x, y of the corner and the size along both [m] of the map of the ground's light.
        lamp_field: the street lamps, and how they light the ground.
        still_light: uint8 (H, W, 2): lamp light, and nearness of an unpaved road's edge.
        asphalt, grass, clouds: tiles (H, W, 4); walls, cutouts: layers (L, H, W, 4).
    """

    layers: tuple[Layer, ...]
    obstacles: tuple[Box, ...]
    things: tuple[Thing, ...]
    light_place: tuple[float, float, float, float]
    lamp_field: LampField
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
    rng = np.random.default_rng([seed, 3])
    ground = ground_mesh(terrain, rng)
    with ThreadPoolExecutor(1) as aside:  # numpy lets the other thread run while it fills large arrays
        textures = aside.submit(_textures, rng, seed)
        layers, lamps, bulky = _raise(network, lanes, terrain, ground, seed)
        lamp_field = LampField.over(terrain, lamps)
        things, obstacles = catalogue([layer.mesh for layer in layers], bulky)
        still_light = _still_light(terrain, lamp_field.pools({}))
        asphalt_tile, grass_tile, cloud_tile, walls, cutouts = textures.result()
    return Scene(
        layers=tuple(layers),
        obstacles=obstacles,
        things=things,
        light_place=(terrain.x_m, terrain.y_m, *terrain.size_m),
        lamp_field=lamp_field,
        still_light=still_light,
        asphalt=asphalt_tile,
        grass=grass_tile,
        clouds=cloud_tile,
        walls=walls,
        cutouts=cutouts,
    )


def _textures(rng: np.random.Generator, seed: int) -> tuple[UInt8, UInt8, UInt8, UInt8, UInt8]:
    """Asphalt, grass, clouds, walls, cut-outs."""
    return asphalt(rng), grass(rng), clouds(rng), wall_layers(seed), cutout_layers(seed)


def _raise(
    network: RoadNetwork, lanes: Sequence[LaneStrip], terrain: Terrain, ground: Mesh, seed: int
) -> tuple[list[Layer], list[Lamp], list[Box]]:
    """All layers, street lamps, and what can be bumped into; the thousands of meshes they are made of go with it."""
    scenery = _furnish(network, terrain, seed)
    sections = road_sections(lanes, network)
    build_bridges(scenery, sections, network)
    marks = [*uncovered_marks(mark_strips(network, _STEP_M), network), *paint_strips(network)]
    meshes = (
        ("road", asphalt_meshes(sections, network) + filling_meshes(terrain, network), 0.0, _EVERYWHERE_M, False),
        ("mark", [mark_mesh(strip) for strip in marks], 0.0, _MARKS_M, False),
        ("paving", paving_meshes(sections), 0.0, _PAVING_M, False),
        ("object", scenery.solid, 0.0, _LARGE_M, True),
        ("object", scenery.small, 0.0, _SMALL_M, True),
        ("object", scenery.trees, 0.0, _TREES_M, True),
        ("object", scenery.far_trees, _TREES_M, _PICTURES_M, False),
        ("cutout", scenery.cards, 0.0, _TREES_M, False),
        ("cutout", scenery.far_cards, _TREES_M, _PICTURES_M, False),
        ("cutout", scenery.tree_pictures, _PICTURES_M, 450.0, False),
        ("ground", [ground], 0.0, _EVERYWHERE_M, False),
        ("cutout", scenery.woods, 0.0, _EVERYWHERE_M, False),
    )
    return _layers(meshes, scenery.numbered, terrain), scenery.lamps, scenery.obstacles


def _layers(meshes: Sequence[_Pile], numbered: int, terrain: Terrain) -> list[Layer]:
    """The layers, every mesh an object with a number."""
    number_the_rest((mesh for _, parts, *_ in meshes for mesh in parts), numbered)
    return [
        _layer(name, join(parts), (near, far), terrain if casts else None)
        for name, parts, near, far, casts in meshes
        if parts
    ]


def _furnish(network: RoadNetwork, terrain: Terrain, seed: int) -> Scenery:
    """The map's own objects first, then lamps, houses, and plants where there is room left."""
    scenery = Scenery(Site(terrain), np.random.default_rng([seed, 2]))
    plants = nursery(scenery.rng)
    build_signals(scenery, network)
    build_objects(scenery, network.objects, plants)
    named = {thing.kind for thing in network.objects}
    sides = list(stretches(network))
    towns, country = [side for side in sides if side.town], [side for side in sides if not side.town]
    for side in towns if "lamp" not in named else []:
        build_lamps(scenery, side)
    for side in towns if "house" not in named else []:
        build_houses(scenery, side)
    for side in towns:
        furnish_street(scenery, side)
    for side in towns:
        plant_gardens(scenery, side, plants)
    density = country_density(country)
    for side in country:
        plant_country(scenery, side, plants, density)
    raise_woods(scenery)
    plants.grow(scenery)
    return scenery


def _layer(material: str, mesh: Mesh, span_m: tuple[float, float], casts_on: Terrain | None) -> Layer:
    """Sort the triangles into square chunks of the plan."""
    mesh = welded(mesh)
    at = mesh.vertices["position"]
    a, b, c = (at[mesh.triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    triangles = mesh.triangles[(area > 1e-6) | (material == "mark")]  # gables are folded quads, marks get width later
    corners = at[triangles]
    plants = not {_TREES_M, _PICTURES_M}.isdisjoint(span_m)  # versions share their cells: one of them is always drawn
    woods = material == "cutout" and span_m[1] == _EVERYWHERE_M  # few and far
    ground = material == "ground"
    size = _WOODS_CHUNK_M if woods else _GROUND_CHUNK_M if ground else _PLANTS_CHUNK_M if plants else _CHUNK_M
    cell = np.floor(corners.mean(axis=1)[:, :2] / size).astype(np.int64)
    if ground:  # the horizon's few large cells share chunks
        cell = np.sign(cell) * np.minimum(np.abs(cell), 4 + np.log2(1 + np.abs(cell)).astype(np.int64))
    order = np.lexsort((cell[:, 0], cell[:, 1]))
    cell, corners = cell[order], corners[order]
    new = np.ones(len(order), bool)
    new[1:] = np.any(cell[1:] != cell[:-1], axis=1)
    first = np.flatnonzero(new)
    low = np.minimum.reduceat(corners.min(axis=1), first)
    high = np.maximum.reduceat(corners.max(axis=1), first)
    count = np.diff(np.append(first, len(order)))
    middle = (cell[first] + 0.5) * size
    foot = None
    if casts_on is not None:
        foot = np.array(at)
        foot[:, 2] -= casts_on.height(at[:, 0], at[:, 1]).astype(np.float32)
    return Layer(
        material,
        Mesh(mesh.vertices, triangles[order]),
        first,
        count,
        low,
        high,
        middle,
        size,
        *span_m,
        _LASTING.get(span_m[1], 0.0),
        foot,
    )


def _still_light(terrain: Terrain, pools: npt.NDArray[np.float32]) -> UInt8:
    """Pools of light under the lamps, and how near a road without sidewalk is."""
    verge = np.clip(1.0 - terrain.distance_m / 2.4, 0.0, 1.0)
    verge = cv2.GaussianBlur(verge.astype(np.float32), (0, 0), 0.8)
    return np.asarray(np.clip(np.stack([pools, verge], -1), 0.0, 1.0) * 255.0 + 0.5, np.uint8)
