"""Whatever one client does, the others go on."""

import os
import socket
import subprocess
import sys
import time

import msgpack
import psutil
import pytest

from tests.simulator.conftest import ROOT, attach, serving, spawn_car, synchronous

GARBAGE = [b"GET / HTTP/1.1\r\n\r\n", b"\xdd\xff\xff\xff\xff", b"\xc1" * 64, bytes(range(256)) * 64]
KILLED = """
import os, sys
import carla
client = carla.Client("127.0.0.1", int(sys.argv[1]))
client.set_timeout(20.0)
world = client.get_world()
library = world.get_blueprint_library()
where = carla.Transform(carla.Location(150.0, 1.75, 0.3))
car = world.spawn_actor(library.find("vehicle.audi.tt"), where)
camera = world.spawn_actor(library.find("sensor.camera.rgb"), carla.Transform(), attach_to=car)
camera.listen(lambda image: None)
world.tick()
print(car.id, flush=True)
while True:
    world.tick()
"""


def hung_up(connection):
    """Whether the other side closes the connection."""
    connection.settimeout(20)
    try:
        return connection.recv(1 << 16) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_ends_its_own_connection_only(world, served, garbage):
    before = world.tick()
    for port in (served.port, served.streaming_port):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(garbage)
            assert hung_up(connection)
    assert world.tick() == before + 1


def test_a_half_greeting_harms_nobody(world, served):
    with socket.create_connection(("127.0.0.1", served.streaming_port)) as connection:
        connection.sendall(b"\x01\x00")
        assert world.tick() > 0
    assert world.tick() > 0


def test_wrong_arguments_are_answered(world, served):
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.settimeout(20)
        unpacker = msgpack.Unpacker()
        for number, (method, *args) in enumerate(
            [
                ("apply_control_to_vehicle", 1),
                ("apply_control_to_vehicle", "one", [1]),
                ("spawn_actor", [0, "vehicle.audi.tt", []], [[float("nan"), 0, 0], [0, 0, 0]]),
                ("spawn_actor", [0, "vehicle.audi.tt", 5], 5),
                ("set_episode_settings", []),
                ("apply_batch", [[[99, [1]]], [5], 5], False),
                ("set_actor_target_velocity", 2, [1e300, 0, 0]),
                ("no_such_call",),
            ]
        ):
            connection.sendall(msgpack.packb([0, number, method, [[False], *args]]))
            answers = []
            while not answers:
                unpacker.feed(connection.recv(4096))
                answers = list(unpacker)
            assert answers[0][:3] == [1, number, None]
            if method == "apply_batch":
                assert [answer[0][0] for answer in answers[0][3]] == [0, 0, 0]
            else:
                assert answers[0][3][0][0] == 0
    assert world.tick() > 0


def test_a_client_that_reads_no_replies_is_not_answered_for_ever(world, served):
    ask = msgpack.packb([0, 1, "get_actor_definitions", [[False]]]) * 8000  # 60 kB each: half a gigabyte
    before = psutil.Process(served.process.pid).memory_info().rss
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(ask)
        assert world.tick() > 0
        assert psutil.Process(served.process.pid).memory_info().rss - before < 100e6
    assert world.tick() > 0


def test_a_client_killed_in_the_middle_leaves_the_rest_alive(world, served):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(served.port)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        car_id = int(other.stdout.readline())
        other.kill()
    frames = [world.tick() for _ in range(20)]
    assert frames == list(range(frames[0], frames[0] + 20))
    assert world.get_actor(car_id).is_alive  # as in CARLA: nothing is tidied up behind a client


def test_a_subscriber_that_stops_reading_is_given_up(straight_map):
    big = {"image_size_x": "2048", "image_size_y": "1024"}  # 8 MB each
    with serving("--map", straight_map) as served:
        from tests.simulator.conftest import connect

        world = connect(served.port).get_world()
        synchronous(world, 0.05)
        camera, images = attach(world, spawn_car(world), "sensor.camera.semantic_segmentation", **big)
        with socket.create_connection(("127.0.0.1", served.streaming_port)) as deaf:
            deaf.sendall(camera.id.to_bytes(4, "little"))
            process = psutil.Process(served.process.pid)
            sizes = []
            for _ in range(60):
                frame = world.tick()
                assert images.get(timeout=60).frame == frame  # who reads misses nothing
                sizes.append(process.memory_info().rss)
        camera.stop()
        synchronous(world, None)
    assert max(sizes) - sizes[0] < 400e6
    assert sizes[-1] < max(sizes) - 100e6  # what had waited is given back


def test_polled_settings_do_not_stall_the_world(world):
    synchronous(world, None)
    started = time.monotonic()
    for _ in range(50):
        world.get_settings()
    assert time.monotonic() - started > 0.05  # a client that spins is slowed down ...
    first = world.wait_for_tick(20.0).frame
    assert world.wait_for_tick(20.0).frame > first  # ... and the world goes on


def test_it_listens_on_the_loopback_only(served):
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(served.process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1", "127.0.0.1"]
    assert os.getpid() != served.process.pid
