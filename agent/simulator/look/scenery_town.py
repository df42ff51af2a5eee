"""The town: rows of houses that face the road, lamps, hedges and fences, trees in the gardens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agent.simulator.look.meshes import Array
from agent.simulator.look.meshes_houses import HousePlan, draw_plan, house_meshes
from agent.simulator.look.meshes_street import fence, hedge, lamp, lamp_obstacle, line_obstacles
from agent.simulator.look.scenery import Scenery, Stretch
from agent.simulator.look.scenery_plants import TREES, Nursery
from agent.simulator.look.things import stamped
from agent.simulator.nouns import Box, Label, Lamp

_LAMP_SPACING_M = 27.0
_LAMP_OUT_M = 0.45


def build_lamps(scenery: Scenery, stretch: Stretch) -> None:
    """Lamps on one side after the other, just beyond the sidewalk."""
    offset = 6.0 if stretch.side < 0 else 6.0 + _LAMP_SPACING_M
    for s in np.arange(stretch.start_m + offset, stretch.end_m - 4.0, 2 * _LAMP_SPACING_M).tolist():
        x, y, _, yaw = stretch.place(s, _LAMP_OUT_M)
        if scenery.site.claim(x, y, yaw, (0.16, 0.16), 0.0, gap_m=0.3):
            put_lamp(scenery, x, y, yaw - np.pi / 2)


def put_lamp(scenery: Scenery, x: float, y: float, towards: float) -> None:
    """One lamp whose arm reaches along `towards`."""
    z = scenery.ground(x, y)
    mesh, number = lamp(x, y, z, towards), scenery.next_number()
    stamped(number, mesh)
    scenery.small.append(mesh)
    scenery.obstacles.append(replace(lamp_obstacle(x, y, z), thing=number))
    scenery.lamps.append(Lamp(number, x + 2.2 * np.cos(towards), y + 2.2 * np.sin(towards), z + 7.3))


def build_houses(scenery: Scenery, stretch: Stretch) -> None:
    """One house after the other along the stretch; the middle of a long town is denser."""
    rng = scenery.rng
    s = stretch.start_m + rng.uniform(2.0, 8.0)
    while s < stretch.end_m - 6.0:
        middle = 1.0 - abs(2.0 * (s - stretch.start_m) / stretch.length_m - 1.0)
        plan = draw_plan(rng, dense=bool(rng.random() < 1.3 * middle - 0.25))
        setback = float(rng.uniform(1.2, 2.6) if plan.floors > 2 else rng.uniform(4.0, 7.5))
        if s + plan.wide_m > stretch.end_m + 4.0:
            break
        if _house(scenery, stretch, plan, s + plan.wide_m / 2, setback):
            if plan.floors <= 2:
                _front(scenery, stretch, s, s + plan.wide_m)
            s += plan.wide_m + rng.uniform(1.7, 3.0 if plan.floors > 2 else 6.0)
        else:
            s += 3.0


def _house(scenery: Scenery, stretch: Stretch, plan: HousePlan, s: float, setback: float) -> bool:
    x, y, _, yaw = stretch.place(s, setback + plan.deep_m / 2)
    half = (plan.wide_m / 2, plan.deep_m / 2)
    if not scenery.site.claim(x, y, yaw, (half[0] + 0.6, half[1] + 0.6), 0.9, gap_m=0.8):
        return False
    put_house(scenery, plan, x, y, yaw)
    return True


def put_house(scenery: Scenery, plan: HousePlan, x: float, y: float, yaw: float) -> None:
    """One house and its obstacle, its floor at the height of the ground."""
    z = scenery.ground(x, y)
    body, detail = house_meshes(plan, (x, y, z), yaw, scenery.rng)
    stamped(scenery.next_number(), body, detail)
    scenery.solid.append(body)
    scenery.small.append(detail)
    half, tall = (plan.wide_m / 2, plan.deep_m / 2), plan.wall_m / 2
    scenery.obstacles.append(Box(x, y, z + tall, yaw, *half, tall, Label.BUILDINGS))


def _front(scenery: Scenery, stretch: Stretch, start: float, end: float) -> None:
    """A hedge or a fence along the sidewalk, open for the gate."""
    rng = scenery.rng
    dice = rng.random()
    if dice > 0.85:
        return
    gate = rng.uniform(start + 2.0, end - 3.0)
    white = bool(rng.random() < 0.5)
    for low, high in ((start - 1.0, gate), (gate + 1.8, end + 1.0)):
        s = np.linspace(low, high, max(2, int((high - low) / 2.0) + 1))
        if low < stretch.start_m or high > stretch.end_m or high - low < 1.5:
            continue
        line = stretch.line(np.asarray(s, np.float64), 1.25)
        if not _line_is_free(scenery, line, 0.5):
            continue
        line[:, 2] = scenery.site.terrain.height(line[:, 0], line[:, 1])
        if dice < 0.5:
            scenery.small.append(hedge(line, float(rng.uniform(0.8, 1.4))))
            scenery.obstacles += line_obstacles(line, 0.4, 1.0, Label.VEGETATION)
        else:
            scenery.small.append(fence(line, (222, 220, 214) if white else (124, 96, 70)))
            scenery.obstacles += line_obstacles(line, 0.08, 1.1, Label.FENCES)
        _take_line(scenery, line, 0.5)


def _line_is_free(scenery: Scenery, line: Array, half_m: float) -> bool:
    site = scenery.site
    return all(site.is_free(x, y, 0.0, (half_m, half_m), 0.0) for x, y in line[:, :2].tolist())


def _take_line(scenery: Scenery, line: Array, half_m: float) -> None:
    for x, y in line[:, :2].tolist():
        scenery.site.take(x, y, 0.0, (half_m * 2, half_m * 2))


def plant_gardens(scenery: Scenery, stretch: Stretch, nursery: Nursery) -> None:
    """Trees and bushes between and behind the houses."""
    rng = scenery.rng
    for _ in range(int(stretch.length_m * 0.16)):
        s, out = rng.uniform(stretch.start_m, stretch.end_m), rng.uniform(3.0, 30.0)
        x, y, _, _ = stretch.place(float(s), float(out))
        species = TREES[int(rng.integers(len(TREES)))]
        nursery.plant(scenery, species, x, y, size=float(rng.uniform(0.55, 0.95)))
    for _ in range(int(stretch.length_m * 0.12)):
        x, y, _, _ = stretch.place(float(rng.uniform(stretch.start_m, stretch.end_m)), float(rng.uniform(2.2, 16.0)))
        nursery.plant(scenery, "bush", x, y, size=float(rng.uniform(0.5, 0.9)))
