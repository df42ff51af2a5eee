"""Stream messages as bytes: the sensor header, the world's state, images and measurements.

Layouts of CARLA 0.9.16 (little endian). The client checks none of them and dies of a wrong one, so every packer has its
golden bytes in the tests.
"""

from __future__ import annotations

import enum
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import msgpack
import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Pose

HEADER = struct.Struct("<QQd6f")
WORLD = struct.Struct("<Qdf3iI")
ROW = struct.Struct("<IB15f54s")
IMAGE = struct.Struct("<IIf")
_VEHICLE = struct.Struct("<3f3Bif2BIB")
_WALKER = struct.Struct("<4fB")
_TRAFFIC_LIGHT = struct.Struct("<32s4fI2B")

ACTIVE = 1
"""State of an actor that takes part."""

MAP_CHANGED = 1
"""Flag of the first state after another map was loaded."""

Vector = tuple[float, float, float]
ZERO: Vector = (0.0, 0.0, 0.0)


def added(a: Vector, b: Vector, scale: float = 1.0) -> Vector:
    """a + scale * b."""
    return a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]


def scaled(a: Vector, scale: float) -> Vector:
    """a * scale."""
    return a[0] * scale, a[1] * scale, a[2] * scale


class Kind(enum.IntEnum):
    """Type ids of 0.9.16's stream messages; earlier versions differ from 16 on."""

    COLLISION = 0
    GNSS = 4
    IMU = 5
    CAMERA_RGB = 13
    CAMERA_SEMANTIC = 14
    WORLD = 17


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a message was made: frame number and simulated seconds since the episode began."""

    frame: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class VehicleStatus:
    """What the world state tells of a vehicle besides its motion.

    Attributes:
        throttle, steer, brake, hand_brake, reverse, manual_gear_shift, gear: the control in force.
        speed_limit_kmh: of the road it is on.
        light_state: CARLA's TrafficLightState of the light it stands at, 2 (green) without.
        light_id: actor id of that light, 0 without.
    """

    throttle: float = 0.0
    steer: float = 0.0
    brake: float = 0.0
    hand_brake: bool = False
    reverse: bool = False
    manual_gear_shift: bool = False
    gear: int = 0
    speed_limit_kmh: float = 30.0
    light_state: int = 2
    light_id: int = 0


def header(kind: Kind, stamp: Stamp, pose: Pose = Pose()) -> bytes:  # noqa: B008  (frozen)
    """The 48 bytes before every payload; `pose` is the sensor's in the world."""
    return HEADER.pack(kind, stamp.frame, stamp.elapsed_s, *place(pose))


def place(pose: Pose) -> tuple[float, float, float, float, float, float]:
    """x, y, z [m], pitch, yaw, roll [deg]; yaw wrapped to [-180, 180)."""
    yaw_deg = (math.degrees(pose.yaw_rad) + 180.0) % 360.0 - 180.0
    return pose.x_m, pose.y_m, pose.z_m, math.degrees(pose.pitch_rad), yaw_deg, math.degrees(pose.roll_rad)


def world_state(stamp: Stamp, episode_id: int, delta_s: float, flags: int, rows: Sequence[bytes]) -> bytes:
    """The whole message of stream 1: 84 bytes and 119 for each actor.

    The platform's clock is the simulation's: the same run gives the same bytes.
    """
    start = header(Kind.WORLD, stamp) + WORLD.pack(episode_id, stamp.elapsed_s, delta_s, 0, 0, 0, flags)
    return start + b"".join(rows)


def actor_row(
    actor_id: int,
    pose: Pose,
    *,
    velocity_mps: Vector = ZERO,
    turning_degps: Vector = ZERO,
    acceleration_mps2: Vector = ZERO,
    status: bytes = b"",
) -> bytes:
    """One actor in the world's state, 119 bytes; vectors in world axes, `status` by `*_status`."""
    return ROW.pack(actor_id, ACTIVE, *place(pose), *velocity_mps, *turning_degps, *acceleration_mps2, status)


def vehicle_status(status: VehicleStatus) -> bytes:
    """The 30 bytes of a vehicle."""
    return _VEHICLE.pack(
        status.throttle,
        status.steer,
        status.brake,
        status.hand_brake,
        status.reverse,
        status.manual_gear_shift,
        status.gear,
        status.speed_limit_kmh,
        status.light_state,
        status.light_id != 0,
        status.light_id,
        0,
    )


def walker_status(direction: Vector, speed_mps: float, jump: bool) -> bytes:
    """The 17 bytes of a pedestrian."""
    return _WALKER.pack(*direction, speed_mps, jump)


def traffic_light_status(
    sign_id: str, times_s: Vector, elapsed_s: float, pole_index: int, *, frozen: bool, state: int
) -> bytes:
    """The 54 bytes of a traffic light; `times_s` of green, yellow, red; `sign_id` as in the map, 31 bytes at most."""
    return _TRAFFIC_LIGHT.pack(sign_id.encode()[:31], *times_s, elapsed_s, pole_index, frozen, state)


def image(
    kind: Kind, stamp: Stamp, pose: Pose, fov_deg: float, bgra: npt.NDArray[np.uint8]
) -> tuple[bytes, memoryview]:
    """A camera image, header and pixels apart so that the pixels need no copy.

    Args:
        kind: CAMERA_RGB or CAMERA_SEMANTIC.
        stamp: of the tick.
        pose: of the camera in the world.
        fov_deg: horizontal.
        bgra: uint8 (H, W, 4), contiguous; nobody may write to it any more.
    """
    height, width, _ = bgra.shape
    return header(kind, stamp, pose) + IMAGE.pack(width, height, fov_deg), bgra.data.cast("B")


def semantic_pixels(labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Labels uint8 (H, W) as CARLA sends them: BGRA uint8 (H, W, 4) with the label in the red byte."""
    pixels = np.zeros((*labels.shape, 4), np.uint8)
    pixels[..., 2] = labels
    pixels[..., 3] = 255
    return pixels


def imu(stamp: Stamp, pose: Pose, acceleration_mps2: Vector, gyroscope_radps: Vector, compass_rad: float) -> bytes:
    """An inertial measurement in the sensor's axes; compass 0 at north (-y), clockwise."""
    return _packed(Kind.IMU, stamp, pose, [acceleration_mps2, gyroscope_radps, compass_rad])


def gnss(stamp: Stamp, pose: Pose, latitude_deg: float, longitude_deg: float, altitude_m: float) -> bytes:
    """A satellite position."""
    return _packed(Kind.GNSS, stamp, pose, [latitude_deg, longitude_deg, altitude_m])


def collision(stamp: Stamp, pose: Pose, own: object, other: object, impulse_ns: Vector) -> bytes:
    """A bump: the two actors as `structs.actor` packs them and the impulse in world axes."""
    return _packed(Kind.COLLISION, stamp, pose, [own, other, impulse_ns])


def _packed(kind: Kind, stamp: Stamp, pose: Pose, content: object) -> bytes:
    body: bytes = msgpack.packb(content)
    return header(kind, stamp, pose) + body
