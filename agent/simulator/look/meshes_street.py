"""What lines a road: lamps, guard rails, walls, fences, hedges, each with its obstacles."""

from __future__ import annotations

import math

import numpy as np

from agent.simulator.look.meshes import Array, Mesh, boxes, column, flat, join
from agent.simulator.look.textures_walls import Layer
from agent.simulator.nouns import Box, Label

LAMP_M = 7.2
_STEEL, _MAST = (168, 172, 176), (92, 96, 100)


def lamp(x: float, y: float, z: float, yaw_rad: float, reach_m: float = 2.2) -> Mesh:
    """A street lamp whose arm reaches along `yaw_rad`."""
    ahead = np.array([math.cos(yaw_rad), math.sin(yaw_rad), 0.0])
    foot, top = np.array([x, y, z - 0.3]), np.array([x, y, z + LAMP_M])
    head = top + ahead * reach_m + _up(0.25)
    parts = [
        column(tuple(foot), tuple(top), (0.1, 0.06), _MAST, Label.POLES),
        column(tuple(foot), (x, y, z + 0.9), (0.15, 0.14), _MAST, Label.POLES),
        column(tuple(top - (0, 0, 0.05)), tuple(head), (0.06, 0.045), _MAST, Label.POLES, sides=4),
        boxes(head, (0.42, 0.15, 0.07), yaw_rad, (110, 114, 118), Label.POLES),
        boxes(head - (0, 0, 0.09), (0.34, 0.12, 0.03), yaw_rad, (244, 236, 214), Label.POLES, glow=255),
    ]
    under = head + np.array([[-0.3, -0.1, -0.12], [-0.3, 0.1, -0.12], [0.3, 0.1, -0.12], [0.3, -0.1, -0.12]])
    parts.append(flat(under, (255, 244, 214), Layer.PLAIN, Label.POLES, 4.0, glow=255))
    return join(parts)


def lamp_obstacle(x: float, y: float, z: float) -> Box:
    """What a car hits of a lamp."""
    return Box(x, y, z + LAMP_M / 2, 0.0, 0.12, 0.12, LAMP_M / 2, Label.POLES)


def _up(height_m: float) -> Array:
    return np.array([0.0, 0.0, height_m])


def _runs(line: Array) -> tuple[Array, Array, Array]:
    """Middle (N - 1, 3), half length (N - 1,) and yaw (N - 1,) of a line's pieces."""
    way = np.diff(line, axis=0)
    return (line[1:] + line[:-1]) / 2, np.hypot(way[:, 0], way[:, 1]) / 2, np.arctan2(way[:, 1], way[:, 0])


def line_obstacles(line: Array, half_width_m: float, height_m: float, label: Label) -> list[Box]:
    """Boxes along a barrier, one for each piece of its line."""
    return [
        Box(x, y, z + height_m / 2, yaw, half, half_width_m, height_m / 2, label)
        for (x, y, z), half, yaw in zip(*(part.tolist() for part in _runs(line)), strict=True)
    ]


def extruded(
    line: Array, profile: Array, paint: tuple[int, int, int], layer: Layer, label: Label, *, tile_m: float
) -> Mesh:
    """A profile (P, 2) of (right, up) [m] drawn along a line (N, 3); fronts left of the way the profile runs."""
    way = np.gradient(line, axis=0)
    yaw = np.arctan2(way[:, 1], way[:, 0])[:, None]
    right, up = profile[None, :, 0], profile[None, :, 1]
    x = line[:, :1] - right * np.sin(yaw)
    y = line[:, 1:2] + right * np.cos(yaw)
    grid = np.stack([x, y, line[:, 2:] + up + 0 * x], axis=-1)
    corners = np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], axis=2).reshape(-1, 4, 3)
    return flat(corners, paint, layer, label, tile_m)


def guard_rail(line: Array) -> Mesh:
    """A W-beam 0.75 m high, both faces, on a post every other metre or so."""
    front = np.array([[0.02, 0.44], [0.09, 0.52], [0.03, 0.6], [0.09, 0.68], [0.02, 0.76]])
    both = np.concatenate([front * (-1, 1), front[::-1]])
    beam = extruded(line, both, _STEEL, Layer.PLAIN, Label.GUARD_RAIL, tile_m=4.0)
    posts = boxes(line + _up(0.2), (0.05, 0.06, 0.5), 0.0, (126, 130, 134), Label.GUARD_RAIL)
    return join([beam, posts])


def concrete_wall(line: Array, height_m: float, width_m: float) -> Mesh:
    """Cast segments: a sloping foot for a low one, straight for a high one."""
    foot, head = width_m / 2, width_m / 2 * (0.5 if height_m < 1.3 else 0.9)
    profile = np.array(
        [
            [-foot, -0.3],
            [-foot, 0.1],
            [-head, min(0.35, height_m / 2)],
            [-head, height_m],
            [head, height_m],
            [head, min(0.35, height_m / 2)],
            [foot, 0.1],
            [foot, -0.3],
        ]
    )
    body = extruded(line, profile, (196, 192, 184), Layer.CONCRETE, Label.WALLS, tile_m=4.0)
    return join([body, *_caps(line, profile)])


def stone_wall(line: Array, height_m: float, width_m: float) -> Mesh:
    """Field stones without mortar, wider at the foot, under flat slabs."""
    foot, head, lip = width_m / 2, width_m / 2 * 0.8, width_m / 2 * 0.95
    sides = np.array([[-foot, -0.3], [-head, height_m - 0.12], [head, height_m - 0.12], [foot, -0.3]])
    slabs = np.array([[-lip, height_m - 0.13], [-lip, height_m], [lip, height_m], [lip, height_m - 0.13]])
    body = extruded(line, sides, (158, 150, 134), Layer.GRAVEL, Label.WALLS, tile_m=1.4)
    top = extruded(line, slabs, (172, 168, 158), Layer.CONCRETE, Label.WALLS, tile_m=2.0)
    profile = np.array([[-head, -0.3]] * 3 + [[-head, height_m]])
    return join([body, top, *_caps(line, profile)])


def _caps(line: Array, profile: Array) -> list[Mesh]:
    """Close both ends of a wall."""
    caps = []
    for at, to in ((line[0], line[1]), (line[-1], line[-2])):
        yaw = math.atan2(to[1] - at[1], to[0] - at[0])
        low, high = float(profile[:, 1].min()), float(profile[:, 1].max())
        half = float(abs(profile[3, 0]))
        center = at + _up((low + high) / 2)
        caps.append(boxes(center, (0.02, half, (high - low) / 2), yaw, (190, 186, 178), Label.WALLS))
    return caps


def fence(line: Array, paint: tuple[int, int, int], height_m: float = 1.1) -> Mesh:
    """Two or three rails on posts."""
    middle, half, yaw = _runs(line)
    rails = [
        boxes(middle + _up(share * height_m), np.stack([half, 0 * half + 0.03, 0 * half + 0.06], 1), yaw, paint, _F)
        for share in (0.45, 0.9)
    ]
    posts = boxes(line + _up(height_m / 2 - 0.15), (0.06, 0.06, height_m / 2 + 0.15), 0.0, paint, Label.FENCES)
    return join([*rails, posts])


_F = Label.FENCES


def hedge(line: Array, height_m: float = 1.2, width_m: float = 0.8) -> Mesh:
    """A clipped hedge with closed ends."""
    half = width_m / 2
    profile = np.array([[-half, -0.2], [-half * 0.9, height_m * 0.93], [-half * 0.6, height_m], [half * 0.6, height_m]])
    profile = np.concatenate([profile, [[half * 0.9, height_m * 0.93], [half, -0.2]]])
    body = extruded(line, profile, (80, 104, 50), Layer.LEAVES, Label.VEGETATION, tile_m=1.6)
    ends = []
    for at, to in ((line[0], line[1]), (line[-1], line[-2])):
        yaw = math.atan2(to[1] - at[1], to[0] - at[0])
        size = (0.03, half * 0.9, height_m / 2)
        center = at + _up(height_m / 2 - 0.02)
        ends.append(boxes(center, size, yaw, (74, 98, 48), Label.VEGETATION, layer=Layer.LEAVES, tile_m=1.6))
    return join([body, *ends])
