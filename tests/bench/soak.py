"""Simulated hours at full speed: `python -m tests.bench.soak [--hours 24] [--most-minutes 25]`.

A car circles under constant velocity with an IMU on it, another comes and goes, and now and then somebody records.
Prints the server's memory, file descriptors and processor time a tick for each simulated hour: none of them may grow.
"""

from __future__ import annotations

import argparse
import os
import queue
import tempfile
import time

import carla
import psutil

from tests.simulator.conftest import connect, serving

STEP_S = 0.05


def an_hour(client: carla.Client, world: carla.World, car: carla.Actor, until_s: float) -> int:
    """Drive for an hour of the simulation, or until it is time to end; returns the ticks."""
    library = world.get_blueprint_library()
    places = world.get_map().get_spawn_points()
    count = round(3600 / STEP_S)
    other = None
    for tick in range(count):
        if tick % 100 == 0:
            car.set_transform(places[tick // 100 % len(places)])
        if tick % 1000 == 0:
            if other is not None:
                other.destroy()
            other = world.try_spawn_actor(library.find("vehicle.tesla.model3"), places[-1])
            if tick % 10_000 == 0:
                client.start_recorder("soak.log")
            elif tick % 10_000 == 1000:
                client.stop_recorder()
            if time.monotonic() > until_s:
                return tick
        world.tick()
    if other is not None:
        other.destroy()
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--most-minutes", type=float, default=25.0)
    chosen = parser.parse_args()
    until_s = time.monotonic() + 60.0 * chosen.most_minutes
    with tempfile.TemporaryDirectory() as folder, serving("--recordings", folder) as served:
        client = connect(served.port)
        world = client.get_world()
        world.apply_settings(carla.WorldSettings(True, False, STEP_S))
        car = world.spawn_actor(world.get_blueprint_library().find("vehicle.audi.tt"), carla.Transform())
        car.enable_constant_velocity(carla.Vector3D(2.0, 0.0, 0.0))
        where = carla.Transform()
        imu = world.spawn_actor(world.get_blueprint_library().find("sensor.other.imu"), where, attach_to=car)
        measured: queue.Queue = queue.Queue()
        imu.listen(lambda one: measured.put(one.frame) if measured.qsize() < 10 else None)
        process = psutil.Process(served.process.pid)
        for hour in range(1, chosen.hours + 1):
            cpu_s, begun_s = sum(process.cpu_times()[:2]), time.monotonic()
            ticks = an_hour(client, world, car, until_s)
            cpu_ms = 1e3 * (sum(process.cpu_times()[:2]) - cpu_s) / max(ticks, 1)
            print(
                f"hour {hour}: {ticks} ticks at {ticks / (time.monotonic() - begun_s):.0f}/s, {cpu_ms:.3f} ms of CPU "
                f"each, {process.memory_info().rss / 1e6:.1f} MB, {process.num_fds()} file descriptors",
                flush=True,
            )
            if time.monotonic() > until_s:
                break
    os._exit(0)


if __name__ == "__main__":
    main()
