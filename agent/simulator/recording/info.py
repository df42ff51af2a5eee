"""What `show_recorder_file_info` tells: who came and went, who met, and with `show_all` everything, frame by frame.

The wording is CARLA's, so that scripts that read it go on reading it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agent.simulator.recording.log_reader import LogReader, RecordedFrame
from agent.simulator.recording.packets import (
    BoxOf,
    Driven,
    FrameStart,
    Lamps,
    LightShown,
    LightTimes,
    Motion,
    Packet,
    Position,
    Walked,
)
from agent.simulator.recording.told import Told

_LAMPS = (  # in CARLA's order of telling, with their bits
    *(("Position", 0), ("LowBeam", 1), ("HighBeam", 2), ("Brake", 3), ("RightBlinker", 4), ("LeftBlinker", 5)),
    *(("Reverse", 6), ("Interior", 8), ("Fog", 7), ("Special1", 9), ("Special2", 10)),
)


def file_info(log: LogReader, *, show_all: bool) -> str:
    """The text about a recording.

    Raises:
        RecordingError: it is damaged.
    """
    told, last = Told(log.head), FrameStart(0, 0.0, 0.0)
    for frame in log.frames():
        last = frame.start
        body = _events(frame) + (_states(frame) if show_all else "")
        if body or show_all:
            told.add(f"Frame {last.number} at {last.elapsed_s:g} seconds\n{body}")
        if told.full:
            break
    told.add(f"\nFrames: {last.number}\nDuration: {last.elapsed_s:g} seconds\n")
    return str(told)


def _events(frame: RecordedFrame) -> str:
    lines = []
    for actor in frame.added():
        x, y, z = actor.location_cm
        lines.append(f" Create {actor.id}: {actor.blueprint} ({actor.kind}) at ({x:g}, {y:g}, {z:g})\n")
        lines += [f"  {name} = {value}\n" for _, name, value in actor.attributes]
    lines += [f" Destroy {gone.id}\n" for gone in frame.records(Packet.EVENT_DEL)]
    lines += [
        f" Parenting {child.id} with {child.parent_id} (parent)\n" for child in frame.records(Packet.EVENT_PARENT)
    ]
    for bump in frame.records(Packet.COLLISION):
        hero, other_hero = (" (hero) " if flag else "" for flag in (bump.is_hero, bump.is_other_hero))
        lines.append(f" Collision id {bump.number} between {bump.id}{hero} with {bump.other_id}{other_hero}\n")
    return "".join(lines)


def _position(at: Position) -> str:
    return (
        f"Id: {at.id} Location: ({at.x_cm:g}, {at.y_cm:g}, {at.z_cm:g}) "
        f"Rotation: ({at.roll_deg:g}, {at.pitch_deg:g}, {at.yaw_deg:g})"
    )


def _light(light: LightShown) -> str:
    return f"Id: {light.id} state: {light.state:d} frozen: {light.frozen:d} elapsedTime: {light.elapsed_s:g}"


def _driven(car: Driven) -> str:
    return (
        f"Id: {car.id} Steering: {car.steer:g} Throttle: {car.throttle:g} Brake: {car.brake:g} "
        f"Handbrake: {car.hand_brake:d} Gear: {car.gear}"
    )


def _walked(walker: Walked) -> str:
    return f"Id: {walker.id} speed: {walker.speed_mps:g}"


def _lamps(lamps: Lamps) -> str:
    lit = " ".join(name for name, bit in _LAMPS if lamps.flags >> bit & 1)
    return f"Id: {lamps.id} {lit or 'None'}"


def _motion(motion: Motion) -> str:
    return (
        f"Id: {motion.id} linear_velocity: ({motion.vx:g}, {motion.vy:g}, {motion.vz:g}) "
        f"angular_velocity: ({motion.wx:g}, {motion.wy:g}, {motion.wz:g})"
    )


def _box(box: BoxOf) -> str:
    return (
        f"Id: {box.id} origin: ({box.x_cm:g}, {box.y_cm:g}, {box.z_cm:g}) "
        f"extension: ({box.half_x_cm:g}, {box.half_y_cm:g}, {box.half_z_cm:g})"
    )


def _light_times(light: LightTimes) -> str:
    return f"Id: {light.id} green_time: {light.green_s:g} yellow_time: {light.yellow_s:g} red_time: {light.red_s:g}"


_STATES: Mapping[Packet, tuple[str, Callable[[Any], str]]] = {
    Packet.POSITION: ("Positions", _position),
    Packet.STATE: ("State traffic lights", _light),
    Packet.ANIM_VEHICLE: ("Vehicle animations", _driven),
    Packet.ANIM_WALKER: ("Walker animations", _walked),
    Packet.VEHICLE_LIGHT: ("Vehicle light animations", _lamps),
    Packet.KINEMATICS: ("Dynamic actors", _motion),
    Packet.BOUNDING_BOX: ("Actor bounding boxes", _box),
    Packet.LIGHT_TIME: ("Traffic Light time events", _light_times),
}


def _states(frame: RecordedFrame) -> str:
    lines = []
    for kind, (title, line) in _STATES.items():
        if kind in frame.packets:
            found = frame.records(kind)
            lines.append(f" {title}: {len(found)}\n")
            lines += [f"  {line(record)}\n" for record in found]
    platform_s = frame.platform_time_s()
    if platform_s is not None:
        lines.append(f" Current platform time: {platform_s:g}\n")
    return "".join(lines)
