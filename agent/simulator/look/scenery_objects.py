"""What the map itself puts beside its roads: guard rails, walls, fences, hedges, lamps, houses, trees."""

from __future__ import annotations

import math

import numpy as np

from agent.simulator.look.meshes import boxes
from agent.simulator.look.meshes_houses import HousePlan, draw_plan
from agent.simulator.look.meshes_street import concrete_wall, fence, guard_rail, hedge, line_obstacles, stone_wall
from agent.simulator.look.scenery import Scenery
from agent.simulator.look.scenery_plants import TREES, Nursery
from agent.simulator.look.scenery_town import put_house, put_lamp
from agent.simulator.nouns import Box, Label
from agent.simulator.roads.road_objects import RoadObject


def build_objects(scenery: Scenery, objects: tuple[RoadObject, ...], nursery: Nursery) -> None:
    """Put up everything the map names; what it does not name is left to the dice."""
    for thing in objects:
        if len(thing.line) >= 2:
            _barrier(scenery, thing)
        elif thing.kind in ("house", "tree", "lamp", "pole"):
            _single(scenery, thing, nursery)


def _barrier(scenery: Scenery, thing: RoadObject) -> None:
    line = np.array(thing.line)
    tall, half = thing.height_m or 0.8, max(thing.width_m, 0.1) / 2
    if thing.kind == "guardRail":
        tall = max(tall, 0.78)
        half = 0.1
        scenery.small.append(guard_rail(line))
        label = Label.GUARD_RAIL
    elif thing.kind == "fence":
        scenery.small.append(fence(line, (140, 144, 148), tall))
        half = 0.08
        label = Label.FENCES
    elif thing.kind == "hedge":
        scenery.small.append(hedge(line, tall, 2 * half))
        label = Label.VEGETATION
    elif thing.kind == "stoneWall":
        scenery.solid.append(stone_wall(line, tall, 2 * half))
        label = Label.WALLS
    else:
        scenery.solid.append(concrete_wall(line, tall, 2 * half))
        label = Label.WALLS
    scenery.obstacles += line_obstacles(line, half, tall, label)
    for x, y in line[:, :2].tolist():
        scenery.site.take(x, y, 0.0, (half + 1.0, half + 1.0))


def _single(scenery: Scenery, thing: RoadObject, nursery: Nursery) -> None:
    at, rng = thing.pose, scenery.rng
    half = (max(thing.length_m, 0.3) / 2, max(thing.width_m, 0.3) / 2)
    scenery.site.take(at.x_m, at.y_m, at.yaw_rad, half)
    if thing.kind == "house":
        put_house(scenery, _sized(draw_plan(rng, dense=thing.height_m > 9.0), thing), at.x_m, at.y_m, at.yaw_rad)
    elif thing.kind == "tree":
        species = TREES[int(rng.integers(len(TREES)))]
        variant = int(rng.integers(len(nursery.plants[species])))
        size = (thing.height_m or 8.0) / nursery.plants[species][variant].height_m
        nursery.put(scenery, species, variant, (at.x_m, at.y_m, at.z_m), size)
    elif thing.kind == "lamp":
        put_lamp(scenery, at.x_m, at.y_m, at.yaw_rad)
    else:
        tall = (thing.height_m or 3.0) / 2
        center = (at.x_m, at.y_m, at.z_m + tall)
        scenery.small.append(boxes(center, (0.08, 0.08, tall), at.yaw_rad, (130, 132, 136), Label.POLES))
        scenery.obstacles.append(Box(*center, at.yaw_rad, 0.08, 0.08, tall, Label.POLES))


def _sized(plan: HousePlan, thing: RoadObject) -> HousePlan:
    """The plan with the map's sizes, where it states them."""
    floors = max(1, math.floor((thing.height_m or plan.wall_m) / 3.0))
    wide, deep = thing.length_m or plan.wide_m, thing.width_m or plan.deep_m
    return HousePlan(
        wide, deep, floors, plan.floor_m, plan.facade, plan.shop, plan.roof, plan.along, plan.paint, plan.roof_paint,
        plan.door_paint, plan.number,
    )  # fmt: skip
