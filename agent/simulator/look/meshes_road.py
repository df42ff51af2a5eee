"""Roads, sidewalks with curbs, shoulders and painted lines as meshes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from agent.simulator.look.junctions import NO_TRACK_M, shared_roads, uncovered_lanes
from agent.simulator.look.meshes import VERTEX, Array, Mesh, flat, quads
from agent.simulator.look.textures_walls import TILE_M, Layer
from agent.simulator.nouns import Label
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_strips import LaneStrip, MarkStrip

CURB_M = 0.15
_SEAM_M, _SEAM_DEPTH_M, _STEP_M = 0.35, 0.03, 0.03
_LONGEST_M, _CHORD_M = 9.0, 0.012
RAISED = ("sidewalk", "curb")
UNPAVED = ("shoulder", "border", "none", "median", "restricted")
_BESIDE = frozenset(RAISED + UNPAVED)
PAINTS = {
    "white": (226, 226, 220),
    "standard": (226, 226, 220),
    "yellow": (222, 168, 46),
    "red": (190, 50, 40),
    "blue": (60, 90, 180),
    "green": (60, 140, 80),
    "orange": (226, 130, 40),
}
_ASPHALT, _WORN = (96, 95, 93), 0.5  # what shows through old paint, and how much of it
_SIDEWALK, _CURB, _GRAVEL = (150, 146, 140), (172, 170, 164), (142, 132, 116)


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Lanes side by side on the same stations.

    Attributes:
        strips: as the map has them, stations thinned out.
        rims: (N, 2, 3) leftmost and rightmost edge on all stations, nothing left out [m].
        raised: the map states how high its sidewalks are.
        kerbed: a sidewalk or a curb is among them, so shoulders are gutters.
    """

    strips: tuple[LaneStrip, ...]
    rims: Array
    raised: bool
    kerbed: bool


def road_sections(strips: Sequence[LaneStrip], network: RoadNetwork) -> list[Section]:
    """Group lanes that share their stations; drop stations that straight pieces do without, and what lies on lanes."""
    shared = shared_roads(network)
    groups: dict[tuple[int, bytes], list[LaneStrip]] = {}
    for strip in strips:
        groups.setdefault((strip.road_id, strip.along_m.tobytes()), []).append(strip)
    sections = []
    for group in groups.values():
        edges = np.concatenate([strip.vertices for strip in group], axis=1).astype(np.float64)
        if group[0].road_id in shared:
            thinned = tuple(uncovered_lanes(group, network, _BESIDE))
        else:
            keep = _needed_stations(edges, group[0].along_m.astype(np.float64))
            thinned = tuple(replace(s, vertices=s.vertices[keep], along_m=s.along_m[keep]) for s in group)
        ordered = sorted(group, key=lambda strip: -strip.lane_id)
        rims = np.stack([ordered[0].vertices[:, 0], ordered[-1].vertices[:, 1]], axis=1).astype(np.float64)
        sections.append(Section(thinned, rims, _is_raised(ordered), any(strip.kind in RAISED for strip in group)))
    return sections


def _is_raised(ordered: Sequence[LaneStrip]) -> bool:
    """Whether the map steps up to sidewalks: between two lanes, or within one that is steeper than any road."""
    steps = [np.abs(a.vertices[:, 1, 2] - b.vertices[:, 0, 2]) for a, b in pairwise(ordered)]
    for strip in ordered:
        across = strip.vertices[:, 0] - strip.vertices[:, 1]
        steps.append(np.abs(across[:, 2]) * (np.abs(across[:, 2]) > 0.3 * np.hypot(across[:, 0], across[:, 1])))
    return bool(np.any(np.concatenate(steps) > _STEP_M))


def _needed_stations(edges: Array, along: Array) -> list[int]:
    """Stations (of edges (N, K, 3)) between which every edge stays within a centimetre of its chord."""
    keep, last = [0], len(along) - 1
    while keep[-1] < last:
        start = end = keep[-1]
        while end < last and (end == start or along[end + 1] - along[start] <= _LONGEST_M):
            share = ((along[start : end + 2] - along[start]) / (along[end + 1] - along[start] + 1e-9))[:, None, None]
            chord = edges[start] + share * (edges[end + 1] - edges[start])
            if end > start and np.abs(edges[start : end + 2] - chord).max() > _CHORD_M:
                break
            end += 1
        keep.append(end)
    return keep


def asphalt_meshes(sections: Sequence[Section], network: RoadNetwork) -> list[Mesh]:
    """Every lane cars use, uv (along, across from the lane's middle) [m]; without wheel tracks in junctions."""
    shared = shared_roads(network)
    meshes = []
    for section in sections:
        for strip in section.strips:
            if strip.kind not in RAISED + UNPAVED or (section.kerbed and strip.kind == "shoulder"):
                crosses = strip.road_id in shared
                meshes.append(_asphalt(strip, tracks=not crosses))
                if crosses:
                    meshes.append(_asphalt(_underlaid(strip), tracks=False))
    return meshes


def _underlaid(strip: LaneStrip) -> LaneStrip:
    """A little wider and lower: closes the seams that two lanes across a junction leave between them."""
    across = strip.vertices[:, 0] - strip.vertices[:, 1]
    out = _SEAM_M * across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    wide = strip.vertices + np.stack([out, -out], axis=1) - np.array([0.0, 0.0, _SEAM_DEPTH_M], np.float32)
    return replace(strip, vertices=wide.astype(np.float32))


def _asphalt(strip: LaneStrip, *, tracks: bool) -> Mesh:
    left, right = (strip.vertices[:, side].astype(np.float64) for side in (0, 1))
    half = 0.5 * np.linalg.norm(right - left, axis=1)
    uv = np.stack(
        [_ring(strip.along_m.astype(np.float64)), np.stack([-half[:-1], -half[1:], half[1:], half[:-1]], 1)], -1
    )
    if not tracks:
        uv[..., 1] = NO_TRACK_M
    return quads(_strip(left, right), uv, (90, 90, 90), 0, Label.ROADS, normals=(0.0, 0.0, 1.0))


def _ring(along: Array) -> Array:
    return np.stack([along[:-1], along[1:], along[1:], along[:-1]], axis=1)


def _strip(left: Array, right: Array) -> Array:
    """Quads (N - 1, 4, 3) between two edges, fronts up."""
    return np.stack([left[:-1], left[1:], right[1:], right[:-1]], axis=1)


def paving_meshes(sections: Sequence[Section]) -> list[Mesh]:
    """Sidewalks with their curbs, and gravel shoulders."""
    meshes: list[Mesh] = []
    for section in sections:
        for strip in section.strips:
            if strip.kind in RAISED:
                meshes += _as_mapped(strip) if section.raised else _sidewalk(strip)
            elif strip.kind in UNPAVED and not (section.kerbed and strip.kind == "shoulder"):
                left, right = (strip.vertices[:, side].astype(np.float64) for side in (0, 1))
                along = strip.along_m.astype(np.float64)
                meshes.append(_paved(left, right, along, (_GRAVEL, Layer.GRAVEL, Label.GROUND)))
    return meshes


def _as_mapped(strip: LaneStrip) -> list[Mesh]:
    """A curb or a sidewalk as high as the map says, with a skirt down to the ground at its sides."""
    left, right = (strip.vertices[:, side].astype(np.float64) for side in (0, 1))
    look = (_CURB, Layer.CONCRETE) if strip.kind == "curb" else (_SIDEWALK, Layer.SLABS)
    top = _paved(left, right, strip.along_m.astype(np.float64), (*look, Label.SIDEWALKS))
    if strip.kind == "curb":
        return [top]
    edge, out = (left, -1.0) if strip.lane_id > 0 else (right, 1.0)
    foot = edge - np.array([0.0, 0.0, 0.35])
    skirt = np.stack([foot[:-1], foot[1:], edge[1:], edge[:-1]], axis=1)
    skirt = skirt[:, ::-1] if out > 0 else skirt
    return [top, flat(skirt, (138, 136, 130), Layer.CONCRETE, Label.SIDEWALKS, 4.0)]


def _paved(left: Array, right: Array, along: Array, look: tuple[tuple[int, int, int], Layer, Label]) -> Mesh:
    paint, layer, label = look
    tile = TILE_M[layer]
    across = np.linalg.norm(right - left, axis=1) / tile
    v = np.stack([0 * across[:-1], 0 * across[1:], across[1:], across[:-1]], axis=1)
    uv = np.stack([_ring(along / tile), v], axis=-1)
    return quads(_strip(left, right), uv, paint, layer, label)


def _sidewalk(strip: LaneStrip) -> list[Mesh]:
    """Slabs between two curb stones; raised here unless the map has raised them."""
    left, right = (strip.vertices[:, side].astype(np.float64) for side in (0, 1))
    sunk, raise_ = np.array([0.0, 0.0, 0.25]), np.array([0.0, 0.0, CURB_M])
    foot_left, foot_right = left - sunk, right - sunk
    top_left, top_right = left + raise_, right + raise_
    way = (top_right - top_left) / np.maximum(np.linalg.norm(top_right - top_left, axis=1, keepdims=True), 1e-6)
    stone = 0.14
    inner_left, inner_right = top_left + stone * way, top_right - stone * way
    along = strip.along_m.astype(np.float64)
    meshes = [_paved(inner_left, inner_right, along, (_SIDEWALK, Layer.SLABS, Label.SIDEWALKS))]
    for low, high in ((top_left, inner_left), (inner_right, top_right)):
        meshes.append(_paved(low, high, along, (_CURB, Layer.CONCRETE, Label.SIDEWALKS)))
    faces = (
        np.stack([foot_left[:-1], foot_left[1:], top_left[1:], top_left[:-1]], axis=1),
        np.stack([foot_right[1:], foot_right[:-1], top_right[:-1], top_right[1:]], axis=1),
    )
    meshes += [flat(face, (138, 136, 130), Layer.CONCRETE, Label.SIDEWALKS, 4.0) for face in faces]
    return meshes


def mark_mesh(strip: MarkStrip) -> Mesh:
    """A ribbon along a painted line for `mark.glsl`: uv is (along, width), normal is (left x, left y, side)."""
    keep = _needed_stations(strip.center.astype(np.float64)[:, None], strip.along_m.astype(np.float64))
    strip = replace(strip, center=strip.center[keep], normals=strip.normals[keep], along_m=strip.along_m[keep])
    number = len(strip.center)
    vertices = np.zeros((number, 2), VERTEX)
    for column, side in enumerate((1.0, -1.0)):
        vertices["position"][:, column] = strip.center + np.array([0.0, 0.0, 0.008], np.float32)
        vertices["normal"][:, column, :2] = strip.normals
        vertices["normal"][:, column, 2] = side
    vertices["uv"][..., 0] = strip.along_m[:, None]
    vertices["uv"][..., 1] = strip.width_m
    paint = np.array(PAINTS.get(strip.color, PAINTS["white"]))
    vertices["paint"][..., :3] = paint * (1.0 - _WORN) + np.array(_ASPHALT) * _WORN if strip.worn else paint
    broken = strip.gap_m > 0.0
    vertices["kind"][..., 0] = min(round(strip.dash_m * 10.0), 255) if broken else 10
    vertices["kind"][..., 1] = Label.ROAD_LINES
    vertices["kind"][..., 2] = min(round(strip.gap_m * 10.0), 255) if broken else 0
    first = 2 * np.arange(number - 1, dtype=np.uint32)[:, None]
    triangles = (first + np.array([0, 2, 3, 0, 3, 1], np.uint32)).reshape(-1, 3)
    return Mesh(vertices.reshape(-1), triangles)
