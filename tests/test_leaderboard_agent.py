"""The leaderboard's agent, called as the leaderboard calls it: on the embedded simulator, through the carla client."""

import json
import math
import os
import queue
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import carla
import numpy as np
import pytest

from agent import leaderboard_agent
from agent.errors import ConfigError, SimulatorError
from agent.leaderboard_agent import LeaderboardAgent
from agent.leaderboard_senses import Senses, sensors_for
from agent.log import read_log
from agent.model import load_model
from agent.types import FULL_STOP
from agent.view import CameraMount
from viz.video import read_video

ROOT = Path(__file__).resolve().parents[1]
TICKS, EVERY = 60, 3
# what the leaderboard's agent_wrapper.py allows at the least, over both versions and all tracks
MOST = {
    "sensor.camera.rgb": 4,
    "sensor.lidar.ray_cast": 1,
    "sensor.other.radar": 2,
    "sensor.other.gnss": 1,
    "sensor.other.imu": 1,
    "sensor.speedometer": 1,
}


class Harness:
    """What the leaderboard does around an agent: car, sensors, readings as NumPy arrays, ticks."""

    def __init__(self, world, stack):
        self.world, self.stack = world, stack
        before = world.get_settings()
        stack.callback(world.apply_settings, before)
        settings = world.get_settings()
        settings.synchronous_mode, settings.fixed_delta_seconds = True, 0.05
        world.apply_settings(settings)
        self.library = world.get_blueprint_library()
        self.start = world.get_map().get_spawn_points()[3]
        self.car = world.spawn_actor(self.library.find("vehicle.audi.tt"), self.start)
        stack.callback(self.car.destroy)
        self.heard = {}

    def put_on(self, sensors):
        for spec in sensors:
            if spec["type"] == "sensor.speedometer":
                continue
            blueprint = self.library.find(spec["type"])
            for attribute, key in (("image_size_x", "width"), ("image_size_y", "height"), ("fov", "fov")):
                if key in spec:
                    blueprint.set_attribute(attribute, str(spec[key]))
            place = carla.Location(x=spec["x"], y=spec["y"], z=spec["z"])
            turn = carla.Rotation(pitch=spec["pitch"], yaw=spec["yaw"], roll=spec["roll"])
            sensor = self.world.spawn_actor(blueprint, carla.Transform(place, turn), attach_to=self.car)
            self.stack.callback(sensor.destroy)
            self.stack.callback(sensor.stop)
            heard = self.heard[spec["id"]] = queue.SimpleQueue()
            sensor.listen(heard.put)

    def tick(self):
        """Readings by id, and the clock."""
        frame = self.world.tick(20.0)
        return self.readings(frame), self.world.get_snapshot().timestamp.elapsed_seconds

    def readings(self, frame):
        readings = {}
        for name, heard in self.heard.items():
            while (reading := heard.get(timeout=20)).frame < frame:
                pass
            readings[name] = (reading.frame, self.numbers(reading))
        forward, velocity = self.car.get_transform().get_forward_vector(), self.car.get_velocity()
        readings["speed"] = (frame, {"speed": forward.dot(velocity)})
        return readings

    @staticmethod
    def numbers(reading):
        if isinstance(reading, carla.Image):
            return np.frombuffer(reading.raw_data, np.uint8).reshape(reading.height, reading.width, 4).copy()
        felt, turned = reading.accelerometer, reading.gyroscope
        return np.array([felt.x, felt.y, felt.z, turned.x, turned.y, turned.z, reading.compass])


@pytest.fixture(scope="module")
def route(simulator, tmp_path_factory):
    """A route driven: the agent, what it saw and told, where the car was, and the folder it left."""
    out = tmp_path_factory.mktemp("leaderboard")
    (out / "agent.yaml").write_text(f"every: {EVERY}\nres: 320x180\nvideo: true\nout: {out / 'runs'}\n")
    client = carla.Client(simulator.host, simulator.port)
    client.set_timeout(20)
    world = client.get_world()
    agent, seen, told, poses = LeaderboardAgent(simulator.host, simulator.port, False), [], [], []
    with ExitStack() as stack:
        harness = Harness(world, stack)
        start = harness.start
        agent.set_global_plan([({"lat": 0.0, "lon": 0.0, "z": 0.0}, None)], [(start, None)])
        agent.setup(str(out / "agent.yaml"))
        stack.callback(agent.destroy)
        harness.put_on(agent.sensors())
        for _ in range(TICKS):
            readings, time_s = harness.tick()
            told.append(agent.run_step(readings, time_s))
            seen.append(readings["camera"])
            poses.append(harness.car.get_transform())
            harness.car.apply_control(told[-1])
    agent.destroy()  # again, as the leaderboard may
    (folder,) = (out / "runs").iterdir()
    return agent, seen, told, poses, folder


def test_the_entry_point_names_the_class():
    assert getattr(leaderboard_agent, leaderboard_agent.get_entry_point()) is LeaderboardAgent


def test_the_sensors_are_within_the_leaderboards_limits(route):
    sensors = route[0].sensors()
    counts = Counter(sensor["type"] for sensor in sensors)
    assert all(count <= MOST[kind] for kind, count in counts.items())
    assert len({sensor["id"] for sensor in sensors}) == len(sensors)
    assert all(math.hypot(*(sensor.get(axis, 0.0) for axis in "xyz")) <= 3.0 for sensor in sensors)


def test_the_car_is_told_what_the_network_steers(route):
    _, seen, told, poses, _ = route
    model = load_model("pilotnet")
    for (_, bgra), control in zip(seen, told, strict=True):
        assert isinstance(control, carla.VehicleControl)
        steer = model.steer(model.preprocessor.preprocessing.network_input(bgra[:, :, 2::-1].copy()))
        assert control.steer == pytest.approx(steer, abs=1e-6)  # CARLA keeps single precision
    assert len({control.steer for control in told}) > TICKS // 2
    assert poses[0].location.distance(poses[-1].location) > 5.0


def test_the_log_can_be_read_afterwards(route):
    _, seen, told, poses, folder = route
    run = read_log(folder / "run.mcap")
    assert (run.complete, run.count, run.card.model, run.card.method) == (True, TICKS, "pilotnet", "gradient")
    model = load_model("pilotnet")
    for count, logged in enumerate(run):
        frame, saliency = logged.step.frame, logged.step.saliency
        assert frame.index == seen[count][0]
        assert frame.time_s == pytest.approx(0.05 * count, abs=1e-5)
        assert logged.step.control.steer == model.steer(logged.network_input)
        assert logged.step.control.steer == pytest.approx(told[count].steer, abs=1e-6)
        assert saliency.frame_index == seen[count - count % EVERY][0]
        pose, true = frame.telemetry.pose, poses[count]
        assert math.hypot(pose.x_m - true.location.x, pose.y_m - true.location.y) < 0.1
        assert math.remainder(pose.yaw_rad - math.radians(true.rotation.yaw), math.tau) == pytest.approx(0, abs=1e-3)
    assert frame.telemetry.speed_mps > 2.0


def test_video_and_summary_are_there_where_asked_for(route):
    folder = route[-1]
    pictures = list(read_video(folder / "drive.mp4"))
    assert len(pictures) == TICKS
    assert pictures[0][1].shape == (180, 320, 3)
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["frames"], summary["exit_reason"], summary["saliency"]["count"]) == (TICKS, "done", TICKS // EVERY)


BASES = {
    "1.0": "def __init__(self, conf):\n        self.plan, self.track = None, None\n        self.setup(conf)",
    "2.0": "def __init__(self, host, port, debug=False):\n        self.plan, self.track = None, None",
}
LOADING = """
import importlib, os, sys, types
root, conf = sys.argv[1:3]
sys.path.insert(0, os.path.join(root, "agent"))  # as the leaderboard finds the file it is given
for base, arguments in zip(sys.argv[3:], ((conf,), ("localhost", 2000, False))):
    for name in [name for name in sys.modules if name.startswith("leaderboard")]:
        del sys.modules[name]
    sys.path.insert(0, base)
    module = importlib.import_module("leaderboard_agent")
    agent = getattr(module, module.get_entry_point())(*arguments)
    agent.set_global_plan([({"lat": 0.0, "lon": 0.0, "z": 0.0}, None)],
                          [(types.SimpleNamespace(location=types.SimpleNamespace(x=1.0, y=2.0, z=0.0)), None)])
    if len(arguments) > 1:
        agent.setup(conf)
    agent.destroy()
    print(agent.track, agent.plan, [sensor["type"] for sensor in agent.sensors()])
"""


def test_it_is_an_agent_of_the_leaderboard_that_is_there(tmp_path):
    """Loaded by file, as subclass of the leaderboard's own, whose constructor differs between its versions."""
    for version, constructor in BASES.items():
        package = tmp_path / version / "leaderboard" / "autoagents"
        package.mkdir(parents=True)
        (package / "autonomous_agent.py").write_text(
            "import enum\nclass Track(enum.Enum):\n    SENSORS = 'SENSORS'\n"
            f"class AutonomousAgent:\n    {constructor}\n"
            "    def set_global_plan(self, gps, world):\n        self.plan = len(gps)\n"
        )
    (tmp_path / "agent.yaml").write_text("method: none\n")
    command = [sys.executable, "-c", LOADING, ROOT, tmp_path / "agent.yaml", *(tmp_path / version for version in BASES)]
    ran = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert ran.returncode == 0, ran.stderr
    types = ["sensor.camera.rgb", "sensor.speedometer", "sensor.other.imu"]
    assert ran.stdout.splitlines() == [f"Track.SENSORS 1 {types}"] * 2
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sped: 3", "unknown key 'sped': known are speed_kmh"),
        ("every: 0", "every: got 0: "),
        ("res: tall", "res: got 'tall': "),
        ("method: gradeint", "unknown saliency method 'gradeint'"),
        ("res: 640x120", "too flat"),
    ],
)
def test_wrong_settings_are_one_line(tmp_path, text, told):
    (tmp_path / "agent.yaml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        LeaderboardAgent().setup(str(tmp_path / "agent.yaml"))
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_camera_the_leaderboard_forbids_is_refused():
    with pytest.raises(ConfigError, match="sits 6.32 m from the car's centre, the leaderboard allows 3 m"):
        sensors_for(CameraMount(x_m=-6.0, z_m=2.0), 640, 360)


def test_a_silent_sensor_is_told():
    with pytest.raises(SimulatorError, match="nothing came from camera, imu"):
        Senses(640, 360, (0.0, 0.0, 0.0)).frame({"speed": (1, {"speed": 0.0})}, 0.0, FULL_STOP)


def test_a_compass_that_fails_keeps_the_heading_and_a_circle_closes():
    """Backwards too; over the seam of the compass."""
    senses, count, radius_m = Senses(2, 2, (10.0, 0.0, 1.0)), 400, 20.0
    image, poses = np.zeros((2, 2, 4), np.uint8), []
    for tick in range(count + 1):
        compass_rad = math.nan if tick == 7 else (0.25 + tick / count) * math.tau % math.tau
        speed_mps = -math.tau * radius_m / (count * 0.05)
        readings = {
            "camera": (tick, image),
            "speed": (tick, {"speed": speed_mps}),
            "imu": (tick, [0.0] * 6 + [compass_rad]),
        }
        poses.append(senses.frame(readings, 3.0 + 0.05 * tick, FULL_STOP).telemetry.pose)
    assert poses[7].yaw_rad == poses[6].yaw_rad
    assert (poses[-1].x_m, poses[-1].y_m, poses[-1].z_m) == pytest.approx((10.0, 0.0, 1.0), abs=0.02)
    half = poses[count // 2]
    assert (half.x_m, half.y_m) == pytest.approx((10.0, -2 * radius_m), abs=0.05)
