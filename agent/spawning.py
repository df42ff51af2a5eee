"""Choosing the car, its spot and its camera from what a CARLA server offers."""

from __future__ import annotations

import random
from typing import Any

from agent.errors import ConfigError, SimulatorError
from agent.scenario import Scenario


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
        ConfigError: a role name that is not Unicode, the map has no spawn points, or all are taken.
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
    first = scenario.spawn
    if first is None:
        first = random.Random(scenario.seed).randrange(len(points))
    for turn in range(len(points)):
        car = world.try_spawn_actor(blueprint, points[(first + turn) % len(points)])
        if car is not None:
            return car
    raise ConfigError(
        f"all {len(points)} spawn points of {road_map.name} are taken: remove cars, or choose another map"
    )


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
