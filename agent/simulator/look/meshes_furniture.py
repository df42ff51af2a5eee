"""Street furniture in its own frame: x along the road, -y towards it, z up from the ground [m]."""

from __future__ import annotations

from agent.simulator.look.meshes import Mesh, boxes, column, join
from agent.simulator.look.textures_walls import Layer
from agent.simulator.nouns import Label

_S = Label.STATIC
_WOOD, _IRON, _STONE = (150, 112, 78), (66, 70, 74), (172, 168, 160)


def bench() -> Mesh:
    """Slats on two iron feet, looking at the road."""
    slats = [boxes((0, y, 0.45), (0.85, 0.055, 0.025), 0.0, _WOOD, _S, layer=Layer.PLANKS) for y in (-0.15, 0.0, 0.15)]
    back = [boxes((0, 0.24, z), (0.85, 0.025, 0.06), 0.0, _WOOD, _S, layer=Layer.PLANKS) for z in (0.64, 0.82)]
    feet = boxes([(-0.65, 0.03, 0.2), (0.65, 0.03, 0.2)], (0.04, 0.22, 0.24), 0.0, _IRON, _S)
    return join([*slats, *back, feet])


def bin_() -> Mesh:
    """A litter bin on a post."""
    body = column((0, 0, 0.28), (0, 0, 0.92), (0.19, 0.22), (58, 92, 66), _S, sides=8)
    lid = boxes((0, 0, 0.95), (0.2, 0.2, 0.035), 0.0, _IRON, _S)
    return join([body, lid, boxes((0, 0.2, 0.5), (0.04, 0.04, 0.55), 0.0, _IRON, _S)])


def post_box() -> Mesh:
    """Yellow, on a stem."""
    stem = boxes((0, 0, 0.45), (0.06, 0.06, 0.5), 0.0, _IRON, _S)
    body = boxes((0, 0, 1.2), (0.24, 0.18, 0.34), 0.0, (226, 178, 40), _S)
    slot = boxes((0, -0.185, 1.36), (0.17, 0.012, 0.03), 0.0, (40, 40, 42), _S)
    return join([stem, body, slot, boxes((0, 0, 1.56), (0.26, 0.2, 0.03), 0.0, (196, 150, 34), _S)])


def hydrant() -> Mesh:
    """A red hydrant with two outlets."""
    body = column((0, 0, -0.1), (0, 0, 0.62), (0.13, 0.11), (186, 46, 38), _S, sides=7)
    cap = column((0, 0, 0.62), (0, 0, 0.78), (0.14, 0.03), (170, 40, 34), _S, sides=7)
    return join([body, cap, boxes((0, 0, 0.46), (0.2, 0.06, 0.06), 0.0, (196, 190, 184), _S)])


def planter() -> Mesh:
    """A stone trough with a clipped bush."""
    trough = boxes((0, 0, 0.22), (0.7, 0.3, 0.26), 0.0, _STONE, _S, layer=Layer.CONCRETE)
    green = boxes((0, 0, 0.66), (0.6, 0.24, 0.2), 0.0, (96, 124, 58), _S, layer=Layer.LEAVES, tile_m=1.2)
    return join([trough, green])


def shelter() -> Mesh:
    """A bus stop: glass back and one side under a roof, a bench, a lit poster."""
    posts = boxes(
        [(-1.7, -0.6, 1.2), (1.7, -0.6, 1.2), (-1.7, 0.6, 1.2), (1.7, 0.6, 1.2)], (0.04, 0.04, 1.25), 0.0, _IRON, _S
    )
    pane = (104, 122, 130)
    glass = [
        boxes([(-0.85, 0.6, 1.25), (0.85, 0.6, 1.25)], (0.8, 0.015, 0.95), 0.0, pane, _S),
        boxes((-1.7, 0.0, 1.25), (0.015, 0.55, 0.95), 0.0, pane, _S),
    ]
    roof = boxes((0, 0, 2.5), (1.85, 0.85, 0.07), 0.0, (92, 98, 102), _S)
    seat = boxes((-0.3, 0.35, 0.45), (1.0, 0.18, 0.03), 0.0, _WOOD, _S, layer=Layer.PLANKS)
    frame = boxes((1.7, 0.0, 1.25), (0.07, 0.5, 0.95), 0.0, _IRON, _S)
    poster = boxes((1.7, 0.0, 1.3), (0.085, 0.42, 0.8), 0.0, (196, 206, 214), _S, glow=90)
    return join([posts, *glass, roof, seat, frame, poster])


def advertising_column() -> Mesh:
    """A round column with bills and a cap."""
    body = column((0, 0, -0.1), (0, 0, 2.6), (0.55, 0.55), (206, 200, 186), _S, sides=10)
    base = column((0, 0, -0.1), (0, 0, 0.35), (0.62, 0.6), _STONE, _S, sides=10, layer=Layer.CONCRETE)
    cap = column((0, 0, 2.6), (0, 0, 3.05), (0.68, 0.1), (74, 96, 84), _S, sides=10)
    paints = ((190, 70, 56), (66, 110, 160), (226, 190, 70))
    bills = [
        column((0, 0, 0.75 + 0.6 * k), (0, 0, 1.3 + 0.6 * k), (0.565, 0.565), paint, _S, sides=10)
        for k, paint in enumerate(paints)
    ]
    return join([body, base, cap, *bills])
