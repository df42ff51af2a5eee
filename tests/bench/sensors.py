"""What sensors cost the server, through the real client: `python -m tests.bench.sensors [--map NAME]`.

Every set of sensors in turn on a driving car, several rounds; processor time of the server a tick, as a busy machine
disturbs it less than the clock.
"""

from __future__ import annotations

import argparse
import queue
import statistics
from collections.abc import Sequence
from typing import Any

import carla

from tests.bench.server import STEP_S, Meter, town

_TICKS = 40
_SIZE = {"image_size_x": "640", "image_size_y": "360"}
_LIDAR = {"channels": "32", "points_per_second": "100000", "rotation_frequency": "20", "range": "80"}
_SETS = {
    "nothing": (),
    "rgb": ("camera.rgb",),
    "rgb + labels": ("camera.rgb", "camera.semantic_segmentation"),
    "rgb + labels + instances + depth": (
        "camera.rgb", "camera.semantic_segmentation", "camera.instance_segmentation", "camera.depth",
    ),
    "labels alone": ("camera.semantic_segmentation",),
    "depth alone": ("camera.depth",),
    "lidar": ("lidar.ray_cast",),
    "semantic lidar": ("lidar.ray_cast_semantic",),
    "radar": ("other.radar",),
}  # fmt: skip


def listen(world: Any, car: Any, kinds: Sequence[str]) -> list[tuple[Any, queue.Queue]]:
    """Sensors on the car and what they measure."""
    listening = []
    for kind in kinds:
        blueprint = world.get_blueprint_library().find(f"sensor.{kind}")
        for name, chosen in (_SIZE if kind.startswith("camera") else _LIDAR).items():
            if blueprint.has_attribute(name):
                blueprint.set_attribute(name, chosen)
        sensor = world.spawn_actor(blueprint, carla.Transform(carla.Location(x=0.5, z=2.2)), attach_to=car)
        measured: queue.Queue = queue.Queue()
        sensor.listen(measured.put)
        listening.append((sensor, measured))
    return listening


def tick_ms(world: Any, meter: Meter, car: Any, kinds: Sequence[str]) -> tuple[float, float]:
    """(wall, server CPU) of a tick with these sensors."""
    listening = listen(world, car, kinds)

    def work(ticks: int) -> None:
        for _ in range(ticks):
            world.tick()
            for _, measured in listening:
                measured.get(timeout=60)

    work(2)
    wall_s, cpu_s = meter.measure(lambda: work(_TICKS))
    for sensor, _ in listening:
        sensor.stop()
        sensor.destroy()
    return 1e3 * wall_s / _TICKS, 1e3 * cpu_s / _TICKS


def main(argv: Sequence[str] | None = None, rounds: int = 3) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--map", default="loop")
    with town("--map", parser.parse_args(argv).map) as (world, meter):
        library, points = world.get_blueprint_library(), world.get_map().get_spawn_points()
        cars = [world.try_spawn_actor(library.find("vehicle.audi.tt"), point) for point in points[::3][:12]]
        world.tick()
        cars[0].apply_control(carla.VehicleControl(throttle=0.4))
        measured = [
            {name: tick_ms(world, meter, cars[0], kinds) for name, kinds in _SETS.items()} for _ in range(rounds)
        ]
    wall, cpu = ({name: statistics.median(one[name][k] for one in measured) for name in _SETS} for k in (0, 1))
    bare, rgb = cpu["nothing"], cpu["rgb"] - cpu["nothing"]
    for name in _SETS:
        print(f"{name}: {cpu[name]:.1f} ms of processor time a tick, {wall[name]:.1f} ms by the clock")
    print(f"rgb + labels / rgb: {(cpu['rgb + labels'] - bare) / rgb:.2f} (<= 1.2)")
    print(f"rgb + labels + instances + depth / rgb: {(cpu['rgb + labels + instances + depth'] - bare) / rgb:.2f}")
    print(f"labels alone / rgb: {(cpu['labels alone'] - bare) / rgb:.2f} (< 0.6)")
    share = (cpu["lidar"] - bare) / (1e3 * STEP_S)
    print(f"lidar, 32 channels, 100,000 points/s at 20 Hz: {share:.2f} of real time (< 0.5)")


if __name__ == "__main__":
    main()
