"""Ticks into frames of a recording: who came and went, who met, where everybody is and what he does."""

from __future__ import annotations

import math

from agent.simulator.nouns import Pose
from agent.simulator.protocol.messages import ZERO
from agent.simulator.recording.log_writer import LogWriter
from agent.simulator.recording.packets import (
    SCENERY_ID,
    SECONDS,
    Added,
    BoxOf,
    Collided,
    Driven,
    Kind,
    Lamps,
    LightShown,
    LightTimes,
    Motion,
    Packet,
    Parented,
    Position,
    Removed,
    Walked,
    added,
    packet,
    records,
)
from agent.simulator.world.actors import Actor, Body, Vehicle
from agent.simulator.world.episode import Episode
from agent.simulator.world.light_groups import LightState
from agent.simulator.world.sensor_actors import Sensor
from agent.simulator.world.signal_actors import TrafficLight, TrafficSign
from agent.simulator.world.walkers import Walker

_CM = 100.0


class Recorder:
    """Writes an episode down, tick by tick.

    Args:
        log: the file; closed by `close`.
        additional: also velocities, bounding boxes, times of lights and of the simulation.
    """

    def __init__(self, log: LogWriter, *, additional: bool) -> None:
        self._log = log
        self._additional = additional
        self._known: set[int] = set()
        self._new: list[Actor] = []
        self._bumps = 0
        self._elapsed_s = -math.inf  # since the first frame

    def observe(self, episode: Episode) -> None:
        """Write down how things stand after a tick.

        Raises:
            RecordingError: the file has reached its greatest size.
            OSError: it cannot be written.
        """
        actors = list(episode.actors.values())
        self._elapsed_s = max(self._elapsed_s + episode.delta_s, 0.0)
        self._log.write(self._events(episode, actors) + self._states(episode, actors), episode.delta_s)

    def close(self) -> None:
        """End the recording.

        Raises:
            OSError: the rest cannot be written.
        """
        self._log.close()

    def _events(self, episode: Episode, actors: list[Actor]) -> bytes:
        new = [actor for actor in actors if actor.id not in self._known]
        gone = [Removed(actor_id) for actor_id in sorted(self._known - episode.actors.keys())]
        self._new = new
        if new or gone:
            self._known = set(episode.actors)
        parents = [Parented(actor.id, actor.parent.id) for actor in new if actor.parent is not None]
        return b"".join(
            (
                added([_added(actor) for actor in new]),
                records(Packet.EVENT_DEL, gone),
                records(Packet.EVENT_PARENT, parents),
                records(Packet.COLLISION, list(self._collided(episode))),
            )
        )

    def _collided(self, episode: Episode) -> list[Collided]:
        found = []
        for contact in episode.contacts:
            other = SCENERY_ID if contact.other_id is None else contact.other_id
            heroes = [_is_hero(episode.actors.get(actor_id)) for actor_id in (contact.body_id, other)]
            found.append(Collided(self._bumps, contact.body_id, other, *heroes))
            self._bumps += 1
        return found

    def _states(self, episode: Episode, actors: list[Actor]) -> bytes:
        moving = [actor for actor in actors if not isinstance(actor, TrafficSign | Sensor)]
        vehicles = [actor for actor in moving if isinstance(actor, Vehicle)]
        walkers = [actor for actor in moving if isinstance(actor, Walker)]
        lights = [actor for actor in actors if isinstance(actor, TrafficLight)]
        parts = [
            records(Packet.POSITION, [Position(actor.id, *_place(actor.pose)) for actor in moving]),
            records(Packet.STATE, [_light(light) for light in lights]),
            records(Packet.ANIM_VEHICLE, [_driven(vehicle) for vehicle in vehicles]),
            records(Packet.ANIM_WALKER, [Walked(walker.id, walker.control.speed_mps) for walker in walkers]),
            records(Packet.VEHICLE_LIGHT, [Lamps(vehicle.id, vehicle.lights) for vehicle in vehicles]),
        ]
        if self._additional:
            parts += [
                records(Packet.KINEMATICS, [_motion(body) for body in [*vehicles, *walkers]]),
                records(Packet.BOUNDING_BOX, [_box(actor) for actor in self._new]),
                packet(Packet.PLATFORM_TIME, SECONDS.pack(self._elapsed_s)),
                records(Packet.LIGHT_TIME, [_times(new) for new in self._new if isinstance(new, TrafficLight)]),
            ]
        return b"".join(parts)


def _place(pose: Pose) -> tuple[float, float, float, float, float, float]:
    """x, y, z [cm], roll, pitch, yaw [deg]."""
    yaw_rad = math.remainder(pose.yaw_rad, 2.0 * math.pi)
    angles = (math.degrees(pose.roll_rad), math.degrees(pose.pitch_rad), math.degrees(yaw_rad))
    return (_CM * pose.x_m, _CM * pose.y_m, _CM * pose.z_m, *angles)


def _added(actor: Actor) -> Added:
    """An attached actor's place is told in its parent's axes, as CARLA's replayer wants it."""
    x, y, z, roll, pitch, yaw = _place(actor.relative if actor.parent is not None else actor.pose)
    description = actor.description
    attributes = tuple((kind, name, value) for name, kind, value in description.attributes)
    return Added(actor.id, _kind(actor), (x, y, z), (roll, pitch, yaw), description.uid, description.id, attributes)


def _kind(actor: Actor) -> Kind:
    for of, kind in (
        (Vehicle, Kind.VEHICLE),
        (Walker, Kind.WALKER),
        (TrafficLight, Kind.TRAFFIC_LIGHT),
        (TrafficSign, Kind.TRAFFIC_SIGN),
        (Sensor, Kind.SENSOR),
    ):
        if isinstance(actor, of):
            return kind
    return Kind.OTHER


def _is_hero(actor: Actor | None) -> bool:
    return actor is not None and actor.description.value("role_name") == "hero"


def _light(light: TrafficLight) -> LightShown:
    return LightShown(light.id, light.group.frozen, light.group.elapsed_s, int(light.state))


def _times(light: TrafficLight) -> LightTimes:
    seconds = light.turn.seconds
    return LightTimes(light.id, seconds[LightState.GREEN], seconds[LightState.YELLOW], seconds[LightState.RED])


def _driven(vehicle: Vehicle) -> Driven:
    control = vehicle.control
    gear = -1 if control.reverse else vehicle.state.gear
    return Driven(vehicle.id, control.steer, control.throttle, control.brake, control.hand_brake, gear)


def _motion(body: Body) -> Motion:
    turning = body.turning_radps
    return Motion(body.id, *body.velocity_mps, *(math.degrees(rate) for rate in turning))


def _box(actor: Actor) -> BoxOf:
    box: list[object] = actor.box()
    middle, half = (part if isinstance(part, list) else list(ZERO) for part in box[:2])
    return BoxOf(actor.id, *(_CM * value for value in [*middle, *half]))
