"""Stream messages as bytes: the sensor header, the world's state, images and measurements.

Layouts of CARLA 0.9.16 (little endian). The client checks none of them and dies of a wrong one, so every packer has its
golden bytes in the tests.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import degrees

import msgpack
import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Pose
from agent.simulator.poses import Vector
from agent.simulator.protocol.structs import VehicleControl

Parts = tuple[bytes | memoryview, ...]
"""One message in pieces to be sent one after the other."""

HEADER = struct.Struct("<QQd6f")
WORLD = struct.Struct("<Qdf3iI")
ROW = struct.Struct("<IB15f54s")
IMAGE = struct.Struct("<IIf")
_VEHICLE_ROW = struct.Struct("<IB15f3f3Bif2BIB24x")
_WALKER = struct.Struct("<4fB")
_LIGHT = struct.Struct("<32s4fI2B")
_SIGN_ID_BYTES = 32

ACTIVE = 1
"""State of an actor that takes part."""

LIGHTS_CHANGED = 2
"""Flag of the first state after somebody switched street lamps: the clients ask for all of them again."""
MAP_CHANGED = 1
"""Flag of the first state after another map was loaded."""

ZERO: Vector = (0.0, 0.0, 0.0)


def added(a: Vector, b: Vector, scale: float = 1.0) -> Vector:
    """a + scale * b."""
    return a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]


def scaled(a: Vector, scale: float) -> Vector:
    """a * scale."""
    return a[0] * scale, a[1] * scale, a[2] * scale


class Kind(enum.IntEnum):
    """Type ids of 0.9.16's stream messages; earlier versions differ from 16 on. NOTHING is never sent."""

    NOTHING = -1
    COLLISION = 0
    CAMERA_DEPTH = 1
    CAMERA_NORMALS = 2
    DVS = 3
    GNSS = 4
    IMU = 5
    OBSTACLE = 7
    OPTICAL_FLOW = 8
    RADAR = 9
    LIDAR_SEMANTIC = 10
    LIDAR = 11
    CAMERA_RGB = 13
    CAMERA_SEMANTIC = 14
    CAMERA_INSTANCE = 15
    CAMERA_COSMOS = 16
    WORLD = 17


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a message was made: frame number and simulated seconds since the episode began."""

    frame: int
    elapsed_s: float


def header(kind: Kind, stamp: Stamp, pose: Pose = Pose()) -> bytes:  # noqa: B008  (frozen)
    """The 48 bytes before every payload; `pose` is the sensor's in the world."""
    return HEADER.pack(kind, stamp.frame, stamp.elapsed_s, *place(pose))


def place(pose: Pose) -> tuple[float, float, float, float, float, float]:
    """x, y, z [m], pitch, yaw, roll [deg]; yaw wrapped to [-180, 180)."""
    x, y, z, pitch, yaw, roll = pose
    return x, y, z, degrees(pitch), (degrees(yaw) + 180.0) % 360.0 - 180.0, degrees(roll)


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


def vehicle_row(
    actor_id: int,
    pose: Pose,
    control: VehicleControl,
    *,
    velocity_mps: Vector,
    turning_degps: Vector,
    acceleration_mps2: Vector,
    gear: int,
    speed_limit_kmh: float,
    light_state: int,
    light_id: int,
) -> bytes:
    """One vehicle in the world's state, 119 bytes: `actor_row` and what only vehicles have, packed in one go.

    Args:
        actor_id, pose, velocity_mps, turning_degps, acceleration_mps2: as `actor_row`.
        control, gear, speed_limit_kmh: the control in force, the gear engaged, the limit.
        light_state: CARLA's TrafficLightState it sees, at a light or a sign.
        light_id: of the light it stands at, 0 at none.
    """
    motion = (*place(pose), *velocity_mps, *turning_degps, *acceleration_mps2)
    seen = (speed_limit_kmh, light_state, light_id != 0, light_id, 0)
    return _VEHICLE_ROW.pack(actor_id, ACTIVE, *motion, *control[:6], gear, *seen)


def traffic_light_status(
    sign_id: str, times_s: tuple[float, float, float, float], *, pole_index: int, frozen: bool, state: int
) -> bytes:
    """The 54 bytes of a traffic light; `times_s` are green, yellow, red and what of the present one has passed."""
    return _LIGHT.pack(_sign_id(sign_id), *times_s, pole_index, frozen, state)


def sign_status(sign_id: str) -> bytes:
    """The 32 bytes of a sign: its id on the map."""
    return _sign_id(sign_id).ljust(_SIGN_ID_BYTES, b"\0")


def _sign_id(sign_id: str) -> bytes:
    """As the client reads it: text that ends with a zero, of 31 bytes at most."""
    return sign_id.encode("utf-8")[: _SIGN_ID_BYTES - 1]


def walker_status(direction: Vector, speed_mps: float, jump: bool) -> bytes:
    """The 17 bytes of a pedestrian."""
    return _WALKER.pack(*direction, speed_mps, jump)


def image(
    kind: Kind, stamp: Stamp, pose: Pose, fov_deg: float, pixels: npt.NDArray[np.uint8] | npt.NDArray[np.float32]
) -> tuple[bytes, memoryview]:
    """A camera image, header and pixels apart so that the pixels need no copy.

    Args:
        kind: one of the CAMERAs, or OPTICAL_FLOW.
        stamp: of the tick.
        pose: of the camera in the world.
        fov_deg: horizontal.
        pixels: BGRA uint8 (H, W, 4), or float32 (H, W, 2); contiguous; nobody may write to it any more.
    """
    height, width, _ = pixels.shape
    return header(kind, stamp, pose) + IMAGE.pack(width, height, fov_deg), pixels.data.cast("B")


def events(stamp: Stamp, pose: Pose, fov_deg: float, size: tuple[int, int], packed: bytes) -> Parts:
    """What an event camera of this size [px] saw change: 13 bytes an event, `sensing.events.EVENT`."""
    return (header(Kind.DVS, stamp, pose) + IMAGE.pack(*size, fov_deg) + packed,)


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
