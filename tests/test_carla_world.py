"""The real CARLA client against the embedded simulator over TCP."""

import contextlib
import socket
import socketserver
import threading
from itertools import islice

import carla
import msgpack
import numpy as np
import pytest

from agent.carla_world import WEATHERS, CarlaWorld
from agent.embedded import embedded_simulator
from agent.errors import ConfigError, SimulatorError
from agent.scenario import Scenario
from agent.types import Control

SMALL = Scenario(width_px=240, height_px=136, weather="CloudySunset", spawn=3)
ROLLING = Control(steer=0.0, throttle=0.6, brake=0.0)


@contextlib.contextmanager
def another_client(address):
    client = carla.Client(address.host, address.port)
    client.set_timeout(10)
    yield client.get_world()


def drive_some(world, count, control=ROLLING):
    frames = []
    for frame in islice(world.frames(), count):
        world.apply(control)
        frames.append(frame)
    return frames


def test_images_labels_and_telemetry_are_of_the_same_tick(simulator):
    scenario = Scenario(width_px=240, height_px=136, semantic=True, spawn=3)
    with CarlaWorld(simulator.host, simulator.port, scenario) as world:
        frames = drive_some(world, 12)
    assert np.array_equal(np.diff([frame.index for frame in frames]), np.ones(11))
    assert np.allclose(np.diff([frame.time_s for frame in frames]), 0.05, atol=1e-6)
    for frame in frames:
        assert frame.image.shape == (136, 240, 3)
        assert frame.image.dtype == np.uint8
        assert not frame.image.flags.writeable
        assert frame.semantic.shape == (136, 240)
        sky = frame.semantic == 11
        assert sky[:20].mean() > 0.2
        assert not sky[-20:].any()


def test_the_car_ahead_is_told_and_one_on_the_other_lane_is_not(simulator):
    with another_client(simulator) as other, CarlaWorld(simulator.host, simulator.port, SMALL) as world:
        blueprint = other.get_blueprint_library().find("vehicle.audi.tt")
        points = other.get_map().get_spawn_points()
        here, ahead, oncoming = points[3], points[5], points[4]
        assert drive_some(world, 1)[0].telemetry.lead is None
        cars = [other.spawn_actor(blueprint, point) for point in (oncoming, ahead)]
        try:
            frames = drive_some(world, 40)
            lead = frames[-1].telemetry.lead
            apart = here.location.distance(ahead.location) - 2 * cars[0].bounding_box.extent.x
            driven = frames[-1].telemetry.pose.x_m - here.location.x
            assert lead.gap_m == pytest.approx(apart - driven, abs=0.6)
            assert lead.speed_mps == pytest.approx(0.0, abs=0.05)
        finally:
            for car in cars:
                car.destroy()
        assert drive_some(world, 25)[-1].telemetry.lead is None


def test_colours_are_rgb(simulator):
    """The sky at noon is blue, not orange."""
    with CarlaWorld(
        simulator.host, simulator.port, Scenario(width_px=240, height_px=136, weather="ClearNoon")
    ) as world:
        image = next(world.frames()).image[:20].astype(float)
    assert image[..., 2].mean() > image[..., 0].mean() + 10


def test_the_car_does_what_it_is_told(simulator):
    with CarlaWorld(simulator.host, simulator.port, SMALL) as world:
        rolling = drive_some(world, 60)
        turned = drive_some(world, 20, Control(steer=0.3, throttle=0.3, brake=0.0))
        braked = drive_some(world, 80, Control(steer=0.0, throttle=0.0, brake=1.0))
    assert rolling[-1].telemetry.speed_mps > 5.0
    assert rolling[-1].telemetry.applied.throttle == pytest.approx(0.6, abs=1e-6)
    assert turned[-1].telemetry.pose.yaw_rad > rolling[-1].telemetry.pose.yaw_rad + 0.05  # right is clockwise
    assert braked[-1].telemetry.speed_mps < 0.05
    assert abs(rolling[0].telemetry.lane_offset_m) < 0.3
    assert braked[-1].telemetry.real_time_factor > 0


def test_leaving_the_lane_and_hitting_something_is_told(simulator):
    with CarlaWorld(simulator.host, simulator.port, SMALL) as world:
        frames = drive_some(world, 200, Control(steer=0.12, throttle=0.7, brake=0.0))
    assert any(frame.telemetry.invaded_lanes for frame in frames)
    assert any(abs(frame.telemetry.lane_offset_m or 0) > 1.0 for frame in frames)


def test_two_worlds_alike_see_alike(simulator):
    """The tick that `apply` starts in the background changes nothing in what happens."""
    runs = []
    for _ in range(2):
        with CarlaWorld(simulator.host, simulator.port, SMALL) as world:
            runs.append(drive_some(world, 25))
    for one, other in zip(*runs, strict=True):
        assert one.telemetry.pose == other.telemetry.pose
        assert np.array_equal(one.image, other.image)


def test_the_way_ahead_starts_beside_the_car_and_leads_on(simulator):
    with CarlaWorld(simulator.host, simulator.port, SMALL) as world:
        pose = next(world.frames()).telemetry.pose
        ahead = world.path_ahead(1.0, 16)
    assert ahead.shape == (16, 2)
    assert np.hypot(*(ahead[0] - (pose.x_m, pose.y_m))) < 1.0
    assert np.allclose(np.hypot(*np.diff(ahead, axis=0).T), 1.0, atol=0.1)
    forward = (ahead[1] - ahead[0]) @ (np.cos(pose.yaw_rad), np.sin(pose.yaw_rad))
    assert forward > 0.9


def test_weather_changes_with_the_next_tick(simulator):
    with CarlaWorld(simulator.host, simulator.port, SMALL) as world:
        before = drive_some(world, 3)[-1]
        world.set_weather("HardRainSunset")
        after = drive_some(world, 3)[-1]
        with pytest.raises(ConfigError, match="unknown weather 'Sunny': known are"):
            world.set_weather("Sunny")
    assert (before.telemetry.weather, after.telemetry.weather) == ("CloudySunset", "HardRainSunset")
    assert np.abs(before.image.astype(int) - after.image).mean() > 5
    assert len(WEATHERS) == 22


def test_a_car_destroyed_by_someone_else_ends_the_run_in_one_line(simulator):
    with another_client(simulator) as other, pytest.raises(SimulatorError, match="the car is gone|stopped answering"):
        with CarlaWorld(simulator.host, simulator.port, SMALL) as world:
            drive_some(world, 2)
            next(actor for actor in other.get_actors().filter("vehicle.*")).destroy()
            drive_some(world, 5)


def test_nobody_there_is_one_line():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SimulatorError, match=f"no simulator at 127.0.0.1:{port}"):
        CarlaWorld("127.0.0.1", port, SMALL)


@pytest.mark.parametrize("host", ["a..b", "x" * 70, "nowhere.invalid"])
def test_a_name_of_no_host_is_one_line(host):
    with pytest.raises(SimulatorError, match=f"no simulator at {host}:2000 .*: start one, correct host"):
        CarlaWorld(host, 2000, SMALL)


@contextlib.contextmanager
def server_that_answers(answer):
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            unpacker = msgpack.Unpacker()
            while chunk := self.request.recv(4096):
                unpacker.feed(chunk)
                for _, number, *_ in unpacker:
                    if answer is not None:
                        self.request.sendall(msgpack.packb([1, number, None, [[1, answer]]]))

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_of_another_version_is_refused():
    with (
        server_that_answers("0.9.15") as port,
        pytest.raises(SimulatorError, match="is CARLA 0.9.15, .* speaks 0.9.16"),
    ):
        CarlaWorld("127.0.0.1", port, SMALL)


def test_a_server_that_somebody_else_ticks_ends_the_run_in_one_line(simulator):
    with another_client(simulator) as other, pytest.raises(SimulatorError, match="another client ticks this server"):
        with CarlaWorld(simulator.host, simulator.port, SMALL) as world:
            drive_some(world, 2)
            other.tick()
            drive_some(world, 30)  # on a busy machine the other's frame arrives a step late


def test_something_else_than_carla_is_refused():
    quick = Scenario(timeout_s=1.0)
    with server_that_answers(None) as port, pytest.raises(SimulatorError, match="does not answer as CARLA"):
        CarlaWorld("127.0.0.1", port, quick)


def test_a_server_that_dies_ends_the_run_in_one_line():
    quick = Scenario(width_px=240, height_px=136, timeout_s=2.0)
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(embedded_simulator("loop", 0))()
        with pytest.raises(SimulatorError, match="stopped answering|sent nothing"):
            with CarlaWorld(address.host, address.port, quick) as world:
                drive_some(world, 3)
                stack.close()
                drive_some(world, 5)
