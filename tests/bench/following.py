"""A slower car ahead, which stops now and then: does ours keep its distance? `python -m tests.bench.following`

The car ahead follows the lane by the expert of the training, driven through a client of its own.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import carla

from agent.backend import configure_tensorflow
from agent.carla_world import CarlaWorld
from agent.driver import ModelDriver
from agent.embedded import embedded_simulator
from agent.lanes import lane_of_travel, path
from agent.model import load_model
from agent.readings import pose, speed_mps
from agent.speed import SpeedController
from agent.training.expert import POINTS, SPACING_M, Expert
from tests.bench.laps import parser, scenario_of

STEP_S, SECONDS = 0.05, 60.0


class SlowCar:
    """Drives at 18 km/h and stands for five seconds out of twenty."""

    def __init__(self, world: Any, spawn: int) -> None:
        self._map, points = world.get_map(), world.get_map().get_spawn_points()
        self.actor = world.spawn_actor(world.get_blueprint_library().find("vehicle.nissan.micra"), points[spawn])
        self._expert, self._pedals, self._time_s = Expert(), SpeedController(5.0), 0.0

    def drive(self) -> None:
        """One tick."""
        self._time_s += STEP_S
        here, speed = self.actor.get_transform(), speed_mps(self.actor.get_velocity())
        ahead = path(lane_of_travel(self._map, here), SPACING_M, POINTS)
        throttle, brake = self._pedals.pedals(speed, STEP_S)
        if self._time_s % 20.0 > 15.0:
            throttle, brake = 0.0, 1.0
        steer = self._expert.steer(pose(here), speed, ahead)
        self.actor.apply_control(carla.VehicleControl(throttle=throttle, brake=brake, steer=steer))


def main() -> None:
    """Print the smallest gap, the collisions and how far both came."""
    chosen = parser().parse_args()
    configure_tensorflow()
    model = load_model(chosen.model or "pilotnet", chosen.card)
    for name in chosen.maps:
        with embedded_simulator(name, 0) as address:
            there = address()
            client = carla.Client(there.host, there.port)
            client.set_timeout(20.0)
            for spawn in chosen.spawns:
                scenario = scenario_of(model, chosen.weathers[0], spawn)
                driver = ModelDriver(model, SpeedController(chosen.kmh / 3.6))
                gaps, collisions, travelled_m = [], 0, 0.0
                with CarlaWorld(there.host, there.port, scenario) as world:
                    onward = 1 if spawn % 2 else -1  # even spawn points go against the order of the road
                    slow = SlowCar(client.get_world(), (spawn + 2 * onward) % 100)
                    for frame in islice(world.frames(), round(SECONDS / STEP_S)):
                        world.apply(driver(frame))
                        slow.drive()
                        collisions += frame.telemetry.collision_ns > 0
                        travelled_m += frame.telemetry.speed_mps * STEP_S
                        gaps += [frame.telemetry.lead.gap_m] if frame.telemetry.lead else []
                    slow.actor.destroy()
                nearest_m = min(gaps, default=0.0)
                print(
                    f"{name}, spawn {spawn}: {travelled_m:.0f} m in {SECONDS:.0f} s behind a car that stops thrice, "
                    f"in sight {len(gaps) * STEP_S:.0f} s, nearest {nearest_m:.1f} m, {collisions} collisions",
                    flush=True,
                )


if __name__ == "__main__":
    main()
