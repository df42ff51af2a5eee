"""Trees, bushes, tufts: a few prototypes, copied with turn, size and tint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.simulator.look.meshes import Array, Mesh, Paint, blob, column, join, quads
from agent.simulator.look.textures_leaves import Cutout
from agent.simulator.look.textures_walls import Layer
from agent.simulator.nouns import Label


@dataclass(frozen=True, slots=True, eq=False)
class Plant:
    """A prototype at the origin.

    Attributes:
        solid: trunk and dense crown, drawn near by.
        cards: leaves around the crown, drawn near by.
        far, far_cards: what is drawn instead from afar; picture: what from where that is a few pixels.
        trunk_m: radius of what a car would hit; 0 for nothing.
        reach_m: radius of the crown.
        height_m: of the whole.
    """

    solid: Mesh
    cards: Mesh
    far: Mesh
    far_cards: Mesh
    picture: Mesh
    trunk_m: float
    reach_m: float
    height_m: float


def copies(  # noqa: PLR0917 - a column of the same table each
    mesh: Mesh, at: Array, yaw: Array, size: Array, tint: Array, numbers: Array | int = 0
) -> Mesh:
    """A mesh N times: places (N, 3), turns (N,), sizes (N,), factors of the paint (N, 3), numbers as objects (N,)."""
    number, per = len(at), len(mesh.vertices)
    if number == 0 or per == 0:
        return join([])
    vertices = np.tile(mesh.vertices, (number, 1))
    cos, sin = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    for name in ("position", "normal"):
        local = mesh.vertices[name].astype(np.float64)[None]
        x, y = local[..., 0] * cos - local[..., 1] * sin, local[..., 0] * sin + local[..., 1] * cos
        vertices[name] = np.stack([x, y, local[..., 2] + 0 * x], axis=-1)
    vertices["position"] = vertices["position"] * size[:, None, None] + at[:, None]
    vertices["paint"][..., :3] = np.clip(mesh.vertices["paint"][None, :, :3] * tint[:, None], 0, 255)
    vertices["thing"] = np.reshape(numbers, (-1, 1))
    shift = (per * np.arange(number, dtype=np.uint32))[:, None, None]
    return Mesh(vertices.reshape(-1), (mesh.triangles[None] + shift).reshape(-1, 3))


def softened(mesh: Mesh) -> Mesh:
    """Leaves let light through: the fourth byte of `kind`."""
    mesh.vertices["kind"][..., 3] = np.where(mesh.vertices["kind"][..., 0] == Layer.LEAVES, 120, 0)
    return mesh


def broadleaf(rng: np.random.Generator, tall_m: float = 8.5) -> Plant:
    """A round crown of several lumps on a forked trunk."""
    crown, wide = tall_m * 0.62, tall_m * rng.uniform(0.27, 0.34)
    parts, cards = [_trunk(rng, tall_m * 0.5, 0.03 * tall_m)], []
    for turn in np.arange(0, 2 * np.pi, 2 * np.pi / 4) + rng.uniform(0, 6):
        out = wide * rng.uniform(0.4, 0.62)
        middle = (out * np.cos(turn), out * np.sin(turn), crown + tall_m * rng.uniform(-0.14, 0.1))
        radius = wide * rng.uniform(0.52, 0.68)
        lump = blob(rng, middle, (radius, radius, radius * 0.86), _green(rng), Label.VEGETATION, rings=3, sides=5)
        parts.append(lump)
        cards.append(_cards(rng, middle, (radius * 1.04,) * 3, 11, 0.62 * radius, Cutout.LEAVES))
        parts.append(column((0, 0, tall_m * 0.3), middle, (0.013 * tall_m, 0.05), _BARK, Label.VEGETATION, sides=3))
    top = (0.0, 0.0, crown + tall_m * 0.17)
    parts.append(blob(rng, top, (wide * 0.68, wide * 0.68, wide * 0.62), _green(rng), Label.VEGETATION))
    cards.append(_cards(rng, top, (wide * 0.7,) * 3, 12, 0.42 * wide, Cutout.LEAVES))
    far = _far(rng, (0, 0, crown), (wide * 1.15, wide * 1.15, tall_m * 0.36), _green(rng))
    return Plant(softened(join(parts)), join(cards), *far, 0.03 * tall_m, wide * 1.25, tall_m)


def poplar(rng: np.random.Generator, tall_m: float = 12.0) -> Plant:
    """A slender column."""
    radii = (tall_m * 0.1, tall_m * 0.1, tall_m * 0.43)
    middle = (0.0, 0.0, tall_m * 0.55)
    body = blob(rng, middle, radii, (86, 118, 54), Label.VEGETATION, rings=6, pinch=0.35, rough=0.12)
    cards = _cards(rng, middle, (radii[0] * 0.95, radii[1] * 0.95, radii[2] * 0.97), 38, 0.092 * tall_m, Cutout.LEAVES)
    far = _far(rng, middle, radii, (76, 104, 48))
    return Plant(softened(join([_trunk(rng, tall_m * 0.3, 0.2), body])), cards, *far, 0.22, radii[0], tall_m)


def conifer(rng: np.random.Generator, tall_m: float = 11.0) -> Plant:
    """A spruce: stacked skirts that narrow upwards."""
    parts, cards = [_trunk(rng, tall_m * 0.3, 0.16)], []
    for share in np.linspace(0.0, 1.0, 5):
        wide, low = tall_m * (0.21 - 0.155 * share), tall_m * (0.14 + 0.64 * share)
        middle = (0.0, 0.0, low + tall_m * 0.12)
        paint = (50 + int(14 * share), 82 + int(14 * share), 51)
        parts.append(
            blob(rng, middle, (wide, wide, tall_m * 0.15), paint, Label.VEGETATION, rings=3, pinch=0.8, rough=0.2)
        )
        ring = (wide * 1.02, wide * 1.02, tall_m * 0.05)
        cards.append(_cards(rng, (0, 0, low + tall_m * 0.05), ring, 10, wide * 0.56, Cutout.NEEDLES, (50, 80, 50)))
    far = _far(rng, (0, 0, tall_m * 0.5), (tall_m * 0.21, tall_m * 0.21, tall_m * 0.46), (50, 80, 46), pinch=0.9)
    return Plant(softened(join(parts)), join(cards), *far, 0.2, tall_m * 0.22, tall_m)


def birch(rng: np.random.Generator, tall_m: float = 9.0) -> Plant:
    """A white trunk and a light, open crown."""
    trunk = column((0, 0, -0.3), (0.15, 0.1, tall_m * 0.85), (0.15, 0.04), (214, 210, 200), Label.VEGETATION)
    parts, cards = [trunk], []
    for share in (0.0, 0.35, 0.7, 1.0):
        wide = tall_m * (0.17 - 0.1 * share)
        middle = (*rng.uniform(-0.4, 0.4, 2), tall_m * (0.45 + 0.45 * share))
        parts.append(blob(rng, middle, (wide, wide, wide * 1.1), (112, 134, 62), Label.VEGETATION))
        cards.append(_cards(rng, middle, (wide, wide, wide * 1.2), 13, wide * 0.7, Cutout.LEAVES, (122, 144, 66)))
    far = _far(rng, (0, 0, tall_m * 0.63), (tall_m * 0.17, tall_m * 0.17, tall_m * 0.36), (112, 134, 62), pinch=0.4)
    return Plant(softened(join(parts)), join(cards), *far, 0.16, tall_m * 0.17, tall_m)


def bush(rng: np.random.Generator, tall_m: float = 1.5) -> Plant:
    """A low mound."""
    parts, cards = [], []
    for _ in range(3):
        middle = (*rng.uniform(-0.45, 0.45, 2) * tall_m, tall_m * 0.4)
        radius = tall_m * rng.uniform(0.42, 0.6)
        parts.append(blob(rng, middle, (radius, radius, tall_m * 0.5), _green(rng), Label.VEGETATION, rings=3))
        cards.append(_cards(rng, middle, (radius,) * 3, 8, 0.62 * radius, Cutout.LEAVES))
    far = _far(rng, (0, 0, tall_m * 0.4), (tall_m * 0.85, tall_m * 0.85, tall_m * 0.55), _green(rng))
    return Plant(softened(join(parts)), join(cards), *far, 0.0, tall_m, tall_m)


def tuft(rng: np.random.Generator) -> Mesh:
    """Three crossed cards of tall grass, 0.5 m."""
    corners = []
    for turn in np.arange(3) * np.pi / 3 + rng.uniform(0, 1):
        x, y = 0.4 * np.cos(turn), 0.4 * np.sin(turn)
        corners.append([[-x, -y, -0.03], [x, y, -0.03], [x, y, 0.45], [-x, -y, 0.45]])
    return quads(corners, _CARD_UV, (104, 130, 62), Cutout.GRASS, Label.TERRAIN, normals=(0.0, 0.0, 1.0))


_BARK = (104, 88, 72)
_CARD_UV = [[0, 1], [1, 1], [1, 0], [0, 0]]


def _green(rng: np.random.Generator) -> tuple[int, int, int]:
    light = rng.uniform(0.88, 1.12)
    return int(98 * light), int(127 * light), int(57 * light)


def _far(
    rng: np.random.Generator,
    center: tuple[float, float, float],
    radii_m: tuple[float, float, float],
    paint: tuple[int, int, int],
    pinch: float = 0.0,
) -> tuple[Mesh, Mesh, Mesh]:
    """One lump on a stick, and a few large cards that break its outline."""
    inner = (radii_m[0] * 0.9, radii_m[1] * 0.9, radii_m[2] * 0.94)
    leaves = (paint[0] + 8, paint[1] + 10, paint[2] + 5)  # without the cards' bright ones before it
    crown = blob(rng, center, inner, leaves, Label.VEGETATION, rings=3, sides=5, pinch=pinch, rough=0.2)
    stick = column((0, 0, -0.3), (0, 0, center[2]), (0.16, 0.12), _BARK, Label.VEGETATION, sides=3)
    outer = (radii_m[0] * (0.88 - 0.3 * pinch), radii_m[1] * (0.88 - 0.3 * pinch), radii_m[2] * 0.86)
    light = (paint[0] + 14, paint[1] + 18, paint[2] + 8)
    cards = _cards(rng, center, outer, 9, 0.6 * min(radii_m), Cutout.LEAVES, light)
    return softened(join([crown, stick])), cards, _picture(center, radii_m, light, pinch)


def _picture(
    center: tuple[float, float, float], radii_m: tuple[float, float, float], paint: Paint, pinch: float
) -> Mesh:
    """Two crossed cards with a whole tree on each, brighter on the side of the sun."""
    wide, tall = 1.12 * radii_m[0], center[2] + radii_m[2]
    corners, normals = [], []
    for x, y in ((1.0, 0.0), (0.0, 1.0)):
        foot, head = np.array([wide * x, wide * y, 0.0]), np.array([0.0, 0.0, tall])
        corners.append([-foot, foot, foot + head, head - foot])
        normals.append(
            [[-0.7 * x, -0.7 * y, 0.7], [0.7 * x, 0.7 * y, 0.7], [0.5 * x, 0.5 * y, 0.85], [-0.5 * x, -0.5 * y, 0.85]]
        )
    cutout = Cutout.CONE_TREE if pinch > 0.5 else Cutout.ROUND_TREE
    return quads(corners, _CARD_UV, paint, cutout, Label.VEGETATION, normals=normals)


def _trunk(rng: np.random.Generator, tall_m: float, radius_m: float) -> Mesh:
    lean = rng.uniform(-0.15, 0.15, 2)
    return column(
        (0, 0, -0.4), (*lean, tall_m), (radius_m * 1.25, radius_m * 0.7), _BARK, Label.VEGETATION, layer=Layer.BARK
    )


def _cards(  # noqa: PLR0917 - where, how large, how many: a card has no fewer
    rng: np.random.Generator,
    center: tuple[float, float, float],
    radii_m: tuple[float, float, float],
    number: int,
    half_m: float,
    cutout: Cutout,
    paint: tuple[int, int, int] = (96, 124, 56),
) -> Mesh:
    """Cards strewn over an ellipsoid, each facing outwards at random tilt, lit as the ellipsoid is."""
    out = rng.standard_normal((number, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    at = out * radii_m * rng.uniform(0.86, 1.03, (number, 1)) + np.asarray(center)
    facing = out + 0.75 * rng.standard_normal((number, 3))
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    side = np.cross(facing, rng.standard_normal((number, 3)))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(facing, side)
    half = half_m * rng.uniform(0.75, 1.2, (number, 1))
    side, up = side * half, up * half
    corners = np.stack([at - side - up, at + side - up, at + side + up, at - side + up], axis=1)
    light = rng.uniform(0.84, 1.14, (number, 1, 1)) * (0.84 + 0.16 * out[:, None, 2:])
    paints = np.clip(light * np.asarray(paint), 0, 255).astype(np.uint8)
    return quads(corners, _CARD_UV, paints, cutout, Label.VEGETATION, normals=out[:, None])


def wood_edge(line: Array, tall_m: npt.ArrayLike, rng: np.random.Generator) -> Mesh:
    """The edge of a wood along a line (N, 3): a standing strip of silhouettes."""
    tall = np.broadcast_to(np.asarray(tall_m, np.float64), (len(line),))[:, None] * np.array([0.0, 0.0, 1.0])
    step = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]) / 14.0
    low, high = line - (0, 0, 1.0), line + tall
    corners = np.stack([low[:-1], low[1:], high[1:], high[:-1]], axis=1)
    zero = np.zeros(len(step) - 1)
    u = np.stack([step[:-1], step[1:], step[1:], step[:-1]], axis=1) + rng.uniform(0, 1)
    uv = np.stack([u, np.stack([zero + 0.99, zero + 0.99, zero + 0.03, zero + 0.03], axis=1)], axis=-1)
    return quads(corners, uv, (70, 94, 50), Cutout.WOOD_EDGE, Label.VEGETATION, normals=(0.0, 0.0, 1.0))
