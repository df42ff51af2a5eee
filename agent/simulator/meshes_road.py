"""Roads, sidewalks with curbs, shoulders and painted lines as meshes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.simulator.meshes import VERTEX, Array, Mesh, flat, quads
from agent.simulator.nouns import Label
from agent.simulator.road_strips import LaneStrip, MarkStrip
from agent.simulator.textures_walls import TILE_M, Layer

CURB_M = 0.15
RAISED = ("sidewalk", "curb")
UNPAVED = ("shoulder", "border", "none", "median", "restricted")
PAINTS = {
    "white": (226, 226, 220),
    "standard": (226, 226, 220),
    "yellow": (222, 168, 46),
    "red": (190, 50, 40),
    "blue": (60, 90, 180),
    "green": (60, 140, 80),
    "orange": (226, 130, 40),
}
_SIDEWALK, _CURB, _GRAVEL = (150, 146, 140), (172, 170, 164), (142, 132, 116)


def asphalt_meshes(strips: Sequence[LaneStrip]) -> list[Mesh]:
    """Every lane cars use, uv (along, across from the lane's middle) [m]."""
    return [_asphalt(strip) for strip in strips if strip.kind not in RAISED + UNPAVED]


def _asphalt(strip: LaneStrip) -> Mesh:
    left, right = (strip.vertices[:, side].astype(np.float64) for side in (0, 1))
    half = 0.5 * np.linalg.norm(right - left, axis=1)
    uv = np.stack(
        [_ring(strip.along_m.astype(np.float64)), np.stack([-half[:-1], -half[1:], half[1:], half[:-1]], 1)], -1
    )
    return quads(_strip(left, right), uv, (90, 90, 90), 0, Label.ROADS, normals=(0.0, 0.0, 1.0))


def _ring(along: Array) -> Array:
    return np.stack([along[:-1], along[1:], along[1:], along[:-1]], axis=1)


def _strip(left: Array, right: Array) -> Array:
    """Quads (N - 1, 4, 3) between two edges, fronts up."""
    return np.stack([left[:-1], left[1:], right[1:], right[:-1]], axis=1)


def paving_meshes(strips: Sequence[LaneStrip]) -> list[Mesh]:
    """Sidewalks with their curbs, and gravel shoulders."""
    meshes: list[Mesh] = []
    for strip in strips:
        if strip.kind in UNPAVED:
            left, right = (strip.vertices[:, side].astype(np.float64) for side in (0, 1))
            meshes.append(_paved(left, right, strip.along_m.astype(np.float64), _GRAVEL, Layer.GRAVEL, Label.GROUND))
        elif strip.kind in RAISED:
            meshes += _sidewalk(strip)
    return meshes


def _paved(left: Array, right: Array, along: Array, paint: tuple[int, int, int], layer: Layer, label: Label) -> Mesh:
    tile = TILE_M[layer]
    across = np.linalg.norm(right - left, axis=1) / tile
    v = np.stack([0 * across[:-1], 0 * across[1:], across[1:], across[:-1]], axis=1)
    uv = np.stack([_ring(along / tile), v], axis=-1)
    return quads(_strip(left, right), uv, paint, layer, label, normals=(0.0, 0.0, 1.0))


def _sidewalk(strip: LaneStrip) -> list[Mesh]:
    """Slabs between two curb stones; raised here unless the map has raised them."""
    left, right = (strip.vertices[:, side].astype(np.float64) for side in (0, 1))
    foot_left, foot_right = left - (0, 0, 0.25), right - (0, 0, 0.25)
    top_left, top_right = left + (0, 0, CURB_M), right + (0, 0, CURB_M)
    way = (top_right - top_left) / np.maximum(np.linalg.norm(top_right - top_left, axis=1, keepdims=True), 1e-6)
    stone = 0.14
    inner_left, inner_right = top_left + stone * way, top_right - stone * way
    along = strip.along_m.astype(np.float64)
    meshes = [_paved(inner_left, inner_right, along, _SIDEWALK, Layer.SLABS, Label.SIDEWALKS)]
    for low, high in ((top_left, inner_left), (inner_right, top_right)):
        meshes.append(_paved(low, high, along, _CURB, Layer.CONCRETE, Label.SIDEWALKS))
    faces = (
        np.stack([foot_left[:-1], foot_left[1:], top_left[1:], top_left[:-1]], axis=1),
        np.stack([foot_right[1:], foot_right[:-1], top_right[:-1], top_right[1:]], axis=1),
    )
    meshes += [flat(face, (138, 136, 130), Layer.CONCRETE, Label.SIDEWALKS, 4.0) for face in faces]
    return meshes


def mark_mesh(strip: MarkStrip) -> Mesh:
    """A ribbon along a painted line for `mark.glsl`: uv is (along, width), normal is (left x, left y, side)."""
    number = len(strip.center)
    vertices = np.zeros((number, 2), VERTEX)
    for column, side in enumerate((1.0, -1.0)):
        vertices["position"][:, column] = strip.center
        vertices["normal"][:, column, :2] = strip.normals
        vertices["normal"][:, column, 2] = side
    vertices["uv"][..., 0] = strip.along_m[:, None]
    vertices["uv"][..., 1] = strip.width_m
    vertices["paint"][..., :3] = PAINTS.get(strip.color, PAINTS["white"])
    broken = strip.gap_m > 0.0
    vertices["kind"][..., 0] = min(round(strip.dash_m * 10.0), 255) if broken else 10
    vertices["kind"][..., 1] = Label.ROAD_LINES
    vertices["kind"][..., 2] = min(round(strip.gap_m * 10.0), 255) if broken else 0
    first = 2 * np.arange(number - 1, dtype=np.uint32)[:, None]
    triangles = np.concatenate([first + np.array([0, 2, 3], np.uint32), first + np.array([0, 3, 1], np.uint32)])
    return Mesh(vertices.reshape(-1), triangles)
