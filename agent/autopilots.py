"""CARLA's Traffic Manager: other cars, and our own car driven by it; speaks to carla's objects, imports none."""

from __future__ import annotations

import random
import socket
import time
from typing import Any

_SETTLING_S = 0.5  # a tick that comes while its thread still runs freely now and then blocks it for ever


class Autopilots:
    """Cars that drive by themselves, in step with the world; one Traffic Manager, on a port of its own.

    Args:
        client: a `carla.Client`.
        world: a `carla.World` that is ticked by us.
        seed: of who goes where.
    """

    def __init__(self, client: Any, world: Any, seed: int) -> None:
        self._world, self._seed = world, seed
        self._traffic = client.get_trafficmanager(_free_port())
        self._traffic.set_synchronous_mode(True)
        time.sleep(_SETTLING_S)
        self._traffic.set_random_device_seed(seed)
        self._port: int = self._traffic.get_port()
        self._driven: dict[int, Any] = {}
        self.cars: list[Any] = []

    def spawn(self, road_map: Any, count: int) -> None:
        """Put so many cars on spawn points that are free, and let them drive; fewer where there is no room."""
        chance = random.Random(self._seed)
        kinds = [each for each in self._world.get_blueprint_library().filter("vehicle.*") if _is_car(each)]
        points = road_map.get_spawn_points()
        chance.shuffle(points)
        for point in points:
            if len(self.cars) >= count:
                break
            car = self._world.try_spawn_actor(chance.choice(kinds), point)
            if car is not None:
                self.cars.append(car)
                self.drive(car)

    def drive(self, car: Any, speed_mps: float | None = None) -> None:
        """Hand a car over to the Traffic Manager, at a speed if one is given."""
        car.set_autopilot(True, self._port)
        self._driven[car.id] = car
        if speed_mps is not None:
            self._traffic.set_desired_speed(car, 3.6 * speed_mps)

    def release(self, car: Any) -> None:
        """Take a car back."""
        car.set_autopilot(False, self._port)

    def close(self) -> None:
        """Take all cars back and let the Traffic Manager run by itself again; the cars are the world's to destroy."""
        for car in self._driven.values():
            self.release(car)
        self._traffic.set_synchronous_mode(False)


def _is_car(blueprint: Any) -> bool:
    return not blueprint.has_attribute("base_type") or bool(blueprint.get_attribute("base_type").as_str() == "car")


def _free_port() -> int:
    """A port nobody listens on now; the Traffic Manager's usual one may be another client's."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
