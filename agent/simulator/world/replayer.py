"""A recording acted out: everybody who was in it stands where he stood, until it ends."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace

from agent.simulator.dynamics.steering import steering_share
from agent.simulator.nouns import Pose
from agent.simulator.poses import attached
from agent.simulator.protocol.messages import ZERO
from agent.simulator.protocol.structs import VehicleControl, WalkerControl
from agent.simulator.recording.log_reader import LogReader, RecordedFrame
from agent.simulator.recording.packets import FrameStart, Packet, Position, RecordingError
from agent.simulator.world.actors import Body, Vehicle
from agent.simulator.world.blueprints import BlueprintLibrary
from agent.simulator.world.cast import Cast
from agent.simulator.world.episode import Episode
from agent.simulator.world.light_groups import LightState
from agent.simulator.world.signal_actors import TrafficLight
from agent.simulator.world.walkers import Walker

_LOG = logging.getLogger(__name__)
BEHIND = Pose(-10.0, 0.0, 5.0, math.radians(-25.0))
"""Where CARLA's spectator follows from, in the actor's axes."""
_CM = 0.01
_FARTHEST_CM = 1e9


@dataclass(frozen=True, slots=True)
class Showing:
    """What of a recording is shown, and how.

    Attributes:
        start_s, stop_s: of the recording's time.
        follow_id: of the recorded actor the spectator follows, 0 for none.
        offset: of the spectator in that actor's axes.
        sensors: bring sensors back too.
        ignore_hero, ignore_spectator: leave these alone.
    """

    start_s: float
    stop_s: float
    follow_id: int = 0
    offset: Pose = BEHIND
    sensors: bool = False
    ignore_hero: bool = False
    ignore_spectator: bool = True


class Replayer:
    """Acts a recording out in an episode.

    Args:
        log: at its first frame; closed by `stop`.
        showing: what of it.
        episode: where.
        library: what can be spawned.

    Raises:
        RecordingError: it is damaged.
    """

    def __init__(self, log: LogReader, showing: Showing, episode: Episode, library: BlueprintLibrary) -> None:
        self._log, self._showing, self._episode = log, showing, episode
        self._cast = Cast(
            episode,
            library,
            sensors=showing.sensors,
            ignore_hero=showing.ignore_hero,
            ignore_spectator=showing.ignore_spectator,
        )
        self._frames = log.frames()
        self._now = RecordedFrame(FrameStart(0, 0.0, 0.0))
        self._next: RecordedFrame | None = next(self._frames, None)
        self._time_s = showing.start_s
        self._show(1.0)

    def advance(self, dt_s: float, factor: float) -> bool:
        """Let time pass; returns whether there is more to come.

        Args:
            dt_s: of the simulation.
            factor: how many seconds of the recording pass in one of the simulation.

        Raises:
            RecordingError: it is damaged.
        """
        self._time_s = min(self._time_s + dt_s * factor, self._showing.stop_s)
        self._show(factor)
        return self._time_s < self._showing.stop_s - 1e-9

    def stop(self, *, keep_actors: bool) -> None:
        """End: who stays gets his physics back and stands."""
        self._log.close()
        for actor in self._cast.on_stage():
            if isinstance(actor, Body) and actor.id in self._cast.held:
                actor.carry(actor.pose, ZERO)
                actor.simulated, actor.grounded = True, False
            if isinstance(actor, Vehicle):
                actor.control = VehicleControl(gear=1)
            elif isinstance(actor, Walker):
                actor.control = replace(actor.control, speed_mps=0.0)
        if not keep_actors:
            self._cast.dismiss()

    def _show(self, factor: float) -> None:
        """Bring the stage up to the present time of the recording."""
        while self._next is not None and self._time_s >= self._next.start.elapsed_s - 1e-9:
            self._now, self._next = self._next, next(self._frames, None)
            self._cast.enter_and_leave(self._now)
        self._places(factor)
        self._controls()
        self._lights()
        self._follow()
        self._episode.follow()

    def _places(self, factor: float) -> None:
        """Everybody between his place in this frame and that in the next."""
        later, span_s, share = {}, 0.0, 0.0
        if self._next is not None:
            span_s = self._next.start.elapsed_s - self._now.start.elapsed_s
            share = min(max((self._time_s - self._now.start.elapsed_s) / span_s, 0.0), 1.0) if span_s > 0.0 else 0.0
            later = {position.id: position for position in self._next.records(Packet.POSITION)}
        for position in self._now.records(Packet.POSITION):
            actor = self._cast.member(position.id)
            if actor is None:
                continue
            ahead = later.get(position.id, position)
            pose = _between(position, ahead, share)
            if isinstance(actor, Body):
                rate = _CM * factor / span_s if span_s > 0.0 else 0.0
                pairs = zip(position[1:4], ahead[1:4], strict=True)
                x, y, z = (rate * (there - here) for here, there in pairs)
                _roll(actor, pose)
                actor.carry(pose, (x, y, z))
            else:
                actor.put(pose)

    def _controls(self) -> None:
        for driven in self._now.records(Packet.ANIM_VEHICLE):
            vehicle = self._cast.member(driven.id)
            if isinstance(vehicle, Vehicle):
                _, steer, throttle, brake, hand_brake, gear = driven
                throttle, brake, steer = (
                    _within(throttle, 0.0, 1.0),
                    _within(brake, 0.0, 1.0),
                    _within(steer, -1.0, 1.0),
                )
                gear = min(max(gear, -1), 16)
                vehicle.control = VehicleControl(throttle, steer, brake, hand_brake, gear < 0, False, gear)
                turned = steer * vehicle.spec.max_steer_rad * steering_share(vehicle.state.forward_mps)
                vehicle.state = vehicle.state._replace(steer_rad=turned, gear=gear)
        for lamps in self._now.records(Packet.VEHICLE_LIGHT):
            vehicle = self._cast.member(lamps.id)
            if isinstance(vehicle, Vehicle):
                vehicle.lights = lamps.flags
        for walked in self._now.records(Packet.ANIM_WALKER):
            walker = self._cast.member(walked.id)
            if isinstance(walker, Walker):
                speed_mps = _within(walked.speed_mps, 0.0, 20.0)
                facing = (math.cos(walker.pose.yaw_rad), math.sin(walker.pose.yaw_rad), 0.0)
                walker.control = WalkerControl(facing, speed_mps)

    def _lights(self) -> None:
        for shown in self._now.records(Packet.STATE):
            light = self._cast.member(shown.id)
            if isinstance(light, TrafficLight) and shown.state in iter(LightState):
                light.group.states[light.id] = LightState(shown.state)
                light.group.frozen = shown.frozen
                light.group.elapsed_s = shown.elapsed_s if 0.0 <= shown.elapsed_s < 1e6 else 0.0

    def _follow(self) -> None:
        actor = self._cast.member(self._showing.follow_id) if self._showing.follow_id else None
        if actor is not None:
            self._episode.spectator.put(attached(actor.pose, self._showing.offset))


def _within(value: float, low: float, high: float) -> float:
    """A number brought into its range; `low` for what is none."""
    return min(max(value, low), high) if math.isfinite(value) else low


def _roll(body: Body, pose: Pose) -> None:
    """Turn the wheels by the way to a place."""
    way_m = math.hypot(pose.x_m - body.pose.x_m, pose.y_m - body.pose.y_m)
    if way_m < 5.0:  # farther is a jump, not a drive
        turned = (body.state.wheel_turn_rad + way_m / body.spec.wheel_radius_m) % (2.0 * math.pi)
        body.state = body.state._replace(wheel_turn_rad=turned)


def _between(here: Position, there: Position, share: float) -> Pose:
    """A place on the way from one to the other; angles turn the short way.

    Raises:
        RecordingError: out of this world.
    """
    if not all(abs(value) <= _FARTHEST_CM for value in (*here[1:], *there[1:])):  # NaN fails every comparison
        raise RecordingError(f"the recording is damaged: actor {here.id} is out of this world")
    values = [a + share * (b - a) for a, b in zip(here[1:4], there[1:4], strict=True)]
    turns = [a + share * math.remainder(b - a, 360.0) for a, b in zip(here[4:7], there[4:7], strict=True)]
    roll, pitch, yaw = (math.radians(math.remainder(turn, 360.0)) for turn in turns)
    return Pose(_CM * values[0], _CM * values[1], _CM * values[2], pitch, yaw, roll)
