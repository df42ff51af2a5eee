"""Drive maps x weathers x directions with a network and print what it comes to, a line each:

python -m tests.bench.laps [--model M [CARD]] [--maps NAME ...] [--weathers PRESET ...] [--spawns N ...] [--km 2.2]
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from agent.backend import configure_tensorflow
from agent.carla_world import CarlaWorld
from agent.driver import ModelDriver
from agent.embedded import Address, embedded_simulator
from agent.errors import ModelError
from agent.model import SteeringModel, load_model
from agent.scenario import Scenario
from agent.speed import SpeedController
from agent.types import Frame
from agent.view import CameraMount
from scripts.model_flag import add_model_flag

WEATHERS = ("ClearNoon", "WetCloudySunset", "HardRainNoon")
WIDTH_PX, HEIGHT_PX = 400, 225  # halved it is the network's input: as sharp as one of a larger picture
LOST_M = 3.0
HEADER = f"{'map':<10}{'weather':<18}{'spawn':>5}{'km':>7}{'km/h':>6} | {'mean':>6}{'p95':>6}{'worst':>6} | " + (
    f"{'invasions':>9}{'crashes':>8}{'steer/step':>11}  ended"
)


@dataclass
class Score:
    """What a drive came to, or many: all that is counted by the tick."""

    offsets_m: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    speeds_mps: list[float] = field(default_factory=list)
    invasions: int = 0
    collisions: int = 0
    travelled_m: float = 0.0
    ended: str = "done"

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in list(vars(self))[:-1]))

    def line(self, *what: object) -> str:
        name, weather, spawn = (*map(str, what), "", "", "")[:3]
        worst, mean, p95 = (f(self.offsets_m) for f in (np.max, np.mean, lambda x: np.percentile(x, 95)))
        return (
            f"{name:<10}{weather:<18}{spawn:>5}{self.travelled_m / 1000:7.2f}{3.6 * np.mean(self.speeds_mps):6.1f} | "
            f"{mean:6.3f}{p95:6.2f}{worst:6.2f} | {self.invasions:9}{self.collisions:8}{np.mean(self.changes):11.4f}"
            f"  {self.ended}"
        )


def scenario_of(model: SteeringModel, weather: str, spawn: int) -> Scenario:
    """The camera that the model's card asks for."""
    camera = model.card.camera
    mount = CameraMount(x_m=camera.x_m, z_m=camera.z_m, pitch_deg=camera.pitch_deg, fov_deg=camera.fov_deg)
    return Scenario(weather=weather, spawn=spawn, width_px=WIDTH_PX, height_px=HEIGHT_PX, mount=mount)


def drive(
    frames: Iterable[Frame], world: CarlaWorld, driver: ModelDriver, distance_m: float, step_s: float = 0.05
) -> Score:
    """Drive a distance, or until the car hits something or is lost."""
    score, steer = Score(), 0.0
    for frame in frames:
        try:
            control = driver(frame)
        except ModelError as error:
            score.ended = str(error)
            break
        world.apply(control)
        telemetry = frame.telemetry
        score.offsets_m.append(abs(telemetry.lane_offset_m) if telemetry.lane_offset_m is not None else math.inf)
        score.changes.append(abs(control.steer - steer))
        score.speeds_mps.append(telemetry.speed_mps)
        score.invasions += bool(telemetry.invaded_lanes)
        score.collisions += telemetry.collision_ns > 0
        score.travelled_m += telemetry.speed_mps * step_s
        steer = control.steer
        if score.collisions or score.offsets_m[-1] > LOST_M:
            score.ended = "crashed" if score.collisions else "lost the lane"
            break
        if score.travelled_m >= distance_m:
            break
    return score


def drive_one(
    address: Address, model: SteeringModel, weather: str, spawn: int, *, distance_m: float, kmh: float
) -> Score:
    """One cell of the table."""
    with CarlaWorld(address.host, address.port, scenario_of(model, weather, spawn)) as world:
        return drive(world.frames(), world, ModelDriver(model, SpeedController(kmh / 3.6)), distance_m)


def each_map(maps: Iterable[str], simulators: int, work: Callable[[str, Address, int], Iterator[object]]) -> None:
    """Do the work of each map on so many simulators at once, one map after the other.

    Args:
        maps: names.
        simulators: at a time.
        work: of a map on the simulator of a number; its steps are of no interest.
    """
    for name in maps:

        def on_one(number: int, name: str = name) -> None:
            with embedded_simulator(name, 0) as address, closing(work(name, address(), number)) as steps:  # type: ignore[type-var]
                for _ in steps:
                    pass

        with ThreadPoolExecutor(simulators) as pool:
            list(pool.map(on_one, range(simulators)))


def parser() -> argparse.ArgumentParser:
    """The flags of all closed-loop benchmarks."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_model_flag(flags, "as of scripts.drive")
    flags.add_argument("--maps", nargs="+", default=["loop"])
    flags.add_argument("--weathers", nargs="+", default=WEATHERS)
    flags.add_argument("--spawns", type=int, nargs="+", default=[0, 1], help="one in each direction")
    flags.add_argument("--km", type=float, default=6.55, help="of each line; 6.55 is three laps of the loop")
    flags.add_argument("--kmh", type=float, default=35.0)
    flags.add_argument("--simulators", type=int, default=2)
    return flags


def main() -> None:
    """Print the table."""
    chosen = parser().parse_args()
    configure_tensorflow()
    model = load_model(chosen.model or "pilotnet", chosen.card)
    cells = list(itertools.product(chosen.weathers, chosen.spawns))
    scores: list[Score] = []
    print(HEADER, flush=True)

    def work(name: str, address: Address, number: int) -> Iterator[None]:
        for weather, spawn in cells[number :: chosen.simulators]:
            scores.append(drive_one(address, model, weather, spawn, distance_m=chosen.km * 1000, kmh=chosen.kmh))
            print(scores[-1].line(Path(name).stem, weather, spawn), flush=True)
            yield

    each_map(chosen.maps, chosen.simulators, work)
    print(sum(scores[1:], start=scores[0]).line("all"))


if __name__ == "__main__":
    main()
