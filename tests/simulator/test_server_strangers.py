"""Whatever one client does, the others go on."""

import resource
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import msgpack
import psutil
import pytest

from tests.simulator.conftest import ROOT, attach, connect, serving, spawn_car, synchronous

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


class Stranger:
    """Speaks the protocol by hand."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(20)
        self.unpacker = msgpack.Unpacker()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, method, *args):
        self.socket.sendall(msgpack.packb([0, 1, method, [[False], *args]]))

    def ask(self, method, *args):
        """CARLA's Response to a call."""
        self.send(method, *args)
        while True:
            self.unpacker.feed(self.socket.recv(1 << 16))
            for answered in self.unpacker:
                return answered[3][0]


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
        world = connect(served.port).get_world()
        synchronous(world, 0.05)
        camera, images = attach(world, spawn_car(world), "sensor.camera.semantic_segmentation", **big)
        world.tick()
        images.get(timeout=60)  # the client has subscribed: the other must not be taken for it
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
    first = world.wait_for_tick(20.0).frame
    for _ in range(400):
        world.get_settings()
    assert world.wait_for_tick(20.0).frame > first + 10  # answered at once, 400 polls take one or two frames


def test_it_listens_on_the_loopback_only(served):
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(served.process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1", "127.0.0.1"]


def test_subscribers_that_break_off_while_a_tick_is_sent_are_ended_once(world, served):
    process = psutil.Process(served.process.pid)
    with Stranger(served.port) as stranger:
        for _ in range(20):
            subscribers = [socket.create_connection(("127.0.0.1", served.streaming_port)) for _ in range(3)]
            for subscriber in subscribers:
                subscriber.sendall(b"\x01\x00\x00\x00")
            for subscriber in subscribers:
                assert subscriber.recv(1)  # the last state: subscribed
            process.suspend()  # so that the tick and the broken connections come in one round of events
            stranger.send("tick_cue")
            for subscriber in subscribers:
                subscriber.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset at once
                subscriber.close()
            process.resume()
            assert stranger.socket.recv(1 << 16)
    assert world.tick() > 0


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("set_actor_location", ([1e300, 0, 0],)),
        ("set_actor_location", ([1e9, 0, 0],)),
        ("set_actor_transform", ([[0, 0, 0], [1e300, 0, 0]],)),
        ("set_actor_transform", ([[0, 0, 0], [3e38, 3e38, 3e38]],)),
        ("add_actor_torque", ([0, 0, 3e38],)),
        ("add_actor_impulse", ([3e38, 0, 3e38],)),
    ],
)
def test_numbers_beyond_float32_do_not_end_a_free_running_server(world, served, method, args):
    car = spawn_car(world)
    synchronous(world, None)
    with Stranger(served.port) as stranger:
        for _ in range(2):
            stranger.ask(method, car.id, *args)
        frame = world.wait_for_tick(20.0).frame
        assert world.wait_for_tick(20.0).frame > frame
        assert stranger.ask("version") == [1, "0.9.16"]


def test_a_client_with_many_ticks_in_hand_does_not_shut_the_others_out(world, served):
    _, images = attach(world, spawn_car(world), "sensor.camera.rgb", image_size_x="640", image_size_y="360")
    world.tick()
    ticks, cue = 300, msgpack.packb([0, 1, "tick_cue", [[False]]])
    with Stranger(served.port) as greedy, Stranger(served.port) as other:
        images.get(timeout=20)
        greedy.socket.sendall(cue * ticks)
        assert other.ask("version") == [1, "0.9.16"]
        greedy.socket.setblocking(False)
        answered = len(greedy.socket.recv(1 << 16)) // len(cue) if images.qsize() else 0
        assert answered < ticks // 2


def test_more_connections_than_the_system_allows_are_one_line(straight_map, tmp_path):
    with (tmp_path / "log").open("w+") as log, serving("--map", straight_map, stderr=log) as served:
        resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE, (48, 48))
        crowd = [socket.create_connection(("127.0.0.1", served.streaming_port)) for _ in range(60)]
        deadline = time.monotonic() + 20
        while not Path(log.name).read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        for connection in crowd:
            connection.close()
        with Stranger(served.port) as late:
            assert late.ask("version") == [1, "0.9.16"]
        log.seek(0)
        lines = log.read().splitlines()
    assert 1 <= len(lines) <= 2  # one for each port
    assert all("is let in at port" in line for line in lines)


def test_what_is_not_supported_is_logged_once(straight_map, tmp_path):
    with (tmp_path / "log").open("w+") as log, serving("--map", straight_map, stderr=log) as served:
        with Stranger(served.port) as stranger:
            for _ in range(3):
                assert stranger.ask("console_command")[0] == 0
        log.seek(0)
        lines = log.read().splitlines()
    assert len(lines) == 1
    assert "'console_command' is not supported" in lines[0]
