"""Starts beside the lane's centre and askew: does the network come back?

python -m tests.bench.recovery [--model M [CARD]] [--maps NAME ...] [--weathers PRESET ...] [--trials 40]
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from agent.backend import configure_tensorflow
from agent.carla_world import CarlaWorld
from agent.driver import ModelDriver
from agent.embedded import Address
from agent.model import SteeringModel, load_model
from agent.speed import SpeedController
from tests.bench.laps import each_map, parser, scenario_of

OFFSET_M, ASKEW_DEG = 1.0, 8.0
BACK_M = 0.4


def recovers(address: Address, model: SteeringModel, weather: str, spawn: int, *, kmh: float) -> tuple[bool, str]:
    """One trial: 1 m to one side, the nose turned 8 degrees out or back in; then within 0.4 m, and staying there.

    The car starts from rest and has 20 s.
    """
    side, turn = (1, -1)[spawn % 2], (1, -1)[spawn // 2 % 2]
    start = replace(scenario_of(model, weather, 7 * spawn), offset_m=side * OFFSET_M, askew_deg=turn * ASKEW_DEG)
    driver, worst_m, back_s = ModelDriver(model, SpeedController(kmh / 3.6)), 0.0, None
    with CarlaWorld(address.host, address.port, start) as world:
        for frame in itertools.islice(world.frames(), 400):
            world.apply(driver(frame))
            offset_m = abs(frame.telemetry.lane_offset_m or 0.0)
            worst_m = max(worst_m, offset_m)
            if frame.telemetry.collision_ns > 0 or offset_m > 2.5:
                return False, f"left the lane after {frame.time_s:.1f} s"
            if back_s is None and offset_m < BACK_M:
                back_s = frame.time_s
            if back_s is not None and frame.time_s > back_s + 3.0:
                if offset_m < BACK_M:
                    return True, f"back after {back_s:.1f} s, at most {worst_m:.2f} m off"
                back_s = None
    return False, f"never settled, at most {worst_m:.2f} m off"


def main() -> None:
    """Print a line for each trial and the share of recoveries."""
    flags = parser()
    flags.add_argument("--trials", type=int, default=40)
    chosen = flags.parse_args()
    configure_tensorflow()
    model = load_model(chosen.model or "pilotnet", chosen.card)
    cells = list(itertools.product(chosen.maps, chosen.weathers))
    came_back: list[bool] = []

    def work(name: str, address: Address, number: int) -> Iterator[None]:
        for trial in range(number, chosen.trials, chosen.simulators):
            where, weather = cells[trial % len(cells)]
            if where == name:
                good, words = recovers(address, model, weather, trial, kmh=chosen.kmh)
                came_back.append(good)
                print(f"{name:<10}{weather:<18}{trial:>3}: {words}", flush=True)
                yield

    each_map(chosen.maps, chosen.simulators, work)
    print(f"{sum(came_back)} of {len(came_back)} recovered: {sum(came_back) / max(len(came_back), 1):.0%} (>= 95 %)")


if __name__ == "__main__":
    main()
