"""CPU time of the renderer alone, against another checkout: `python -m tests.bench.rendering [--against FOLDER]`.

Fixed views on `loop`; both checkouts render in turn, each in a process of its own, so a noisy neighbour hits both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SIZES = ((640, 360), (1280, 720), (800, 600))
WEATHERS = ("ClearNoon", "HardRainNoon", "ClearNight")
_CHILD = r"""
import json, sys, time
sys.path.insert(0, ".")
from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import build_scene
from agent.simulator.nouns import ActorLook, Pose, View
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.world.weathers import WEATHERS
network = parse_road_network(open("configs/maps/loop.xodr", encoding="utf-8").read(), "loop")
renderer = Renderer(build_scene(network, 1))
spawns = network.spawn_points[:: max(1, len(network.spawn_points) // 24)][:24]
poses = [Pose(p.x_m, p.y_m, p.z_m + 1.4, 0.0, p.yaw_rad, 0.0) for p in spawns]
kinds = ("vehicle.audi.tt", "vehicle.tesla.model3", "vehicle.mercedes.sprinter", "vehicle.nissan.micra")
cars = [
    ActorLook(n, kinds[n % 4], Pose(p.x_m, p.y_m, p.z_m, 0.0, p.yaw_rad, 0.0), (90, 20 * n % 255, 60))
    for n, p in enumerate(network.spawn_points[1::6][:12])
]
for line in sys.stdin:
    width, height, weather, labels = json.loads(line)
    start_cpu, start = time.process_time(), time.perf_counter()
    for number, pose in enumerate(poses):
        renderer.render(View(pose, 90.0, width, height), WEATHERS[weather], cars, labels=labels, frame=number)
    cpu, wall = time.process_time() - start_cpu, time.perf_counter() - start
    print(json.dumps([1e3 * cpu / len(poses), 1e3 * wall / len(poses)]), flush=True)
"""


class Checkout:
    """A renderer of one checkout, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-c", _CHILD], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def milliseconds(self, size: tuple[int, int], weather: str, *, labels: bool) -> tuple[float, float]:
        """CPU and wall time of a frame, mean over all views."""
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(json.dumps([*size, weather, labels]) + "\n")
        self._child.stdin.flush()
        cpu, wall = json.loads(self._child.stdout.readline())
        return cpu, wall

    def close(self) -> None:
        self._child.communicate()


def medians(
    checkouts: list[Checkout], size: tuple[int, int], weather: str, rounds: int
) -> list[tuple[float, float, float]]:
    """Of each checkout: CPU and wall time of a picture [ms], CPU time with labels over that without."""
    plain: list[list[tuple[float, float]]] = [[] for _ in checkouts]
    both: list[list[float]] = [[] for _ in checkouts]
    for _ in range(rounds):
        for number, checkout in enumerate(checkouts):
            plain[number].append(checkout.milliseconds(size, weather, labels=False))
            both[number].append(checkout.milliseconds(size, weather, labels=True)[0])
    return [
        (
            statistics.median(cpu for cpu, _ in first),
            statistics.median(wall for _, wall in first),
            statistics.median(two / one for (one, _), two in zip(first, second, strict=True)),
        )
        for first, second in zip(plain, both, strict=True)
    ]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--against", type=Path, help="folder of another checkout")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="640x360 at noon only")
    chosen = parser.parse_args(arguments)
    checkouts = [Checkout(folder) for folder in (ROOT, chosen.against) if folder]
    for weather in WEATHERS[:1] if chosen.quick else WEATHERS:
        for size in SIZES[:1] if chosen.quick else SIZES:
            for checkout in checkouts:
                checkout.milliseconds(size, weather, labels=True)  # compiles what is needed
            ours, *other = medians(checkouts, size, weather, chosen.rounds)
            compared = f", {ours[0] / other[0][0]:.2f} of the other's {other[0][0]:.1f} ms" if other else ""
            print(
                f"{weather} {size[0]}x{size[1]}: {ours[0]:.1f} ms of CPU a picture{compared}; "
                f"{1e3 / ours[1]:.0f} pictures/s; with labels {ours[2]:.2f}x",
                flush=True,
            )
    for checkout in checkouts:
        checkout.close()


if __name__ == "__main__":
    main()
