"""The same map, seed and commands: the same bytes, in two processes."""

import hashlib
import subprocess
import sys
from pathlib import Path

import carla

from agent.simulator.recording.log_reader import LogReader
from agent.simulator.recording.packets import Packet
from tests.simulator.conftest import ROOT, attach, serving, spawn_car

SCRIPT = """
import hashlib, os, queue, socket, sys
import carla
states = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
states.sendall((1).to_bytes(4, "little"))
def state_rows(frame):  # the actors' bytes; the first frame's number depends on when we came
    while True:
        size = int.from_bytes(states.recv(4, socket.MSG_WAITALL), "little")
        message = states.recv(size, socket.MSG_WAITALL)
        if int.from_bytes(message[8:16], "little") == frame:
            return message[84:].hex()
client = carla.Client("127.0.0.1", int(sys.argv[1]))
client.set_timeout(60.0)
world = client.get_world()
settings = world.get_settings()
settings.synchronous_mode, settings.fixed_delta_seconds = True, 0.05
world.apply_settings(settings)
world.reset_all_traffic_lights()  # before we came their time ran by the clock
world.set_weather(carla.WeatherParameters.HardRainNoon)
library = world.get_blueprint_library()
point = world.get_map().get_spawn_points()[0]
car = world.spawn_actor(library.find("vehicle.audi.tt"), point)
client.start_recorder("run.log", True)
seen, kept = {}, []
kinds = ("vehicle.tesla.model3", "vehicle.ford.ambulance", "vehicle.kawasaki.ninja")
places = world.get_map().get_spawn_points()
others = [world.spawn_actor(library.find(kind), at) for kind, at in zip(kinds, places[1:])]
crash = carla.Transform(point.location + 5.0 * point.get_forward_vector(), point.rotation)
others.append(world.spawn_actor(library.find("vehicle.mini.cooper_s"), crash))
crash.location += 3.0 * point.get_right_vector() + carla.Location(z=1.0)
walker = world.spawn_actor(library.find("walker.pedestrian.0003"), crash)
rays = ("lidar.ray_cast", "lidar.ray_cast_semantic", "other.radar")
for kind in ("camera.rgb", "camera.semantic_segmentation", "camera.depth", *rays, "other.imu", "other.gnss"):
    blueprint = library.find("sensor." + kind)
    for name, value in (("image_size_x", "160"), ("image_size_y", "96"), ("noise_accel_stddev_x", "0.1"),
                        ("noise_stddev", "0.05"), ("range", "60")):
        if blueprint.has_attribute(name):
            blueprint.set_attribute(name, value)
    where = carla.Transform(carla.Location(x=1.5, z=1.4))
    kept.append(world.spawn_actor(blueprint, where, attach_to=car))
    seen[kind] = queue.Queue()
    kept[-1].listen(seen[kind].put)
for count in range(25):
    car.apply_control(carla.VehicleControl(throttle=0.8, steer=0.1 * (count % 5) - 0.2))
    for number, other in enumerate(others[:3]):
        other.apply_control(carla.VehicleControl(throttle=0.3 + 0.2 * number, steer=0.05 * number))
    walker.apply_control(carla.WalkerControl(carla.Vector3D(1.0, -0.5, 0.0), 1.5))
    frame = world.tick()
    line = [state_rows(frame)]
    for kind, measured in seen.items():
        found = measured.get(timeout=60)
        if hasattr(found, "raw_data"):
            line.append(hashlib.sha256(bytes(found.raw_data)).hexdigest())
        elif kind == "other.imu":
            line.append(repr((found.accelerometer.x, found.gyroscope.z, found.compass)))
        else:
            line.append(repr((found.latitude, found.longitude)))
    print(*line, flush=True)
client.stop_recorder()
world.get_settings()  # an answered call: the one before has arrived
os._exit(0)
"""


def drive(folder: Path, *flags: str) -> list[str]:
    with serving("--recordings", str(folder), *flags) as served:
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(served.port), str(served.streaming_port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=200,
        )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def test_two_servers_give_the_same_bytes(tmp_path):
    first = drive(tmp_path / "first", "--map", "town", "--seed", "3")
    second = drive(tmp_path / "second", "--map", "town", "--seed", "3")
    assert len(first) == 25
    assert len(set(first)) == 25  # something happens
    assert first == second
    recorded = [(tmp_path / run / "run.log").read_bytes() for run in ("first", "second")]
    assert recorded[0][:18] == recorded[1][:18]
    assert recorded[0][26:] == recorded[1][26:]  # between them stands the date
    with LogReader(tmp_path / "first" / "run.log") as log:
        frames = list(log.frames())
    assert len(frames) == 25
    assert any(frame.records(Packet.COLLISION) for frame in frames)
    assert frames[0].records(Packet.STATE)  # traffic lights


def path_of(world, ticks=40):
    """Where a car goes from a brisk start, to the last digit of the wire."""
    car = spawn_car(world)
    car.set_target_velocity(carla.Vector3D(16.0, 0.0, 0.0))
    places = []
    for count in range(ticks):
        car.apply_control(carla.VehicleControl(throttle=0.6, steer=0.02 * (count % 7) - 0.06))
        world.tick()
        where, velocity = car.get_transform(), car.get_velocity()
        places.append((where.location.x, where.location.y, where.rotation.yaw, velocity.x, velocity.y))
    return places


def test_a_parked_car_far_away_changes_nothing(world, client):
    alone = path_of(world)
    world = client.reload_world(False)
    spawn_car(world, 380.0)
    assert path_of(world) == alone


def test_an_episode_repeats_to_the_drop_of_rain(world, client):
    def images():
        fresh = client.reload_world(False)
        fresh.set_weather(carla.WeatherParameters.HardRainNoon)
        camera, seen = attach(fresh, spawn_car(fresh), "sensor.camera.rgb", x=1.5, z=1.4, image_size_x="160")
        hashes = []
        for _ in range(3):
            fresh.tick()
            hashes.append(hashlib.sha256(bytes(seen.get(timeout=60).raw_data)).hexdigest())
        camera.stop()
        return hashes

    first = images()
    assert len(set(first)) == 3  # it rains
    assert images() == first
