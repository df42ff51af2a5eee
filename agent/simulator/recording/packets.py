"""The records of CARLA's recorder format as values, and each as bytes.

Little endian, nothing padded; lengths in centimetres, angles in degrees, rotations as (roll, pitch, yaw), velocities in
m/s and deg/s. Layouts: CARLA's documentation ("Recorder Binary File Format") and, for what came later, the structs of
its Recorder folder.
"""

from __future__ import annotations

import enum
import struct
from typing import Any, NamedTuple

MAGIC = "CARLA_RECORDER"
VERSION = 1
SCENERY_ID = 0xFFFFFFFF
"""Stands for what is no actor in a collision."""

Vector = tuple[float, float, float]


class RecordingError(ValueError):
    """A recording that cannot be made or read; the text goes to the client."""


class Packet(enum.IntEnum):
    """Ids of the packets; the ones left out are skipped."""

    FRAME_START = 0
    FRAME_END = 1
    EVENT_ADD = 2
    EVENT_DEL = 3
    EVENT_PARENT = 4
    COLLISION = 5
    POSITION = 6
    STATE = 7
    ANIM_VEHICLE = 8
    ANIM_WALKER = 9
    VEHICLE_LIGHT = 10
    KINEMATICS = 12
    BOUNDING_BOX = 13
    PLATFORM_TIME = 14
    LIGHT_TIME = 16


class Kind(enum.IntEnum):
    """What sort of actor was added."""

    OTHER = 0
    VEHICLE = 1
    WALKER = 2
    TRAFFIC_LIGHT = 3
    TRAFFIC_SIGN = 4
    SENSOR = 5


class Added(NamedTuple):
    """An actor that came; `attributes` are (type, id, value)."""

    id: int
    kind: int
    location_cm: Vector
    rotation_deg: Vector
    uid: int
    blueprint: str
    attributes: tuple[tuple[int, str, str], ...]

    @property
    def is_hero(self) -> bool:
        """Whether its role is the hero's."""
        return any(name == "role_name" and value == "hero" for _, name, value in self.attributes)


class Removed(NamedTuple):
    """An actor that went."""

    id: int


class Parented(NamedTuple):
    """An actor that was attached to another."""

    id: int
    parent_id: int


class Collided(NamedTuple):
    """Two that met; `SCENERY_ID` for what is no actor."""

    number: int
    id: int
    other_id: int
    is_hero: bool
    is_other_hero: bool


class Position(NamedTuple):
    """Where an actor stood."""

    id: int
    x_cm: float
    y_cm: float
    z_cm: float
    roll_deg: float
    pitch_deg: float
    yaw_deg: float


class LightShown(NamedTuple):
    """What a traffic light showed."""

    id: int
    frozen: bool
    elapsed_s: float
    state: int


class Driven(NamedTuple):
    """A vehicle's control."""

    id: int
    steer: float
    throttle: float
    brake: float
    hand_brake: bool
    gear: int


class Walked(NamedTuple):
    """A pedestrian's speed."""

    id: int
    speed_mps: float


class Lamps(NamedTuple):
    """A vehicle's lights as VehicleLightState flags."""

    id: int
    flags: int


class Motion(NamedTuple):
    """How an actor moved: velocity [m/s] and turning [deg/s] in world axes."""

    id: int
    vx: float
    vy: float
    vz: float
    wx: float
    wy: float
    wz: float


class BoxOf(NamedTuple):
    """An actor's bounding box in its own axes: middle and half sizes [cm]."""

    id: int
    x_cm: float
    y_cm: float
    z_cm: float
    half_x_cm: float
    half_y_cm: float
    half_z_cm: float


class LightTimes(NamedTuple):
    """How long a traffic light shows each colour [s]."""

    id: int
    green_s: float
    yellow_s: float
    red_s: float


class FrameStart(NamedTuple):
    """A frame: its number from 1, how long until the next one [s, -1 of the last], seconds since the first."""

    number: int
    duration_s: float
    elapsed_s: float


FRAME = struct.Struct("<Qdd")
HEADER = struct.Struct("<BI")
COUNT = struct.Struct("<H")
SECONDS = struct.Struct("<d")
MOST_RECORDS = 0xFFFF

FIXED: dict[Packet, tuple[struct.Struct, type[Any]]] = {
    Packet.EVENT_DEL: (struct.Struct("<I"), Removed),
    Packet.EVENT_PARENT: (struct.Struct("<II"), Parented),
    Packet.COLLISION: (struct.Struct("<III??"), Collided),
    Packet.POSITION: (struct.Struct("<I6f"), Position),
    Packet.STATE: (struct.Struct("<I?fb"), LightShown),
    Packet.ANIM_VEHICLE: (struct.Struct("<I3f?i"), Driven),
    Packet.ANIM_WALKER: (struct.Struct("<If"), Walked),
    Packet.VEHICLE_LIGHT: (struct.Struct("<II"), Lamps),
    Packet.KINEMATICS: (struct.Struct("<I6f"), Motion),
    Packet.BOUNDING_BOX: (struct.Struct("<I6f"), BoxOf),
    Packet.LIGHT_TIME: (struct.Struct("<I3f"), LightTimes),
}
"""Packets that are a number of records of one size."""


def packet(kind: Packet, payload: bytes) -> bytes:
    """A packet: id, size, payload."""
    return HEADER.pack(kind, len(payload)) + payload


def records(kind: Packet, of: list[Any]) -> bytes:
    """A packet of records of a fixed size; at most 65,535 of them."""
    pack = FIXED[kind][0].pack
    some = of[:MOST_RECORDS]
    return packet(kind, COUNT.pack(len(some)) + b"".join([pack(*record) for record in some]))


def added(of: list[Added]) -> bytes:
    """The packet of actors that came."""
    some = of[:MOST_RECORDS]
    return packet(Packet.EVENT_ADD, COUNT.pack(len(some)) + b"".join(map(_added, some)))


def text(value: str) -> bytes:
    """A string: its length in bytes, then UTF-8; cut at 65,535 bytes."""
    encoded = value.encode("utf-8", "replace")[:MOST_RECORDS]
    return COUNT.pack(len(encoded)) + encoded


def _added(actor: Added) -> bytes:
    attributes = [struct.pack("<B", kind & 0xFF) + text(name) + text(value) for kind, name, value in actor.attributes]
    return b"".join(
        (
            struct.pack("<IB6f", actor.id, actor.kind, *actor.location_cm, *actor.rotation_deg),
            struct.pack("<I", actor.uid),
            text(actor.blueprint),
            COUNT.pack(len(attributes)),
            *attributes,
        )
    )
