"""Parts of actors as triangle soups: lofts, boxes, wheels, with normals smoothed over gentle edges. Pure."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Soup = npt.NDArray[np.void]
Point = tuple[float, float, float]

VERTEX = np.dtype(
    [("position", "f4", 3), ("normal", "f4", 3), ("pivot", "f4", 3), ("paint", "u1", 4), ("kind", "u1", 4)], align=True
)
"""position, normal, pivot of a wheel [m: x forward, y right, z up]; paint RGB and share of the actor's own colour;
kind: part (0 body, 1 wheel, 2 steered wheel), gloss, lamp, label (0 the actor's own)."""

_SMOOTH_COS = math.cos(math.radians(38.0))


class Lamp(enum.IntEnum):
    """Lamp numbers of `car.glsl`."""

    NONE = 0
    HEAD = 1
    TAIL = 2
    BRAKE = 3
    LEFT = 4
    RIGHT = 5
    REVERSE = 6


class Finish(enum.Enum):
    """What a surface is made of: RGB, share of the actor's own colour, gloss."""

    PAINT = (128, 128, 128, 255, 200)
    GLASS = (34, 40, 46, 0, 255)
    TRIM = (38, 38, 40, 0, 60)
    TYRE = (34, 34, 35, 0, 10)
    RIM = (150, 152, 156, 0, 160)
    CHROME = (196, 198, 202, 0, 220)
    WHITE = (224, 224, 222, 0, 120)
    LENS = (232, 236, 238, 0, 220)
    RED_LENS = (150, 26, 24, 0, 160)
    AMBER_LENS = (206, 120, 30, 0, 140)
    SKIN = (206, 160, 134, 0, 10)
    CLOTH = (70, 78, 96, 0, 5)
    HAIR = (60, 46, 38, 0, 20)


def soup(triangles: Array, finish: Finish, *, lamp: Lamp = Lamp.NONE, smooth: bool = False, label: int = 0) -> Soup:
    """Vertices of triangles (T, 3, 3), fronts where cross(b - a, c - a) points."""
    at = np.asarray(triangles, np.float64).reshape(-1, 3, 3)
    across = np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0])
    area = np.linalg.norm(across, axis=1)
    at, across = at[area > 1e-9], across[area > 1e-9]
    vertices = np.zeros((len(at), 3), VERTEX)
    vertices["position"] = at
    vertices["normal"] = _smoothed(at, across) if smooth else _unit(across)[:, None]
    *rgb, share, gloss = finish.value
    vertices["paint"] = (*rgb, share)
    vertices["kind"] = (0, gloss, lamp, label)
    return vertices.reshape(-1)


def _unit(vectors: npt.ArrayLike) -> Array:
    vectors = np.asarray(vectors, np.float64)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def _smoothed(at: Array, across: Array) -> Array:
    """Normals (T, 3, 3): at each corner the mean of the faces that meet there at a gentle angle, weighted by area."""
    corners = at.reshape(-1, 3)
    face_normal = np.repeat(_unit(across), 3, axis=0)
    weighted = np.repeat(across, 3, axis=0)
    _, group = np.unique(np.round(corners * 1000.0), axis=0, return_inverse=True)
    same = group.reshape(-1, 1) == group.reshape(1, -1)
    near = same & (face_normal @ face_normal.T > _SMOOTH_COS)
    return _unit(near.astype(np.float64) @ weighted).reshape(-1, 3, 3)


def quads(corners: npt.ArrayLike) -> Array:
    """Quads (N, 4, 3) as triangles (2 N, 3, 3)."""
    at = np.asarray(corners, np.float64).reshape(-1, 4, 3)
    return np.concatenate([at[:, [0, 1, 2]], at[:, [0, 2, 3]]])


def loft(sections: Sequence[Sequence[tuple[float, float]]], x: Sequence[float]) -> Array:
    """A body symmetric about y = 0 from half sections, back to front.

    Args:
        sections: of each station, (y >= 0, z) from below to the top [m]; all of the same number of points.
        x: of the stations, increasing [m].
    """
    half = np.asarray(sections, np.float64)
    right = np.concatenate([np.broadcast_to(np.asarray(x)[:, None, None], (*half.shape[:2], 1)), half], axis=2)
    a, b, c, d = right[:-1, :-1], right[:-1, 1:], right[1:, 1:], right[1:, :-1]
    side = np.stack([a, b, c, d], axis=2).reshape(-1, 4, 3)
    faces = [quads(side), mirrored(quads(side))]
    for row, forward in ((0, False), (-1, True)):
        ring = right[row]
        cap = [[ring[i], ring[i + 1], ring[i + 1] * (1, -1, 1), ring[i] * (1, -1, 1)] for i in range(len(ring) - 1)]
        triangles = quads(cap)
        faces.append(triangles if forward else triangles[:, ::-1])
    return np.concatenate(faces)


def mirrored(triangles: Array) -> Array:
    """The same on the other side (y negated), fronts kept outwards."""
    return np.asarray(triangles[:, ::-1] * (1.0, -1.0, 1.0))


def box(center: Point, half: Point, *, taper: float = 1.0) -> Array:
    """Triangles of a box with all six faces; `taper` narrows its top."""
    low = np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1]], np.float64)
    top = low * (taper, taper, -1.0)
    at = np.concatenate([low, top]) * half + np.asarray(center)
    faces = [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7), (3, 2, 1, 0)]
    return quads([[at[i] for i in face] for face in faces])


def both_sides(triangles: Array) -> Array:
    """A part and its mirror image."""
    return np.concatenate([triangles, mirrored(triangles)])


def disc(center: Point, radius: float, side: float, number: int = 16, half: bool = False) -> Array:
    """A disc across y that faces `side` (+1 right, -1 left); the upper half only on wish."""
    turn = np.linspace(0.0, np.pi if half else 2 * np.pi, number + 1)
    rim = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], axis=1) * radius + np.asarray(center)
    middle = np.broadcast_to(np.asarray(center), rim[1:].shape)
    order = [middle, rim[1:], rim[:-1]] if side > 0 else [middle, rim[:-1], rim[1:]]
    return np.stack(order, axis=1)


def wheel(center: Point, radius: float, wide: float, side: float, *, steered: bool) -> Soup:
    """Tyre and a five-spoked rim; it turns about its centre."""
    turn = np.linspace(0.0, 2 * np.pi, 15)
    rim = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], axis=1) * radius
    tread = []
    for a, b in pairwise(rim):
        left, right = np.array([0, -wide / 2, 0]), np.array([0, wide / 2, 0])
        tread.append([a + left, b + left, b + right, a + right])
    tread_faces = quads(tread)[:, ::-1] + np.asarray(center)
    outer = (center[0], center[1] + side * wide / 2, center[2])
    face = disc(outer, radius, side)
    proud = (outer[0], outer[1] + side * 0.012, outer[2])
    spokes = disc(proud, radius * 0.66, side, 10)
    parts = [soup(tread_faces, Finish.TYRE, smooth=True), soup(face, Finish.TYRE)]
    parts.append(soup(spokes[::2], Finish.RIM))
    parts.append(soup(spokes[1::2], Finish.TRIM))
    whole = np.concatenate(parts)
    whole["pivot"] = center
    whole["kind"][:, 0] = 2 if steered else 1
    return whole


def tube(a: Point, b: Point, radius: float, sides: int = 6) -> Array:
    """A round bar between two points."""
    axis = _unit(np.subtract(b, a))
    right = _unit(np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0]))
    turn = np.linspace(0.0, 2 * np.pi, sides + 1)[:, None]
    ring = radius * (np.cos(turn) * right + np.sin(turn) * np.cross(axis, right))
    low, high = np.asarray(a) + ring, np.asarray(b) + ring
    return quads(np.stack([low[:-1], low[1:], high[1:], high[:-1]], axis=1))


def ball(center: Point, radii: Point) -> Array:
    """An ellipsoid of 8 by 5 faces."""
    up, turn = np.linspace(-np.pi / 2, np.pi / 2, 6)[:, None], np.linspace(0, 2 * np.pi, 9)[None, :]
    grid = np.stack([np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn), np.sin(up) + 0 * turn], axis=-1)
    at = grid * radii + np.asarray(center)
    return quads(np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=2).reshape(-1, 4, 3))


def gathered(parts: Iterable[Soup]) -> Soup:
    """One read-only soup."""
    whole = np.concatenate(list(parts))
    whole.flags.writeable = False
    return whole
