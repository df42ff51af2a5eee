"""The real client's Traffic Manager drives."""

import subprocess
import sys

from tests.simulator.conftest import ROOT, serving

# In a process of its own: a Traffic Manager keeps threads and a port until the process ends.
SCRIPT = """
import math, os, socket, sys
import carla
client = carla.Client("127.0.0.1", int(sys.argv[1]))
client.set_timeout(20.0)
world = client.get_world()
settings = world.get_settings()
settings.synchronous_mode, settings.fixed_delta_seconds = True, 0.05
world.apply_settings(settings)
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
traffic = client.get_trafficmanager(port)
traffic.set_synchronous_mode(True)
traffic.global_percentage_speed_difference(40.0)
town = world.get_map()
starts = sorted(town.get_spawn_points(), key=lambda point: point.location.x)
eastwards = [point for point in starts if abs(point.rotation.yaw) < 1.0][:3]
cars = [world.spawn_actor(world.get_blueprint_library().find("vehicle.audi.tt"), point) for point in eastwards]
for car in cars:
    car.set_autopilot(True, port)
world.tick()
before = [car.get_location().x for car in cars]
worst = 0.0
for _ in range(240):
    world.tick()
    worst = max([worst, *(abs(car.get_location().y - 1.75) for car in cars)])
driven = [car.get_location().x - start for car, start in zip(cars, before)]
answers = client.apply_batch_sync([carla.command.DestroyActor(car) for car in cars], False)
world.tick()
settings.synchronous_mode, settings.fixed_delta_seconds = False, None
traffic.set_synchronous_mode(False)
world.apply_settings(settings)
assert min(driven) > 40.0, driven
assert worst < 0.5, worst
assert not any(answer.error for answer in answers)
print("driven", flush=True)
os._exit(0)
"""


def test_autopilot_drives_along_the_lane(straight_map):
    with serving("--map", straight_map) as fresh:
        command = [sys.executable, "-c", SCRIPT, str(fresh.port)]
        drive = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert "driven" in drive.stdout, drive.stderr
