"""Houses: storeys of windowed facades, gabled, hipped or flat roofs, doors, chimneys, balconies.

A house's own frame: x along its front, the front looks to -y, z up from the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agent.simulator.look.meshes import Array, Mesh, boxes, flat, join, place, quads
from agent.simulator.look.textures_walls import FACADES, TILE_M, Layer
from agent.simulator.nouns import Label

_BAY_M = 3.0
_B = Label.BUILDINGS


@dataclass(frozen=True, slots=True)
class HousePlan:
    """What a house looks like.

    Attributes:
        wide_m, deep_m: ground plan along and across the front.
        floors: 1..6; floor_m: height of one.
        facade: layer of the walls; shop: shop windows on the ground floor.
        roof: "gable", "hip" or "flat"; along: the ridge runs along the front.
        paint, roof_paint, door_paint: colours (square root of linear light).
        number: dice of its lit windows.
    """

    wide_m: float
    deep_m: float
    floors: int
    floor_m: float
    facade: Layer
    shop: bool
    roof: str
    along: bool
    paint: tuple[int, int, int]
    roof_paint: tuple[int, int, int]
    door_paint: tuple[int, int, int]
    number: int

    @property
    def wall_m(self) -> float:
        """Height of the walls."""
        return self.floors * self.floor_m + 0.3

    @property
    def height_m(self) -> float:
        """Height of the whole."""
        return self.wall_m + (0.5 if self.roof == "flat" else _rise(self))


_PAINTS = {
    Layer.BRICK: [(172, 96, 76), (154, 84, 68), (186, 130, 98), (140, 92, 84)],
    Layer.TIMBER: [(168, 74, 62), (112, 140, 158), (222, 206, 164), (120, 142, 116), (216, 214, 206)],
    Layer.PLASTER: [
        (228, 216, 190),
        (222, 196, 150),
        (216, 172, 134),
        (206, 208, 204),
        (190, 204, 186),
        (226, 224, 216),
    ],
    Layer.SHUTTERS: [(232, 206, 160), (226, 178, 140), (214, 204, 186), (232, 224, 206), (220, 188, 170)],
    Layer.MODERN: [(222, 222, 218), (168, 172, 176), (204, 196, 184), (228, 226, 220), (150, 156, 160)],
}
_ROOFS = [(150, 82, 62), (132, 70, 56), (166, 98, 72), (98, 92, 90), (78, 80, 86), (120, 86, 70)]
_DOORS = [(110, 62, 44), (60, 84, 74), (70, 78, 102), (136, 50, 46), (88, 84, 80)]


def draw_plan(rng: np.random.Generator, *, dense: bool) -> HousePlan:
    """Throw the dice for one house; `dense` for the middle of a town."""
    facade = FACADES[int(rng.integers(len(FACADES)))]
    if dense and facade is Layer.TIMBER:
        facade = Layer.PLASTER
    floors = int(rng.choice([2, 3, 3, 4, 5] if dense else [1, 2, 2, 2]))
    modern = facade is Layer.MODERN
    paints = _PAINTS[facade]
    return HousePlan(
        wide_m=_BAY_M * int(rng.integers(3, 6 if dense else 5)),
        deep_m=_BAY_M * int(rng.integers(3, 5)),
        floors=floors,
        floor_m=float(rng.uniform(2.75, 3.15)),
        facade=facade,
        shop=bool(dense and rng.random() < 0.45),
        roof="flat" if modern or (dense and rng.random() < 0.2) else ("hip" if rng.random() < 0.25 else "gable"),
        along=bool(rng.random() < 0.65),
        paint=paints[int(rng.integers(len(paints)))],
        roof_paint=_ROOFS[int(rng.integers(len(_ROOFS)))],
        door_paint=_DOORS[int(rng.integers(len(_DOORS)))],
        number=int(rng.integers(256)),
    )


def house_meshes(
    plan: HousePlan, at: tuple[float, float, float], yaw_rad: float, rng: np.random.Generator
) -> tuple[Mesh, Mesh]:
    """The house at a place, its foot sunk a little into the ground: its body, and what only shows from near by."""
    body, detail = [_walls(plan)], [_plinth(plan), _door(plan, rng)]
    roof, trim = _flat_roof(plan, rng) if plan.roof == "flat" else _pitched_roof(plan, rng)
    body += roof
    detail += trim
    if plan.facade in (Layer.MODERN, Layer.PLASTER) and plan.floors >= 3:
        detail.append(_balconies(plan, rng))
    return _put(join(body), at, yaw_rad), _put(join(detail), at, yaw_rad)


def _put(mesh: Mesh, at: tuple[float, float, float], yaw_rad: float) -> Mesh:
    mesh.vertices["position"] = place(mesh.vertices["position"], at, yaw_rad)
    mesh.vertices["normal"] = place(mesh.vertices["normal"], (0, 0, 0), yaw_rad)
    return mesh


def _ring(half_x: float, half_y: float, low: float, high: float) -> Array:
    """The four walls of a box, fronts outwards: front, right, back, left."""
    x, y = half_x, half_y
    foot = np.array([[-x, -y, low], [x, -y, low], [x, y, low], [-x, y, low]])
    top = foot + np.array([0.0, 0.0, high - low])
    return np.stack([foot, np.roll(foot, -1, 0), np.roll(top, -1, 0), top], axis=1)


def _walls(plan: HousePlan) -> Mesh:
    parts = []
    first = 1 if plan.shop else 0
    if plan.shop:
        parts.append(_storeys(plan, Layer.SHOP, 0, 1))
    if plan.floors > first:
        parts.append(_storeys(plan, plan.facade, first, plan.floors))
    top = _ring(plan.wide_m / 2, plan.deep_m / 2, plan.floors * plan.floor_m, plan.wall_m)
    return join([*parts, flat(top, plan.paint, Layer.PLAIN, _B, 4.0)])


def _storeys(plan: HousePlan, layer: Layer, low: int, high: int) -> Mesh:
    """Facades of some floors; one texture spans two bays by two floors. Walls darken towards the ground."""
    corners = _ring(plan.wide_m / 2, plan.deep_m / 2, low * plan.floor_m, high * plan.floor_m)
    bays = np.array([plan.wide_m, plan.deep_m, plan.wide_m, plan.deep_m]) / (2 * _BAY_M)
    zero, tall = 0 * bays, 0 * bays + (high - low) / 2.0
    if layer is Layer.SHOP:
        tall = zero + 0.5
    uv = np.stack([zero, tall, bays, tall, bays, zero, zero, zero], axis=1).reshape(-1, 4, 2)
    shade = np.array([0.86 if low == 0 else 0.97, 1.0])[[0, 0, 1, 1]][None, :, None]
    paint = (shade * np.asarray(plan.paint)).astype(np.uint8)
    return quads(corners, uv, paint, layer, _B, extra=plan.number)


def _plinth(plan: HousePlan) -> Mesh:
    ring = _ring(plan.wide_m / 2 + 0.05, plan.deep_m / 2 + 0.05, -0.6, 0.4)
    return flat(ring, (112, 108, 104), Layer.CONCRETE, _B, TILE_M[Layer.CONCRETE])


def _door(plan: HousePlan, rng: np.random.Generator) -> Mesh:
    """A framed door with a step and a little roof, over one of the ground floor's windows."""
    bays = round(plan.wide_m / _BAY_M)
    x = (int(rng.integers(bays)) + 0.5) * _BAY_M - plan.wide_m / 2
    y = -plan.deep_m / 2
    frame = boxes((x, y, 1.12), (0.85, 0.07, 1.25), 0.0, (214, 210, 202), _B)
    leaf = boxes((x, y - 0.03, 1.05), (0.55, 0.07, 1.07), 0.0, plan.door_paint, _B, layer=Layer.PLANKS, tile_m=2.0)
    step = boxes((x, y - 0.6, -0.1), (1.0, 0.6, 0.25), 0.0, (150, 148, 142), _B, layer=Layer.CONCRETE)
    awning = boxes((x, y - 0.5, 2.5), (1.15, 0.55, 0.06), 0.0, plan.roof_paint, _B)
    light = boxes((x + 1.02, y - 0.08, 2.0), (0.09, 0.07, 0.14), 0.0, (226, 214, 180), _B, glow=200)
    return join([frame, leaf, step, awning, light])


def _flat_roof(plan: HousePlan, rng: np.random.Generator) -> tuple[list[Mesh], list[Mesh]]:
    x, y, z = plan.wide_m / 2, plan.deep_m / 2, plan.wall_m
    cover = boxes((0, 0, z), (x - 0.25, y - 0.25, 0.05), 0.0, (128, 126, 122), _B, layer=Layer.FLAT_ROOF)
    edge = (200, 198, 192)
    rim = [
        boxes((0, s * y, z + 0.12), (x + 0.12, 0.14, 0.26), 0.0, edge, _B, layer=Layer.CONCRETE) for s in (-1.0, 1.0)
    ] + [boxes((s * x, 0, z + 0.12), (0.14, y + 0.12, 0.26), 0.0, edge, _B, layer=Layer.CONCRETE) for s in (-1.0, 1.0)]
    plant = boxes((*rng.uniform(-0.4, 0.4, 2) * (x, y), z + 0.6), (1.4, 1.0, 0.7), 0.0, (170, 172, 172), _B)
    return [cover, *rim], [plant]


def _rise(plan: HousePlan) -> float:
    span = plan.deep_m if plan.along or plan.roof == "hip" else plan.wide_m
    return 0.42 * span if plan.roof == "gable" else 0.34 * min(plan.wide_m, plan.deep_m)


def _pitched_roof(plan: HousePlan, rng: np.random.Generator) -> tuple[list[Mesh], list[Mesh]]:
    """Two slopes with gables, or four; eaves stand out, edges have thickness."""
    turned = not plan.along and plan.roof == "gable"
    x, y = (plan.deep_m / 2, plan.wide_m / 2) if turned else (plan.wide_m / 2, plan.deep_m / 2)
    z, rise, out = plan.wall_m, _rise(plan), 0.45
    drop = rise / y * out
    ridge_x = x + out if plan.roof == "gable" else max(x - y, 0.0)
    eave = np.array([[-x - out, -y - out, z - drop], [x + out, -y - out, z - drop]])
    ridge = np.array([[-ridge_x, 0.0, z + rise], [ridge_x, 0.0, z + rise]])
    front = np.array([eave[0], eave[1], ridge[1], ridge[0]])
    slopes = [front, place(front, (0, 0, 0), np.pi)]
    if plan.roof == "hip":
        corner = np.array([x + out, y + out, z - drop])
        side = np.array([eave[1], corner, ridge[1], ridge[1]])
        slopes += [side, place(side, (0, 0, 0), np.pi)]
    thick = np.array([0.0, 0.0, 0.16])
    roof = [flat(np.array(slopes) + thick, plan.roof_paint, Layer.TILES, _B, TILE_M[Layer.TILES])]
    under = np.array([slope[[1, 0, 3, 2]] for slope in slopes])
    trim = [_edges(slopes, thick), flat(under, (120, 104, 90), Layer.PLANKS, _B, 2.0)]
    if plan.roof == "gable":
        gable = np.array([[x, -y, z], [x, y, z], [x, 0.0, z + rise], [x, 0.0, z + rise]])
        wall = np.stack([gable, place(gable, (0, 0, 0), np.pi)])
        roof.append(flat(wall, plan.paint, Layer.PLAIN, _B, 4.0))
        attic = [(x, 0, z + 0.36 * rise), (-x, 0, z + 0.36 * rise)]
        trim.append(boxes(attic, (0.04, 0.6, 0.6), 0.0, (226, 224, 220), _B))
        trim.append(boxes(attic, (0.06, 0.48, 0.48), 0.0, (74, 86, 98), _B))
    stack = (float(rng.uniform(-0.6, 0.6)) * (ridge_x or 1.0), float(rng.choice([-0.9, 0.9])), z + rise)
    roof.append(boxes(stack, (0.35, 0.3, 0.95), 0.0, (150, 92, 76), _B, layer=Layer.BRICK, tile_m=6.0))
    turn = np.pi / 2 if turned else 0.0
    return [_put(join(roof), (0, 0, 0), turn)], [_put(join(trim), (0, 0, 0), turn)]


def _edges(slopes: list[Array], thick: Array) -> Mesh:
    """The boards along a roof's lower edge and up its gable."""
    boards = [
        np.array([a, b, b + thick, a + thick]) for s in slopes for a, b in ((s[0], s[1]), (s[1], s[2]), (s[3], s[0]))
    ]
    return flat(np.array(boards), (216, 210, 200), Layer.PLAIN, Label.BUILDINGS, 4.0)


def _balconies(plan: HousePlan, rng: np.random.Generator) -> Mesh:
    """Slabs with railings above each other on one or two bays."""
    bays = round(plan.wide_m / _BAY_M)
    chosen = rng.permutation(bays)[: max(1, bays // 2)]
    at = [
        ((bay + 0.5) * _BAY_M - plan.wide_m / 2, -plan.deep_m / 2 - 0.6, floor * plan.floor_m + 0.25)
        for bay in chosen.tolist()
        for floor in range(1, plan.floors)
    ]
    slab = boxes(at, (1.3, 0.6, 0.09), 0.0, (190, 188, 182), _B, layer=Layer.CONCRETE)
    rail = boxes(np.array(at) + np.array([0.0, -0.57, 0.5]), (1.3, 0.03, 0.45), 0.0, (116, 128, 136), _B)
    return join([slab, rail])
