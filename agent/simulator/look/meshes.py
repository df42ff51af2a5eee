"""Meshes as plain arrays: vertices, quads, boxes, columns, blobs.

Every face turns its front to where cross(b - a, d - a) points, a b c d being its corners in order; normals follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.simulator.look.textures_walls import Layer
from agent.simulator.nouns import Label

Array = npt.NDArray[np.float64]
Paint = tuple[int, int, int] | npt.NDArray[np.uint8]

VERTEX = np.dtype(
    [
        ("position", "f4", 3),
        ("normal", "f4", 3),
        ("uv", "f4", 2),
        ("paint", "u1", 4),
        ("kind", "u1", 4),
        ("thing", "u4"),
    ],
    align=True,
)
"""position [m], unit normal, uv in tiles (roads: along and across [m]), paint RGB (square root of linear) and glow,
kind: texture layer, label, two bytes of the material's own; thing: number of its object, 0 not yet numbered."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles: vertices VERTEX (V,), indices uint32 (T, 3) into them."""

    vertices: npt.NDArray[np.void]
    triangles: npt.NDArray[np.uint32]


def join(meshes: Iterable[Mesh]) -> Mesh:
    """One mesh of many; an empty one of none."""
    parts = [mesh for mesh in meshes if len(mesh.triangles)]
    if not parts:
        return Mesh(np.zeros(0, VERTEX), np.zeros((0, 3), np.uint32))
    starts = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    triangles = [part.triangles + np.uint32(start) for part, start in zip(parts, starts, strict=True)]
    return Mesh(np.concatenate([part.vertices for part in parts]), np.concatenate(triangles))


def welded(mesh: Mesh) -> Mesh:
    """The same triangles with every vertex once, in the order in which they come first: each is then lit once."""
    raw = np.ascontiguousarray(mesh.vertices).view(np.dtype((np.void, VERTEX.itemsize)))
    _, first, same = np.unique(raw, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), np.uint32)
    place[order] = np.arange(len(order), dtype=np.uint32)
    return Mesh(mesh.vertices[first[order]], place[same][mesh.triangles])


def quads(
    corners: npt.ArrayLike,
    uv: npt.ArrayLike,
    paint: Paint,
    layer: int,
    label: Label,
    *,
    glow: int = 0,
    extra: int | npt.NDArray[np.uint8] = 0,
    normals: npt.ArrayLike | None = None,
) -> Mesh:
    """Quads from corners (N, 4, 3) [m] and uv (N, 4, 2).

    Args:
        paint: one colour, or uint8 broadcastable to (N, 4, 3).
        glow: 255 shines at night.
        extra: third byte of `kind`, one or broadcastable to (N, 4).
        normals: broadcastable to (N, 4, 3); those of the faces by default.
    """
    at = np.asarray(corners, np.float64).reshape(-1, 4, 3)
    vertices = np.zeros((len(at), 4), VERTEX)
    vertices["position"] = at
    if normals is None:
        across = _cross(at[:, 2] - at[:, 0], at[:, 3] - at[:, 1])  # of the diagonals: right for triangles too
        length = np.linalg.norm(across, axis=1, keepdims=True)
        vertices["normal"] = (across / np.maximum(length, 1e-9))[:, None]
    else:
        vertices["normal"] = normals
    vertices["uv"] = uv
    vertices["paint"][..., :3] = paint
    vertices["paint"][..., 3] = glow
    vertices["kind"][..., 0] = layer
    vertices["kind"][..., 1] = label
    vertices["kind"][..., 2] = extra
    first = 4 * np.arange(len(at), dtype=np.uint32)[:, None]
    triangles = (first + np.array([0, 1, 2, 0, 2, 3], np.uint32)).reshape(-1, 3)  # side by side: vertices are reused
    return Mesh(vertices.reshape(-1), triangles)


def _cross(a: Array, b: Array) -> Array:
    """Of (N, 3) by (N, 3): `np.cross` is several times slower for few rows."""
    ax, ay, az, bx, by, bz = *a.T, *b.T
    return np.column_stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def flat(corners: npt.ArrayLike, paint: Paint, layer: int, label: Label, tile_m: float, *, glow: int = 0) -> Mesh:
    """Quads (N, 4, 3) with a texture laid in metres: u along a-b, v along a-d."""
    at = np.asarray(corners, np.float64).reshape(-1, 4, 3)
    wide = np.linalg.norm(at[:, 1] - at[:, 0], axis=1) / tile_m
    tall = np.linalg.norm(at[:, 3] - at[:, 0], axis=1) / tile_m
    zero = np.zeros_like(wide)
    uv = np.stack([zero, zero, wide, zero, wide, tall, zero, tall], axis=1).reshape(-1, 4, 2)
    return quads(at, uv, paint, layer, label, glow=glow)


_FACES = np.array(
    [  # of the cube -1..1, fronts outwards: four sides, top
        [[-1, -1, -1], [1, -1, -1], [1, -1, 1], [-1, -1, 1]],
        [[1, -1, -1], [1, 1, -1], [1, 1, 1], [1, -1, 1]],
        [[1, 1, -1], [-1, 1, -1], [-1, 1, 1], [1, 1, 1]],
        [[-1, 1, -1], [-1, -1, -1], [-1, -1, 1], [-1, 1, 1]],
        [[-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]],
    ],
    np.float64,
)


def place(points: npt.ArrayLike, center: npt.ArrayLike, yaw_rad: npt.ArrayLike) -> Array:
    """Turn points (..., 3) about z by yaw, then move; centre and yaw broadcast against the points."""
    at, yaw = np.asarray(points, np.float64), np.asarray(yaw_rad, np.float64)
    cos, sin = np.cos(yaw), np.sin(yaw)
    turned = np.stack([at[..., 0] * cos - at[..., 1] * sin, at[..., 0] * sin + at[..., 1] * cos, at[..., 2]], axis=-1)
    return np.asarray(turned + np.asarray(center, np.float64))


def boxes(
    center: npt.ArrayLike,
    half: npt.ArrayLike,
    yaw_rad: npt.ArrayLike,
    paint: Paint,
    label: Label,
    *,
    layer: Layer = Layer.PLAIN,
    tile_m: float = 4.0,
    glow: int = 0,
) -> Mesh:
    """Boxes without undersides: centres (N, 3), half sizes (N, 3) or (3,), yaws (N,)."""
    middle = np.asarray(center, np.float64).reshape(-1, 1, 1, 3)
    size = np.broadcast_to(np.asarray(half, np.float64).reshape(-1, 1, 1, 3), middle.shape)
    yaw = np.broadcast_to(np.asarray(yaw_rad, np.float64).reshape(-1, 1, 1), middle.shape[:-1])
    corners = place(_FACES[None] * size, middle, yaw).reshape(-1, 4, 3)
    return flat(corners, paint, layer, label, tile_m, glow=glow)


def column(
    foot: tuple[float, float, float],
    top: tuple[float, float, float],
    radii_m: tuple[float, float],
    paint: Paint,
    label: Label,
    *,
    sides: int = 6,
    layer: Layer = Layer.PLAIN,
) -> Mesh:
    """A tapering column between two points, open at its ends, normals smooth around."""
    turn = np.linspace(0.0, 2 * np.pi, sides + 1)
    axis = np.subtract(top, foot)
    axis = axis / np.linalg.norm(axis)
    right = np.cross(axis, [0.0, 1.0, 0.0] if abs(axis[1]) < 0.9 else [1.0, 0.0, 0.0])
    right /= np.linalg.norm(right)
    out = np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * np.cross(axis, right)
    low, high = np.asarray(foot) + radii_m[0] * out, np.asarray(top) + radii_m[1] * out
    corners = np.stack([low[:-1], low[1:], high[1:], high[:-1]], axis=1)
    normals = np.stack([out[:-1], out[1:], out[1:], out[:-1]], axis=1)
    u = np.arange(sides + 1) / sides
    tall = float(np.linalg.norm(np.subtract(top, foot))) / 2.0
    zero = np.zeros(sides)
    uv = np.stack([u[:-1], zero, u[1:], zero, u[1:], zero + tall, u[:-1], zero + tall], axis=1).reshape(-1, 4, 2)
    return quads(corners, uv, paint, layer, label, normals=normals)


def blob(
    rng: np.random.Generator,
    center: tuple[float, float, float],
    radii_m: tuple[float, float, float],
    paint: tuple[int, int, int],
    label: Label,
    *,
    layer: Layer = Layer.LEAVES,
    rings: int = 4,
    sides: int = 7,
    rough: float = 0.16,
    pinch: float = 0.0,
) -> Mesh:
    """A lumpy ellipsoid with smooth normals, darker below; `pinch` 1 draws its top to a cone."""
    up = np.linspace(-0.5 * np.pi, 0.5 * np.pi, rings + 1)[:, None]
    turn = np.linspace(0.0, 2 * np.pi, sides + 1)[None, :] + rng.uniform(0, 6)
    lump = 1.0 + rough * rng.uniform(-1.0, 1.0, (rings + 1, sides + 1))
    lump[:, -1] = lump[:, 0]
    lump[[0, -1]] = lump[[0, -1], :1]
    wide = np.cos(up) * (1.0 - pinch * (np.sin(up) * 0.5 + 0.5)) * lump
    height = np.sin(up) * lump * np.ones_like(turn)
    out = np.stack([wide * np.cos(turn), wide * np.sin(turn), height], axis=-1)
    at = out * radii_m + np.asarray(center)
    normal = out / np.maximum(np.linalg.norm(out, axis=-1, keepdims=True), 1e-6)
    shade = (0.72 + 0.28 * (height * 0.5 + 0.5))[..., None] * np.asarray(paint, np.float64)
    around = turn / (2 * np.pi) * 2 * np.pi * max(radii_m) / 2.0 + 0 * up
    along = up / np.pi * np.pi * radii_m[2] / 2.0 + 0 * turn
    uv = np.stack([np.round(around[:, -1:] - around[:, :1]) * (turn - turn[:, :1]) / (2 * np.pi) + 0 * up, along], -1)

    def corners(grid: Array) -> Array:
        return np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=2).reshape(
            -1, 4, grid.shape[-1]
        )

    paints = np.asarray(np.clip(corners(shade), 0, 255), np.uint8)
    return quads(corners(at), corners(uv), paints, layer, label, normals=corners(normal))
