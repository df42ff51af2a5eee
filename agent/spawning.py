"""Choosing the car, its spot and its camera from what a CARLA server offers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from agent.errors import ConfigError, SimulatorError
from agent.scenario import Scenario

FAR_M = 10.0
"""A place farther than this from every lane is none to start at."""
_ABOVE_M = 0.3
"""CARLA's own spawn points stand about so far above the road."""


def spawn_car(world: Any, road_map: Any, scenario: Scenario) -> Any:
    """Spawn the car on the wanted spot, or on the next free one.

    Args:
        world: a `carla.World`.
        road_map: its `carla.Map`.
        scenario: vehicle, role name, seed and spot.

    Returns:
        The `carla.Vehicle`.

    Raises:
        SimulatorError: the server has no vehicle.
        ConfigError: a role name that is not Unicode, the map has no spawn points, or there is no room.
    """
    library = world.get_blueprint_library()
    candidates = list(library.filter(scenario.vehicle)) or list(library.filter("vehicle.*"))
    if not candidates:
        raise SimulatorError("the server offers no vehicle: it has no blueprint vehicle.*")
    blueprint = candidates[0]
    try:
        blueprint.set_attribute("role_name", scenario.role_name)
    except UnicodeError:
        raise ConfigError(f"the role name {scenario.role_name!r} is no text: use letters and digits") from None
    points = road_map.get_spawn_points()
    if not points:
        raise ConfigError(f"map {road_map.name} has no spawn points: choose another map")
    for point in _starts(points, road_map, scenario):
        car = world.try_spawn_actor(blueprint, point)
        if car is not None:
            return car
    if scenario.place is not None:
        x, y, _ = scenario.place
        raise ConfigError(f"no room for the car at {x:g}, {y:g} of {road_map.name}: choose another place")
    raise ConfigError(
        f"all {len(points)} spawn points of {road_map.name} are taken: remove cars, or choose another map"
    )


def _starts(points: list[Any], road_map: Any, scenario: Scenario) -> Iterator[Any]:
    """Where the car may stand, the wanted spot first."""
    if scenario.place is not None:
        x, y, yaw_deg = scenario.place
        point = points[0]
        point.location.x, point.location.y = x, y
        lane = road_map.get_waypoint(point.location).transform
        if math.hypot(lane.location.x - x, lane.location.y - y) > FAR_M:
            raise ConfigError(f"no lane of {road_map.name} within {FAR_M:g} m of {x:g}, {y:g}: choose another place")
        point.location.z = lane.location.z + _ABOVE_M
        point.rotation = lane.rotation
        if yaw_deg is not None:
            point.rotation.yaw = yaw_deg
        yield _moved(point, scenario.offset_m, scenario.askew_deg)
        return
    first = scenario.spawn
    if first is None:
        first = random.Random(scenario.seed).randrange(len(points))
    for turn in range(len(points)):
        yield _moved(points[(first + turn) % len(points)], scenario.offset_m, scenario.askew_deg)


def _moved(point: Any, right_m: float, turn_deg: float) -> Any:
    """A spot to the right of a spot, turned to the right."""
    yaw_rad = math.radians(point.rotation.yaw)
    point.location.x -= right_m * math.sin(yaw_rad)
    point.location.y += right_m * math.cos(yaw_rad)
    point.rotation.yaw += turn_deg
    return point


def camera_blueprint(world: Any, kind: str, scenario: Scenario) -> Any:
    """The blueprint of a camera of the wanted size and field of view."""
    blueprint = world.get_blueprint_library().find(kind)
    for attribute, value in (
        ("image_size_x", scenario.width_px),
        ("image_size_y", scenario.height_px),
        ("fov", scenario.mount.fov_deg),
    ):
        blueprint.set_attribute(attribute, str(value))
    return blueprint
