"""Calls about the scenery: its objects and their boxes, hiding them, rays cast through it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Box, Label, Thing
from agent.simulator.poses import Vector, axes, outward
from agent.simulator.protocol.structs import StructError, integer, items, number, read_location, read_vector
from agent.simulator.protocol.wire import done, value
from agent.simulator.world.actors import Body
from agent.simulator.world.calls_world import Answer, Args
from agent.simulator.world.episode import Episode
from agent.simulator.world.simulation import Simulation

_ANY = 255
_MOST_HITS = 256
_LONGEST_M = 1e5
_BEYOND_M = 0.01  # a ray that goes on begins this far behind what it met


def _things(simulation: Simulation, raw: Any) -> list[Thing]:
    """The objects of a label a client sent; of all labels for CARLA's `Any`."""
    label = integer(raw)
    things = simulation.episode.town.things
    return [thing for thing in things if label in (thing.label, _ANY)]


def _box_tuple(box: Box) -> list[object]:
    """A BoundingBox in world axes."""
    half = [box.half_length_m, box.half_width_m, box.half_height_m]
    return [[box.x_m, box.y_m, box.z_m], half, [0.0, math.degrees(box.yaw_rad), 0.0], 0]


def _actor_box(body: Body) -> list[object]:
    """A body's box in world axes."""
    spec, pose = body.spec, body.pose
    half = (0.5 * spec.length_m, 0.5 * spec.width_m, 0.5 * spec.height_m)
    x, y, z = outward(axes(pose), (0.0, 0.0, half[2] - body.middle_m))
    turn = [math.degrees(angle) for angle in (pose.pitch_rad, pose.yaw_rad, pose.roll_rad)]
    return [[pose.x_m + x, pose.y_m + y, pose.z_m + z], list(half), turn, body.id]


def _boxes(simulation: Simulation, args: Args) -> object:
    label, bodies = integer(args[0]), simulation.episode.bodies()
    boxes = [_box_tuple(thing.box) for thing in _things(simulation, label)]
    return value(boxes + [_actor_box(body) for body in bodies if label in (body.spec.label, _ANY)])


def _objects(simulation: Simulation, args: Args) -> object:
    found = []
    for thing in _things(simulation, args[0]):
        box = _box_tuple(thing.box)
        place = [[thing.box.x_m, thing.box.y_m, thing.box.z_m - thing.box.half_height_m], box[2]]
        found.append([place, box, thing.number, thing.name, int(thing.label)])
    return value(found)


def _enable(simulation: Simulation, args: Args) -> object:
    numbers = frozenset(integer(raw) for raw in items(args[0]))
    simulation.episode.show(numbers, shown=bool(args[1]))
    return done()


def _names(simulation: Simulation, _: Args) -> object:
    return value([thing.name for thing in simulation.episode.town.things])


def _cast_ray(simulation: Simulation, args: Args) -> object:
    """Everything on the way from one place to another, near things first, each once."""
    start, end = read_location(args[0]), read_location(args[1])
    way = np.subtract(end, start)
    length_m = min(float(np.linalg.norm(way)), _LONGEST_M)
    if length_m < 1e-6:
        return value([])
    return value(_on_the_way(simulation.episode, start, way / np.linalg.norm(way), length_m, _MOST_HITS))


def _project(simulation: Simulation, args: Args) -> object:
    """The first thing in a direction, or nothing: CARLA's pair of a flag and a point."""
    start, direction, reach_m = read_location(args[0]), np.array(read_vector(args[1])), number(args[2])
    length = float(np.linalg.norm(direction))
    if length < 1e-9:
        raise StructError("the direction to project along has no length")
    met = _on_the_way(simulation.episode, start, direction / length, min(reach_m, _LONGEST_M), 1)
    return value([True, met[0]] if met else [False, [[0.0, 0.0, 0.0], int(Label.NONE)]])


def _on_the_way(
    episode: Episode, start: Vector, way: npt.NDArray[np.float64], length_m: float, most: int
) -> list[list[object]]:
    """LabelledPoint tuples of what a ray meets, each object once in a row."""
    looks = episode.looks()
    points: list[list[object]] = []
    gone_m, before = 0.0, (-1, -1, -1)
    for _ in range(4 * most):
        at = np.asarray(start) + gone_m * way
        hit = episode.town.rays.cast(at[None], way[None], length_m - gone_m, looks)
        if len(points) == most or not math.isfinite(hit.distance_m[0]):
            break
        met = (int(hit.label[0]), int(hit.thing[0]), int(hit.actor_id[0]))
        if met != before:
            points.append([(at + hit.distance_m[0] * way).tolist(), met[0]])
        gone_m, before = gone_m + float(hit.distance_m[0]) + _BEYOND_M, met
    return points


CALLS: Mapping[str, Answer] = {
    "get_all_level_BBs": _boxes,
    "get_environment_objects": _objects,
    "enable_environment_objects": _enable,
    "get_names_of_all_objects": _names,
    "cast_ray": _cast_ray,
    "project_point": _project,
}
