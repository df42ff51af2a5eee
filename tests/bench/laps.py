"""Laps of the built-in map in both directions: `python -m tests.bench.laps [--model M] [--laps 3] [WEATHER ...]`.

Prints one line per weather and direction: distance, worst and mean lane offset, lane invasions, collisions.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from agent.backend import configure_tensorflow
from agent.carla_world import CarlaWorld
from agent.driver import ModelDriver
from agent.embedded import Address, embedded_simulator
from agent.model import SteeringModel, load_model
from agent.scenario import Scenario
from agent.speed import SpeedController
from agent.view import CameraMount

LAP_M = 2181.0
WEATHERS = ("ClearNoon", "WetCloudySunset", "HardRainNoon")


@dataclass
class Score:
    """What one drive came to."""

    name: str
    distance_m: float
    worst_m: float
    mean_m: float
    invasions: int
    collisions: int
    mean_kmh: float
    jerk: float

    def __str__(self) -> str:
        return (
            f"{self.name:<34} {self.distance_m / 1000:5.2f} km at {self.mean_kmh:.1f} km/h, "
            f"offset mean {self.mean_m:.3f} worst {self.worst_m:.3f} m, "
            f"{self.invasions} invasions, {self.collisions} collisions, steering change {self.jerk:.4f} a step"
        )


def drive(address: Address, model: SteeringModel, weather: str, spawn: int, distance_m: float) -> Score:
    """Drive a distance, or until the car hits something."""
    camera = model.card.camera
    scenario = Scenario(
        weather=weather,
        spawn=spawn,
        width_px=640,
        height_px=360,
        mount=CameraMount(x_m=camera.x_m, z_m=camera.z_m, pitch_deg=camera.pitch_deg, fov_deg=camera.fov_deg),
    )
    driver = ModelDriver(model, SpeedController(35 / 3.6))
    offsets, steers, speeds, travelled_m, invasions, collisions = [], [], [], 0.0, 0, 0
    with CarlaWorld(address.host, address.port, scenario) as world:
        for frame in world.frames():
            control = driver(frame)
            world.apply(control)
            offset = frame.telemetry.lane_offset_m
            offsets.append(abs(offset) if offset is not None else math.inf)
            steers.append(control.steer)
            speeds.append(frame.telemetry.speed_mps)
            invasions += bool(frame.telemetry.invaded_lanes)
            collisions += frame.telemetry.collision_ns > 0
            travelled_m += frame.telemetry.speed_mps * scenario.step_s
            if travelled_m >= distance_m or collisions or offsets[-1] > 5:
                break
    return Score(
        name=f"{weather}, spawn {spawn}",
        distance_m=travelled_m,
        worst_m=max(offsets),
        mean_m=statistics.fmean(offsets),
        invasions=invasions,
        collisions=collisions,
        mean_kmh=3.6 * statistics.fmean(speeds[100:] or speeds),
        jerk=statistics.fmean(abs(b - a) for a, b in itertools.pairwise(steers)),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="pilotnet")
    parser.add_argument("--laps", type=float, default=3.0)
    parser.add_argument("--spawns", type=int, nargs="+", default=[0, 1], help="one in each direction")
    parser.add_argument("weathers", nargs="*", default=WEATHERS)
    arguments = parser.parse_args()
    configure_tensorflow()
    model = load_model(arguments.model)

    def all_weathers(spawn: int) -> None:
        with embedded_simulator("loop", 0) as address:
            for weather in arguments.weathers:
                print(drive(address(), model, weather, spawn, arguments.laps * LAP_M), flush=True)

    with ThreadPoolExecutor(len(arguments.spawns)) as pool:
        list(pool.map(all_weathers, arguments.spawns))


if __name__ == "__main__":
    main()
