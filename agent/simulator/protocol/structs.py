"""CARLA's RPC structs: frozen values here, msgpack tuples on the wire.

`*_tuple` functions go out, `read_*` functions come in; what comes in is a stranger's and is checked. Angles are degrees
on the wire and radians in the simulator.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, NamedTuple

from agent.simulator.nouns import Pose, Weather
from agent.simulator.poses import Vector

_GREATEST = 3e38  # float32 ends at 3.4e38
_FARTHEST_M = 1e7
_SHORTEST_STEP_S, _LONGEST_STEP_S = 1e-4, 10.0
_MOST_WEATHER = 1e6


class StructError(ValueError):
    """A client sent a tuple that is not the struct it should be."""


@dataclass(frozen=True, slots=True)
class EpisodeSettings:
    """CARLA's world settings; field order is the wire order. `fixed_delta_seconds` None: variable."""

    synchronous_mode: bool = False
    no_rendering_mode: bool = False
    fixed_delta_seconds: float | None = None
    substepping: bool = True
    max_substep_delta_time: float = 0.01
    max_substeps: int = 10
    max_culling_distance: float = 0.0
    deterministic_ragdolls: bool = True
    tile_stream_distance: float = 3000.0
    actor_active_distance: float = 2000.0
    spectator_as_ego: bool = True


class VehicleControl(NamedTuple):  # a tuple is made four times as fast as a frozen dataclass
    """What a driver asks of a vehicle; wire order."""

    throttle: float = 0.0
    steer: float = 0.0
    brake: float = 0.0
    hand_brake: bool = False
    reverse: bool = False
    manual_gear_shift: bool = False
    gear: int = 0


@dataclass(frozen=True, slots=True)
class WalkerControl:
    """Where a pedestrian walks: direction in world axes (length irrelevant) and speed."""

    direction: Vector = (0.0, 0.0, 0.0)
    speed_mps: float = 0.0
    jump: bool = False


@dataclass(frozen=True, slots=True)
class ActorDescription:
    """What a client wants spawned: a blueprint's number and id and the attributes [id, type, value] it chose."""

    uid: int
    id: str
    attributes: tuple[tuple[str, int, str], ...] = ()

    def value(self, attribute: str, default: str = "") -> str:
        """The chosen value of an attribute."""
        return next((value for name, _, value in self.attributes if name == attribute), default)


_SETTINGS = attrgetter(*(field.name for field in fields(EpisodeSettings)))  # asked for in every tick:
_WEATHER = attrgetter(*(field.name for field in fields(Weather)))  # `astuple` copies deeply and takes ten times as long


def transform_tuple(pose: Pose) -> list[list[float]]:
    """[[x, y, z], [pitch, yaw, roll] in degrees]."""
    rotation = [math.degrees(pose.pitch_rad), math.degrees(pose.yaw_rad), math.degrees(pose.roll_rad)]
    return [[pose.x_m, pose.y_m, pose.z_m], rotation]


def box_tuple(centre: Vector = (0.0, 0.0, 0.0), half_size: Vector = (0.0, 0.0, 0.0), actor_id: int = 0) -> list[object]:
    """A bounding box in its actor's axes [m]; without arguments the all-zero box CARLA answers for a missing actor."""
    return [list(centre), list(half_size), [0.0, 0.0, 0.0], actor_id]


def description_tuple(description: ActorDescription) -> list[object]:
    """[uid, id, [[id, type, value], ...]]."""
    return [description.uid, description.id, [list(attribute) for attribute in description.attributes]]


def actor_tuple(
    actor_id: int, parent_id: int, description: ActorDescription, *, box: list[object], tags: bytes, token: bytes
) -> list[object]:
    """An actor as the client keeps it; `tags` are its semantic labels, one byte each."""
    return [actor_id, parent_id, description_tuple(description), box, tags, token]


def settings_tuple(settings: EpisodeSettings) -> list[object]:
    """The settings, the optional step as CARLA's [false] or [true, seconds]."""
    packed: list[object] = list(_SETTINGS(settings))
    step_s = settings.fixed_delta_seconds
    packed[2] = [False] if step_s is None else [True, step_s]
    return packed


def weather_tuple(weather: Weather) -> list[object]:
    """14 numbers in the order of the fields."""
    return list(_WEATHER(weather))


def number(raw: Any) -> float:
    """A finite number that the wire's float32 can hold.

    Raises:
        StructError: something else.
    """
    if not isinstance(raw, (int, float)) or not abs(raw) <= _GREATEST:  # NaN fails every comparison
        raise StructError(f"got {raw!r:.40}, wanted a finite number")
    return float(raw)


def integer(raw: Any) -> int:
    """A whole number, e.g. an actor's id.

    Raises:
        StructError: something else.
    """
    if not isinstance(raw, int):
        raise StructError(f"got {raw!r:.40}, wanted a whole number")
    return int(raw)


def text(raw: Any) -> str:
    """A string.

    Raises:
        StructError: something else.
    """
    if not isinstance(raw, str):
        raise StructError(f"got {raw!r:.40}, wanted a text")
    return raw


def items(raw: Any, at_least: int = 0) -> Sequence[Any]:
    """A tuple of at least so many items; CARLA ignores what follows.

    Raises:
        StructError: something else or shorter.
    """
    if not isinstance(raw, list) or len(raw) < at_least:
        raise StructError(f"got {raw!r:.40}, wanted a tuple of {at_least}")
    return raw


def read_vector(raw: Any) -> Vector:
    """[x, y, z]."""
    x, y, z = items(raw, 3)[:3]
    return number(x), number(y), number(z)


def read_location(raw: Any) -> Vector:
    """[x, y, z] of a place; beyond 10,000 km it is refused."""
    x, y, z = read_vector(raw)
    if max(abs(x), abs(y), abs(z)) > _FARTHEST_M:
        raise StructError(f"location ({x:g}, {y:g}, {z:g}) is out of this world")
    return x, y, z


def read_transform(raw: Any) -> Pose:
    """[Location, Rotation] as a pose; angles are wrapped to [-180, 180] degrees."""
    location, rotation = items(raw, 2)[:2]
    pitch, yaw, roll = (math.radians(math.remainder(angle, 360.0)) for angle in read_vector(rotation))
    return Pose(*read_location(location), pitch, yaw, roll)


def read_control(raw: Any) -> VehicleControl:
    """A vehicle's control, each value clamped to its range as CARLA does."""
    throttle, steer, brake, hand_brake, reverse, manual, gear = items(raw, 7)[:7]
    return VehicleControl(
        _clamped(throttle, 0.0),
        _clamped(steer, -1.0),
        _clamped(brake, 0.0),
        bool(hand_brake),
        bool(reverse),
        bool(manual),
        gear if gear == 0 and type(gear) is int else min(max(integer(gear), -1), 16),
    )


def _clamped(raw: Any, low: float) -> float:
    """A number within `low` to 1."""
    if type(raw) is float and low <= raw <= 1.0:  # the usual case
        return raw
    return min(max(number(raw), low), 1.0)


def read_walker_control(raw: Any) -> WalkerControl:
    """A pedestrian's control; faster than 20 m/s nobody runs."""
    direction, speed, jump = items(raw, 3)[:3]
    return WalkerControl(read_vector(direction), min(max(number(speed), 0.0), 20.0), bool(jump))


def read_weather(raw: Any) -> Weather:
    """14 numbers within a million."""
    count = len(fields(Weather))
    weather = Weather(*(number(entry) for entry in items(raw, count)[:count]))
    if max(map(abs, _WEATHER(weather))) > _MOST_WEATHER:
        raise StructError(f"got a weather parameter beyond {_MOST_WEATHER:g}")
    return weather


def read_settings(raw: Any) -> EpisodeSettings:
    """The settings; a step of 0 means a variable one, as CARLA's documentation has it.

    Raises:
        StructError: not settings, or a step shorter than 0.1 ms or longer than 10 s.
    """
    count = len(fields(EpisodeSettings))
    entries = list(items(raw, count)[:count])
    option = items(entries[2], 1)
    step_s = number(option[1]) if option[0] and len(option) > 1 else 0.0
    if step_s > 0.0 and not _SHORTEST_STEP_S <= step_s <= _LONGEST_STEP_S:
        raise StructError(f"fixed_delta_seconds is {step_s:g}, wanted {_SHORTEST_STEP_S:g} to {_LONGEST_STEP_S:g}")
    entries[2] = step_s if step_s > 0.0 else None
    for index, kind in ((0, bool), (1, bool), (3, bool), (5, int), (7, bool), (10, bool)):
        entries[index] = kind(entries[index])
    for index in (4, 6, 8, 9):
        entries[index] = number(entries[index])
    return EpisodeSettings(*entries)


def read_description(raw: Any) -> ActorDescription:
    """What to spawn."""
    uid, blueprint, attributes = items(raw, 3)[:3]
    chosen = []
    for attribute in items(attributes):
        name, kind, chosen_value = items(attribute, 3)[:3]
        chosen.append((text(name), integer(kind), text(chosen_value)))
    return ActorDescription(integer(uid), text(blueprint), tuple(chosen))
