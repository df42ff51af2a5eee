"""Walkers: grown-ups and children in clothes that differ, legs and arms that swing about hips and shoulders."""

from __future__ import annotations

import re

import numpy as np

from agent.simulator.look.car_parts import Array, Finish, Point, Soup, ball, box, soup, tube

LEFT, RIGHT = 3, 4  # parts of `car.glsl`: left leg and right arm, right leg and left arm
_GROWN_M, _CHILD_M = 1.75, 1.25
_CHILDREN = range(9, 15)  # of CARLA's walker.pedestrian.NNNN
_HIP_M, _SHOULDER_M = 0.88, 1.42

Paint = tuple[int, int, int]
_JACKETS: tuple[Paint, ...] = (
    (150, 44, 40),
    (40, 72, 118),
    (62, 98, 66),
    (196, 160, 70),
    (74, 70, 78),
    (206, 204, 196),
    (116, 64, 110),
    (44, 110, 120),
)
_TROUSERS: tuple[Paint, ...] = ((52, 60, 84), (48, 46, 46), (124, 108, 84), (84, 88, 92), (66, 50, 42))
_SKINS: tuple[Paint, ...] = ((214, 170, 142), (176, 128, 98), (110, 76, 58), (228, 188, 164))
_HAIRS: tuple[Paint, ...] = ((52, 40, 34), (120, 88, 56), (34, 32, 34), (150, 148, 144), (146, 76, 44))


def walker_height_m(blueprint: str) -> float:
    """How tall a walker of a CARLA blueprint is."""
    return _CHILD_M if _number(blueprint) in _CHILDREN else _GROWN_M


def walker(blueprint: str) -> list[Soup]:
    """A person that looks along x, feet on the ground."""
    dice = np.random.default_rng(_number(blueprint))
    jacket, trousers, skin, hair = (
        table[int(dice.integers(len(table)))] for table in (_JACKETS, _TROUSERS, _SKINS, _HAIRS)
    )
    skirt, long_hair = dice.random() < 0.25, dice.random() < 0.45
    parts = [
        _worn(_torso(), jacket),
        _worn(tube((0, 0, 1.42), (0.01, 0, 1.54), 0.055), skin),
        _worn(ball((0.02, 0, 1.62), (0.1, 0.083, 0.125)), skin),
        _worn(ball((-0.018, 0, 1.66), (0.102, 0.094, 0.1)), hair),
        *_leg(trousers if not skirt else skin, 1.0),
        *_leg(trousers if not skirt else skin, -1.0),
        *_arm(jacket, skin, 1.0),
        *_arm(jacket, skin, -1.0),
    ]
    if skirt:
        parts.append(_worn(_cone(0.26, 0.2, 0.52, 0.98), trousers))
    if long_hair:
        parts.append(_worn(ball((-0.07, 0, 1.54), (0.05, 0.09, 0.15)), hair))
    for part in parts:
        for name in ("position", "pivot"):
            part[name] *= walker_height_m(blueprint) / _GROWN_M
    return parts


def _number(blueprint: str) -> int:
    found = re.search(r"(\d+)$", blueprint)
    return int(found.group(1)) if found else 1


def _worn(triangles: Array, paint: Paint, part: int = 0, pivot: Point = (0.0, 0.0, 0.0)) -> Soup:
    made = soup(triangles, Finish.CLOTH, smooth=True)
    made["paint"][:, :3] = paint
    made["kind"][:, 0] = part
    made["pivot"] = pivot
    return made


def _torso() -> Array:
    """Hips, waist, chest, shoulders, as a tube of changing girth."""
    rings = (
        (0.84, 0.13, 0.17),
        (0.98, 0.12, 0.165),
        (1.1, 0.115, 0.15),
        (1.28, 0.13, 0.185),
        (1.4, 0.11, 0.2),
        (1.47, 0.06, 0.09),
    )
    return _stacked([(z, deep, wide) for z, deep, wide in rings])


def _cone(low: float, high: float, foot: float, top: float) -> Array:
    return _stacked([(foot, 0.8 * low, low), (top, 0.75 * high, high)])


def _stacked(rings: list[tuple[float, float, float]], sides: int = 10) -> Array:
    """A skin over ellipses at heights: (z, half depth, half width) from below."""
    turn = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    grid = np.array([np.stack([d * np.cos(turn), w * np.sin(turn), 0 * turn + z], axis=1) for z, d, w in rings])
    low, high = grid[:-1], grid[1:]
    first = np.stack([low[:, :-1], low[:, 1:], high[:, 1:]], axis=2)
    second = np.stack([low[:, :-1], high[:, 1:], high[:, :-1]], axis=2)
    return np.concatenate([first.reshape(-1, 3, 3), second.reshape(-1, 3, 3)])


def _leg(paint: Paint, side: float) -> list[Soup]:
    y, part = 0.09 * side, RIGHT if side > 0 else LEFT
    pivot = (0.0, y, _HIP_M)
    limb = np.concatenate([tube((0, y, 0.9), (0.03, y, 0.48), 0.082), tube((0.03, y, 0.5), (0, y, 0.07), 0.058)])
    shoe = box((0.06, y, 0.045), (0.13, 0.048, 0.045), taper=0.8)
    return [_worn(limb, paint, part, pivot), _worn(shoe, (42, 38, 36), part, pivot)]


def _arm(sleeve: Paint, skin: Paint, side: float) -> list[Soup]:
    y, part = 0.23 * side, LEFT if side > 0 else RIGHT
    pivot = (0.0, y, _SHOULDER_M)
    shoulder = ball((0, 0.92 * y, 1.39), (0.075, 0.07, 0.075))
    upper = tube((0, y, 1.39), (-0.02, 1.1 * y, 1.13), 0.055)
    lower = tube((-0.02, 1.1 * y, 1.14), (0.05, 1.12 * y, 0.9), 0.045)
    hand = ball((0.06, 1.12 * y, 0.84), (0.045, 0.03, 0.065))
    return [_worn(np.concatenate([shoulder, upper, lower]), sleeve, part, pivot), _worn(hand, skin, part, pivot)]
