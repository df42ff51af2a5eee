"""The embedded simulator as a subprocess on a free port, and the real CARLA client in front of it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEP_S = 0.05
_MARKS = '<roadMark sOffset="0" type="{}" color="white" width="0.15"/>'


def straight_map_text() -> str:
    """A straight road eastwards, 400 m, one lane each way, 50 km/h, near Munich."""
    from tests.simulator.opendrive_text import document, lane, road, section

    solid = _MARKS.format("solid")
    lanes = section(lane(1, inside=solid), lane(-1, inside=solid), _MARKS.format("broken"))
    line = '<geometry s="0" x="0" y="0" hdg="0" length="400"><line/></geometry>'
    limit = '<type s="0" type="town"><speed max="50" unit="km/h"/></type>'
    text = document(road(line, lanes, length=400.0, extra=limit))
    origin = "<geoReference><![CDATA[+proj=tmerc +lat_0=48.1 +lon_0=11.5]]></geoReference>"
    return text.replace('<header revMajor="1" revMinor="4"/>', f'<header revMajor="1" revMinor="4">{origin}</header>')


@dataclass(frozen=True, slots=True)
class Served:
    """A running simulator."""

    process: subprocess.Popen[str]
    port: int
    streaming_port: int


def command(*flags: str) -> list[str]:
    return [sys.executable, "-m", "scripts.simulator", *flags]


def gone(process: subprocess.Popen) -> int:
    """The exit status of a process that is to end by itself; a failing test leaves none behind."""
    try:
        return process.wait(20)
    finally:
        process.kill()  # nothing, once it has ended
        process.wait()


@contextlib.contextmanager
def serving(*flags: str, **kwargs) -> Iterator[Served]:
    """A simulator on a free port; gone afterwards."""
    process = subprocess.Popen(
        command("--port", "0", "--die-with-stdin", *flags),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **kwargs,
    )
    try:
        ready = json.loads(process.stdout.readline())
        yield Served(process, ready["port"], ready["streaming_port"])
    finally:
        process.stdin.close()
        process.stdout.close()
        gone(process)


@pytest.fixture(scope="session")
def straight_map(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("maps") / "straight.xodr"
    path.write_text(straight_map_text(), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory) -> Path:
    """Where the served simulator keeps its recordings."""
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="session")
def served(straight_map, recordings) -> Iterator[Served]:
    with serving("--map", straight_map, "--recordings", str(recordings)) as running:
        yield running


@pytest.fixture
def client(served):
    return connect(served.port)


def connect(port: int):
    import carla

    client = carla.Client("127.0.0.1", port)
    client.set_timeout(20.0)
    return client


@pytest.fixture
def world(client):
    """An empty world in synchronous mode at 0.05 s.

    Emptied, not reloaded: the 0.9.16 client now and then crashes when the episode changes under it.
    """
    import carla

    world = client.get_world()
    settings = carla.WorldSettings(synchronous_mode=True, no_rendering_mode=False, fixed_delta_seconds=STEP_S)
    world.apply_settings(settings)
    for actor in world.get_actors():
        if actor.type_id.startswith(("sensor.", "vehicle.", "walker.")):
            actor.destroy()
    world.set_weather(carla.WeatherParameters.ClearNoon)
    world.tick()
    yield world
    for actor in world.get_actors():
        if actor.type_id.startswith("sensor.") and actor.is_listening():
            actor.stop()
    synchronous(world, None)


def synchronous(world, step_s: float | None) -> None:
    settings = world.get_settings()
    settings.synchronous_mode = step_s is not None
    settings.fixed_delta_seconds = step_s
    world.apply_settings(settings)


def spawn_car(world, x: float = 50.0, *, kind: str = "vehicle.audi.tt", yaw: float = 0.0, **attributes: str):
    """A car on the eastbound lane of the straight map."""
    import carla

    blueprint = world.get_blueprint_library().find(kind)
    for name, value in attributes.items():
        blueprint.set_attribute(name, value)
    car = world.spawn_actor(blueprint, carla.Transform(carla.Location(x, 1.75, 0.3), carla.Rotation(yaw=yaw)))
    world.tick()
    return car


def attach(world, parent, kind: str, *, x: float = 0.0, z: float = 0.0, yaw: float = 0.0, **attributes: str):
    """A sensor on a parent, and the queue of what it measures."""
    import carla

    blueprint = world.get_blueprint_library().find(kind)
    for name, value in attributes.items():
        blueprint.set_attribute(name, value)
    where = carla.Transform(carla.Location(x=x, z=z), carla.Rotation(yaw=yaw))
    sensor = world.spawn_actor(blueprint, where, attach_to=parent)
    measured: queue.Queue = queue.Queue()
    measured.sensor = sensor  # the client stops a sensor whose object nobody holds
    sensor.listen(measured.put)
    return sensor, measured


_STATUS = pytest.StashKey[int]()


def pytest_sessionfinish(session, exitstatus):
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """Leave at once: the client's threads now and then abort an orderly exit after all work is done."""
    if "carla" in sys.modules and _STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_STATUS])
