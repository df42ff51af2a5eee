"""Golden bytes and sizes of every stream message: the client checks nothing and dies of a wrong one."""

import math
import struct

import msgpack
import numpy as np
import pytest

from agent.simulator.nouns import Pose
from agent.simulator.protocol import messages, ray_messages
from agent.simulator.protocol.messages import Kind, Stamp
from agent.simulator.protocol.structs import VehicleControl
from agent.simulator.protocol.tokens import stream_token

STAMP = Stamp(258, 1.5)
POSE = Pose(1.0, 2.0, 3.0, 0.0, math.pi / 2, 0.0)
HEADER = "0d000000000000000201000000000000000000000000f83f0000803f0000004000004040000000000000b44200000000"


def test_token():
    assert stream_token(1, 2001).hex() == "01000000d1070100" + "00" * 16


def test_header():
    assert messages.header(Kind.CAMERA_RGB, STAMP, POSE).hex() == HEADER


def test_yaw_is_wrapped():
    yaw = struct.unpack("<f", messages.header(Kind.IMU, STAMP, Pose(yaw_rad=3.5 * math.pi))[40:44])[0]
    assert yaw == pytest.approx(-90.0)


def test_world_state_is_84_bytes_and_119_for_each_actor():
    rows = [messages.actor_row(7, POSE), messages.actor_row(8, POSE)]
    state = messages.world_state(STAMP, 5, 0.05, messages.MAP_CHANGED, rows)
    assert [len(row) for row in rows] == [119, 119]
    assert len(state) == 84 + 2 * 119
    assert state[:8].hex() == "1100000000000000"
    assert state[48:84].hex() == "0500000000000000000000000000f83fcdcc4c3d" + "00" * 12 + "01000000"


def test_actor_row():
    row = messages.actor_row(
        0x01020304, POSE, velocity_mps=(1.0, 0.0, 0.0), turning_degps=(0.0, 0.0, 2.0), acceleration_mps2=(0.0, 3.0, 0.0)
    )
    one, two, three, zero = "0000803f", "00000040", "00004040", "00000000"
    expected = "0403020101" + one + two + three + zero + "0000b442" + zero
    expected += one + zero * 2 + zero * 2 + two + zero + three + zero + "00" * 54
    assert row.hex() == expected


def test_vehicle_row():
    motion = {
        "velocity_mps": (1.0, 0.0, 0.0),
        "turning_degps": (0.0, 0.0, 2.0),
        "acceleration_mps2": (0.0, 3.0, 0.0),
    }
    control = VehicleControl(0.5, -1.0, 0.0, True, False, True, 3)
    row = messages.vehicle_row(
        0x01020304, POSE, control, **motion, gear=-1, speed_limit_kmh=50.0, light_state=0, light_id=7
    )
    assert len(row) == 119
    assert row[:65] == messages.actor_row(0x01020304, POSE, **motion)[:65]
    assert row[65:].hex() == "0000003f000080bf00000000010001ffffffff0000484200010700000000" + "00" * 24


def test_traffic_light_status():
    packed = messages.traffic_light_status("94", (10.0, 3.0, 2.0, 0.5), pole_index=1, frozen=True, state=2)
    assert len(packed) == 54
    assert packed.hex() == "3934" + "00" * 30 + "0000204100004040000000400000003f" + "010000000102"


def test_sign_status():
    assert messages.sign_status("1" * 40) == b"1" * 31 + b"\0"
    assert messages.sign_status("é5").hex() == "c3a935" + "00" * 29


def test_walker_status():
    assert messages.walker_status((1.0, 0.0, 0.0), 2.0, True).hex() == "0000803f" + "00" * 8 + "0000004001"


def test_image_keeps_the_pixels_where_they_are():
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    head, body = messages.image(Kind.CAMERA_RGB, STAMP, POSE, 90.0, pixels)
    assert head.hex() == HEADER + "03000000020000000000b442"
    assert body == bytes(range(24))
    assert np.shares_memory(np.frombuffer(body, np.uint8), pixels)


def test_flow_is_two_floats_a_pixel():
    flow = np.array([[[0.5, -1.0], [0.0, 2.0]]], np.float32)
    head, body = messages.image(Kind.OPTICAL_FLOW, STAMP, POSE, 90.0, flow)
    assert head.hex() == "08" + HEADER[2:] + "02000000010000000000b442"
    assert bytes(body).hex() == "0000003f000080bf0000000000000040"


def test_events_follow_the_size():
    (sent,) = messages.events(STAMP, POSE, 90.0, (640, 360), bytes(13))
    assert sent.hex() == "03" + HEADER[2:] + "80020000680100000000b442" + "00" * 13


def test_measurements_are_msgpack_after_the_header():
    imu = messages.imu(STAMP, POSE, (1.0, 2.0, 9.81), (0.0, 0.0, 0.5), 1.5)
    assert imu[0] == 5
    assert msgpack.unpackb(imu[48:]) == [[1.0, 2.0, 9.81], [0.0, 0.0, 0.5], 1.5]
    gnss = messages.gnss(STAMP, POSE, 48.0, 11.0, 3.0)
    assert gnss[0] == 4
    assert msgpack.unpackb(gnss[48:]) == [48.0, 11.0, 3.0]
    bump = messages.collision(STAMP, POSE, [1], [0], (1.0, 0.0, 0.0))
    assert bump[0] == 0
    assert msgpack.unpackb(bump[48:]) == [[1], [0], [1.0, 0.0, 0.0]]


def test_lidar_is_the_angle_the_counts_and_four_floats_a_point():
    points = np.array([[1.0, 2.0, 3.0, 0.5], [4.0, 0.0, 0.0, 1.0]], np.float32)
    (sent,) = ray_messages.lidar(STAMP, POSE, 0.5, np.array([2, 0, 0], np.uint32), points)
    assert sent[:8].hex() == "0b00000000000000"
    assert sent[8:48].hex() == HEADER[16:]
    expected = (
        "0000003f"
        + "03000000"
        + "02000000"
        + "00" * 8
        + "0000803f00000040000040400000003f"
        + "00008040"
        + "00" * 8
        + "0000803f"
    )
    assert sent[48:].hex() == expected


def test_semantic_lidar_is_four_floats_and_two_numbers_a_point():
    point = np.array([(1.0, 2.0, 3.0, 0.5, 258, 14)], ray_messages.SEMANTIC_POINT)
    (sent,) = ray_messages.lidar(STAMP, POSE, 0.0, np.array([1], np.uint32), point)
    assert sent[:8].hex() == "0a00000000000000"
    expected = "00000000" + "01000000" + "01000000" + "0000803f00000040000040400000003f" + "02010000" + "0e000000"
    assert sent[48:].hex() == expected


def test_a_sweep_that_met_nothing_still_has_its_counts():
    (sent,) = ray_messages.lidar(STAMP, POSE, 0.0, np.zeros(2, np.uint32), np.zeros((0, 4), np.float32))
    assert sent[48:].hex() == "00000000" + "02000000" + "00" * 8


def test_radar_is_four_floats_a_detection():
    (sent,) = ray_messages.radar(STAMP, POSE, np.array([[-1.0, 0.5, 0.0, 3.0]], np.float64))
    assert sent[:8].hex() == "0900000000000000"
    assert sent[48:].hex() == "000080bf0000003f0000000000004040"


def test_an_obstacle_is_two_actors_and_a_distance():
    (sent,) = ray_messages.obstacle(STAMP, POSE, [1], [0], 2.5)
    assert sent[:8].hex() == "0700000000000000"
    assert msgpack.unpackb(sent[48:]) == [[1], [0], 2.5]
