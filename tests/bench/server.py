"""The simulator's server through the real client: `python -m tests.bench.server [--town FILE.xodr] [--only NAME ...]`.

Each line: what it came to by the clock, by the server's processor time (which a busy machine disturbs less), and what
is wanted. The clock's figures are right on an idle machine only.
"""

from __future__ import annotations

import argparse
import os
import queue
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import carla
import psutil

from tests.simulator.conftest import Served, connect, serving

STEP_S = 0.05
_LONGEST_S = 180


class Meter:
    """Wall and server processor time of a piece of work."""

    def __init__(self, served: Served) -> None:
        self._process = psutil.Process(served.process.pid)

    def measure(self, work: Callable[[], object]) -> tuple[float, float]:
        """(wall, server CPU) [s]."""
        wall_s, before_s = time.perf_counter(), self.cpu_s()
        work()
        return time.perf_counter() - wall_s, self.cpu_s() - before_s

    def resident_mb(self) -> float:
        return self._process.memory_info().rss / 1e6

    def cpu_s(self) -> float:
        """Since the server began."""
        times = self._process.cpu_times()
        return times.user + times.system


@contextmanager
def town(*flags: str, **kwargs: Any) -> Iterator[tuple[Any, Meter]]:
    """A server of its own and a world in synchronous mode."""
    with serving(*flags, **kwargs) as served:
        client = connect(served.port)
        world = client.get_world()
        world.client = client
        world.apply_settings(carla.WorldSettings(True, False, STEP_S))
        yield world, Meter(served)


def car(world: Any, index: int = 0) -> Any:
    """A car at a spawn point, rolling."""
    blueprint = world.get_blueprint_library().find("vehicle.audi.tt")
    vehicle = world.spawn_actor(blueprint, world.get_map().get_spawn_points()[index])
    vehicle.apply_control(carla.VehicleControl(throttle=0.4))
    return vehicle


def camera(world: Any, parent: Any, width: int, height: int, kind: str = "rgb") -> tuple[Any, queue.Queue]:
    blueprint = world.get_blueprint_library().find(f"sensor.camera.{kind}")
    blueprint.set_attribute("image_size_x", str(width))
    blueprint.set_attribute("image_size_y", str(height))
    where = carla.Transform(carla.Location(x=1.5, z=1.5))
    sensor = world.spawn_actor(blueprint, where, attach_to=parent)
    images: queue.Queue = queue.Queue()
    sensor.listen(images.put)
    return sensor, images


def ticks(world: Any, count: int, *queues: queue.Queue) -> None:
    for _ in range(count):
        world.tick()
        for images in queues:
            images.get(timeout=30)


def rate(name: str, count: int, times: tuple[float, float], wanted: str) -> None:
    wall_s, cpu_s = times
    print(
        f"{name}: {count / wall_s:.0f}/s by the clock, {1e3 * cpu_s / count:.2f} ms of server CPU each ({wanted})",
        flush=True,
    )


def no_camera() -> None:
    with town() as (world, meter):
        ticks(world, 300)
        rate("ticks of an empty world", 3000, meter.measure(partial(ticks, world, 3000)), ">= 3000/s")
        vehicle = car(world)

        def drive(count: int, controlled: bool) -> None:
            """Drive off from the same place over and over: it shall not end in a hedge."""
            for number in range(count):
                if number % 100 == 0:
                    vehicle.set_transform(start)
                    vehicle.set_target_velocity(carla.Vector3D())
                if controlled:
                    vehicle.apply_control(carla.VehicleControl(throttle=0.4))
                world.tick()

        world.tick()
        start = vehicle.get_transform()
        rate("ticks with a driven car", 3000, meter.measure(partial(drive, 3000, False)), ">= 3000/s")
        rate("ticks with a control each", 3000, meter.measure(partial(drive, 3000, True)), "")


def cameras() -> None:
    with town() as (world, meter):
        vehicle = car(world)
        for width, height, count, wanted in ((640, 360, 150, ">= 80/s"), (1280, 720, 60, ">= 30/s")):
            sensor, images = camera(world, vehicle, width, height)
            ticks(world, 10, images)
            rate(f"rgb {width}x{height}", count, meter.measure(partial(ticks, world, count, images)), wanted)
            sensor.destroy()
        plain, both = [], []
        for _ in range(4):  # interleaved: a noisy neighbour hits both
            rgb, images = camera(world, vehicle, 640, 360)
            ticks(world, 5, images)
            plain.append(meter.measure(partial(ticks, world, 40, images)))
            labels, seen = camera(world, vehicle, 640, 360, "semantic_segmentation")
            ticks(world, 5, images, seen)
            both.append(meter.measure(partial(ticks, world, 40, images, seen)))
            rgb.destroy()
            labels.destroy()
        wall, cpu = (statistics.median(b[i] / a[i] for a, b in zip(plain, both, strict=True)) for i in (0, 1))
        print(f"rgb + labels / rgb, 640x360: {wall:.2f} by the clock, {cpu:.2f} by CPU (<= 1.2)", flush=True)


def protocol() -> None:
    """A camera's tick against the same picture drawn without any server, in turns."""
    script = (
        "import sys, time\n"
        "from agent.simulator.building import TownBuilder\n"
        "from agent.simulator.world.maps import MAPS\n"
        "from agent.simulator.nouns import ActorLook, View\n"
        "from agent.simulator.poses import attached\n"
        "from agent.simulator.nouns import Pose\n"
        "from agent.simulator.world.weathers import WEATHERS\n"
        "town = TownBuilder(0)((MAPS / 'loop.xodr').read_text(), 'loop')\n"
        "at = town.network.spawn_points[0]\n"
        "view = View(attached(at, Pose(x_m=1.5, z_m=1.2)), 90.0, int(sys.argv[1]), int(sys.argv[2]))\n"
        "looks = [ActorLook(1, 'vehicle.audi.tt', at, (17, 37, 103))]\n"
        "for line in sys.stdin:\n"
        "    wall, cpu = time.perf_counter(), time.process_time()\n"
        "    for frame in range(int(line)):\n"
        "        town.painter.render(view, WEATHERS['ClearNoon'], looks, labels=False, frame=frame)\n"
        "    print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)\n"
    )
    for width, height in ((800, 600), (1280, 720)):
        command = [sys.executable, "-c", script, str(width), str(height)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as alone:

            def drawn(count: int, alone: Any = alone) -> tuple[float, float]:
                print(count, file=alone.stdin, flush=True)
                return tuple(map(float, alone.stdout.readline().split()))

            with town() as (world, meter):
                vehicle = car(world)
                vehicle.apply_control(carla.VehicleControl(hand_brake=True))
                _, images = camera(world, vehicle, width, height)
                ticks(world, 5, images)
                drawn(5)
                rounds = [(meter.measure(partial(ticks, world, 30, images)), drawn(30)) for _ in range(7)]
            alone.stdin.close()
        wall, cpu = (statistics.median(1e3 * (a[i] - b[i]) / 30 for a, b in rounds) for i in (0, 1))
        share = statistics.median(a[0] / b[0] for a, b in rounds)
        print(
            f"protocol and stepping on top of drawing, {width}x{height}: {wall:.2f} ms by the clock, "
            f"{cpu:.2f} ms of server CPU, tick / drawing {share:.2f} (<= 2 ms at 800x600)",
            flush=True,
        )


def traffic(cars: int = 30) -> None:
    with town() as (world, meter):
        manager = world.client.get_trafficmanager(0)
        manager.set_synchronous_mode(True)
        time.sleep(0.5)  # a tick that comes while its thread still runs freely now and then blocks it for ever
        manager.set_random_device_seed(1)
        port = manager.get_port()
        points = world.get_map().get_spawn_points()
        blueprints = sorted(world.get_blueprint_library().filter("vehicle.*"), key=lambda b: b.id)
        blueprints = [b for b in blueprints if b.get_attribute("base_type").as_str() == "car"]
        vehicles = []
        for place in [carla.Transform(p.location, p.rotation) for p in _places(world, points, cars * 2)]:
            if len(vehicles) < cars:
                spawned = world.try_spawn_actor(blueprints[len(vehicles) % len(blueprints)], place)
                vehicles += [spawned] if spawned else []
        world.tick()
        for vehicle in vehicles:
            vehicle.set_autopilot(True, port)
        ticks(world, 100)
        name = f"ticks with {len(vehicles)} Traffic Manager cars"
        rate(name, 600, meter.measure(partial(ticks, world, 600)), ">= 300/s")
        manager.set_synchronous_mode(False)


def _places(world: Any, points: Any, count: int) -> list[carla.Transform]:
    """The spawn points, and along the lanes what else is needed."""
    places = list(points)
    for point in points:
        waypoint = world.get_map().get_waypoint(point.location)
        for _ in range(count):
            if len(places) >= count:
                return places
            following = waypoint.next(15.0)
            if not following:
                break
            waypoint = following[0]
            here = waypoint.transform
            here.location.z += 0.3
            places.append(here)
    return places


def start() -> None:
    """The first one makes the scene and keeps it, the second one finds it."""
    with tempfile.TemporaryDirectory() as cache:
        for name in ("first start on a machine", "later start"):
            begun_s = time.perf_counter()
            with town(env={**os.environ, "XDG_CACHE_HOME": cache}) as (world, meter):
                ready_s = time.perf_counter() - begun_s
                _, images = camera(world, car(world), 640, 360)
                ticks(world, 1, images)
                print(
                    f"{name}: {time.perf_counter() - begun_s:.1f} s to the first image, {ready_s:.1f} s to the first "
                    f"tick (< 4), {meter.cpu_s():.1f} s of server CPU",
                    flush=True,
                )
                resident_mb = meter.resident_mb()
        print(f"resident: {resident_mb:.0f} MB on the default map", flush=True)


def memory(file: str) -> None:
    with town("--map", file) as (world, meter):
        _, images = camera(world, car(world), 1280, 720)
        ticks(world, 20, images)
        print(f"resident: {meter.resident_mb():.0f} MB on {file} (< 600)", flush=True)


FIGURES = {"ticks": no_camera, "traffic": traffic, "cameras": cameras, "protocol": protocol, "start": start}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--town", help="a map of a town's size, for the memory")
    parser.add_argument("--only", nargs="+", choices=FIGURES, default=list(FIGURES))
    chosen = parser.parse_args()
    print(f"load average {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} processors", flush=True)
    work = [FIGURES[name] for name in chosen.only]
    if chosen.town:
        work.append(partial(memory, chosen.town))
    for figure in work:
        if child := os.fork():
            os.waitpid(child, 0)
            continue
        signal.alarm(_LONGEST_S)
        figure()
        sys.stdout.flush()
        os._exit(0)  # a client's threads outlive its server and then end the process


if __name__ == "__main__":
    main()
