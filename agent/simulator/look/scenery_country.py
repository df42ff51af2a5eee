"""The country: trees alone and in rows, bushes, tufts on the verge, pasture fences, farms, the edges of woods."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.simulator.look.meshes_houses import draw_plan
from agent.simulator.look.meshes_street import fence, line_obstacles
from agent.simulator.look.meshes_trees import wood_edge
from agent.simulator.look.scenery import Scenery, Stretch
from agent.simulator.look.scenery_plants import TREES, Nursery, strew_tufts
from agent.simulator.look.scenery_town import put_house
from agent.simulator.nouns import Label

_PIECE_M = 60.0
_FULL_M = 9000.0  # sides of roads that are planted as densely as it goes


def country_density(sides: Sequence[Stretch]) -> float:
    """Plants a metre, against those of a short map: long ones must stay light."""
    return min(1.0, _FULL_M / max(sum(side.length_m for side in sides), 1.0))


def plant_country(scenery: Scenery, stretch: Stretch, nursery: Nursery, density: float) -> None:
    """Fill one side of a stretch, piece by piece, each with a character of its own."""
    rng = scenery.rng
    for start in np.arange(stretch.start_m, stretch.end_m, _PIECE_M).tolist():
        end = min(start + _PIECE_M, stretch.end_m)
        character = rng.choice(["avenue", "grove", "pasture", "open", "thicket"], p=[0.18, 0.27, 0.2, 0.15, 0.2])
        if character == "avenue":
            _avenue(scenery, stretch, nursery, start, end)
        elif character == "pasture":
            _pasture(scenery, stretch, start, end)
        elif rng.random() < 0.12:
            _farm(scenery, stretch, (start + end) / 2)
        trees, bushes = {"grove": (16, 6), "thicket": (7, 16), "open": (2, 1)}.get(str(character), (4, 4))
        share = density * (end - start) / _PIECE_M
        _scatter(scenery, stretch, nursery, (start, end), (round(trees * share), round(bushes * share)))
        _verge(scenery, stretch, nursery, (start, end), density)


def _tree(scenery: Scenery) -> str:
    """A species that grows there: conifers and birches in the hills, anything in the plain."""
    rng = scenery.rng
    if rng.random() < scenery.site.terrain.relief * 0.85:
        return str(rng.choice(["conifer", "birch", "broadleaf"], p=[0.68, 0.17, 0.15]))
    return TREES[int(rng.integers(len(TREES)))]


def _avenue(scenery: Scenery, stretch: Stretch, nursery: Nursery, start: float, end: float) -> None:
    """A row of one species at even distance."""
    species = _tree(scenery)
    for s in np.arange(start + 4.0, end, 11.0).tolist():
        x, y, _, _ = stretch.place(s, 4.6)
        nursery.plant(scenery, species, x, y, size=float(scenery.rng.uniform(0.8, 1.0)), clear_m=0.3)


def _pasture(scenery: Scenery, stretch: Stretch, start: float, end: float) -> None:
    line = stretch.line(np.asarray(np.arange(start, end + 0.1, 3.0), np.float64), 6.5)
    line[:, 2] = scenery.site.terrain.height(line[:, 0], line[:, 1])
    free = [scenery.site.is_free(x, y, 0.0, (1.6, 1.6), 1.0) for x, y in line[:, :2].tolist()]
    if len(line) < 3 or not all(free):
        return
    scenery.small.append(fence(line, (132, 106, 80)))
    scenery.obstacles += line_obstacles(line, 0.08, 1.1, Label.FENCES)
    for x, y in line[:, :2].tolist():
        scenery.site.take(x, y, 0.0, (1.0, 1.0))


def _farm(scenery: Scenery, stretch: Stretch, s: float) -> None:
    plan = draw_plan(scenery.rng, dense=False)
    x, y, _, yaw = stretch.place(s, float(scenery.rng.uniform(20.0, 40.0)))
    if scenery.site.claim(x, y, yaw, (plan.wide_m / 2 + 0.6, plan.deep_m / 2 + 0.6), 4.0, gap_m=2.0):
        put_house(scenery, plan, x, y, yaw)


def _scatter(
    scenery: Scenery, stretch: Stretch, nursery: Nursery, span: tuple[float, float], numbers: tuple[int, int]
) -> None:
    rng = scenery.rng
    favourite = _tree(scenery)
    for number, reach in ((numbers[0], 42.0), (numbers[1], 24.0)):
        for _ in range(number):
            out = 3.2 + reach * float(rng.random()) ** 1.5
            x, y, _, _ = stretch.place(float(rng.uniform(*span)), out)
            species = favourite if rng.random() < 0.6 else _tree(scenery)
            size = float(rng.uniform(0.65, 1.2))
            nursery.plant(scenery, species if reach > 30.0 else "bush", x, y, size=size)


def _verge(scenery: Scenery, stretch: Stretch, nursery: Nursery, span: tuple[float, float], density: float) -> None:
    rng = scenery.rng
    start, end = span
    number = int((end - start) * 0.9 * density)
    s = rng.uniform(start, end, number)
    out = 1.2 + 5.0 * rng.random(number) ** 1.6
    edge = stretch.edge(s) + stretch.side * out
    points = stretch.road.point(s, edge)
    strew_tufts(nursery, scenery.site, [(x, y) for x, y in points[:, :2].tolist()], rng)


def raise_woods(scenery: Scenery) -> None:
    """Edges of woods at some distance, drawn from afar: a broken ring behind the fields."""
    rng, terrain = scenery.rng, scenery.site.terrain
    wide, deep = terrain.size_m
    for ring, count in ((1.02, 26), (1.25, 22), (1.6, 18)):
        for turn in np.linspace(0, 2 * np.pi, count, endpoint=False):
            if rng.random() < 0.22:
                continue
            length, bend = rng.uniform(0.6, 1.15) * 2 * np.pi / count, rng.uniform(-0.08, 0.08)
            angle = turn + np.linspace(0.0, length, 9)
            radius = 0.5 * ring * (1.0 + bend * np.sin(np.linspace(0, 3.1, 9))) * rng.uniform(0.9, 1.08)
            x = terrain.x_m + wide / 2 + radius * wide * np.cos(angle)
            y = terrain.y_m + deep / 2 + radius * deep * np.sin(angle)
            if np.any(terrain.distance(x, y) < 45.0):
                continue
            line = np.stack([x, y, terrain.height(x, y)], axis=1)
            scenery.woods.append(wood_edge(line, rng.uniform(9.0, 16.0) * rng.uniform(0.85, 1.1, 9), rng))
