"""Who plays whom when a recording is acted out: recorded ids to actors of the episode."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator

from agent.simulator.nouns import Pose
from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.recording.log_reader import RecordedFrame
from agent.simulator.recording.packets import Added, Packet, RecordingError
from agent.simulator.world.actors import Actor, Body
from agent.simulator.world.blueprints import BlueprintLibrary
from agent.simulator.world.episode import Episode
from agent.simulator.world.signal_actors import TrafficSign

_LOG = logging.getLogger(__name__)
_CM = 0.01
_FARTHEST_CM = 1e9
_SAME_PLACE_M = 0.5


class Cast:
    """Finds or makes an actor for everybody in a recording.

    Args:
        episode: the stage.
        library: what can be spawned.
        sensors: bring sensors back too.
        ignore_hero, ignore_spectator: leave these alone.

    Attributes:
        held: ids of actors whose physics is off as long as the recording lasts.
    """

    def __init__(
        self,
        episode: Episode,
        library: BlueprintLibrary,
        *,
        sensors: bool,
        ignore_hero: bool,
        ignore_spectator: bool,
    ) -> None:
        self._episode, self._library = episode, library
        self._sensors, self._ignore_hero, self._ignore_spectator = sensors, ignore_hero, ignore_spectator
        self._ids: dict[int, int] = {}  # recorded -> here
        self._made: set[int] = set()
        self.held: set[int] = set()

    def member(self, recorded_id: int) -> Actor | None:
        """Who plays a recorded actor; None if nobody does, or not any more."""
        return self._episode.actors.get(self._ids.get(recorded_id, 0))

    def on_stage(self) -> Iterator[Actor]:
        """Everybody."""
        return (actor for recorded_id in self._ids if (actor := self.member(recorded_id)) is not None)

    def enter_and_leave(self, frame: RecordedFrame) -> None:
        """Carry out who comes, goes and is attached in a frame.

        Raises:
            RecordingError: the frame is damaged.
        """
        added = {actor.id: actor for actor in frame.added()}
        parents = {child.id: child.parent_id for child in frame.records(Packet.EVENT_PARENT)}
        for recorded in added.values():
            try:
                self._enter(recorded, parents.get(recorded.id, 0))
            except RecordingError:
                raise
            except ValueError as error:  # no such blueprint here, or no room
                _LOG.info("actor %d of the recording stays away: %s", recorded.id, error)
        for (recorded_id,) in frame.records(Packet.EVENT_DEL):
            actor = self.member(recorded_id)
            if actor is not None and actor.id in self._made | self.held:
                self._episode.destroy(actor.id)
            self._ids.pop(recorded_id, None)

    def dismiss(self) -> None:
        """Destroy whom this recording brought."""
        for actor_id in sorted(self._made & self._episode.actors.keys()):
            self._episode.destroy(actor_id)

    def _enter(self, recorded: Added, parent_id: int) -> None:
        if recorded.is_hero and self._ignore_hero:
            return
        pose = _pose(recorded)
        actor: Actor | None
        if recorded.blueprint == "spectator":
            actor = None if self._ignore_spectator else self._episode.spectator
        elif recorded.blueprint.startswith("traffic."):
            actor = self._sign_at(pose)
        elif recorded.blueprint.startswith("sensor."):
            actor = self._sensor(recorded, pose, parent_id) if self._sensors else None
        else:
            actor = self._body(recorded, pose)
        if actor is not None:
            self._ids[recorded.id] = actor.id

    def _body(self, recorded: Added, pose: Pose) -> Actor:
        there = self._episode.actors.get(recorded.id)
        if there is None or there.description.id != recorded.blueprint:
            there = self._episode.readmit(recorded.id, self._description(recorded), pose)
            self._made.add(there.id)
        if isinstance(there, Body):
            there.simulated = False
            self.held.add(there.id)
        return there

    def _sensor(self, recorded: Added, pose: Pose, parent_id: int) -> Actor:
        parent = self.member(parent_id)
        description = self._description(recorded)
        sensor = self._episode.spawn(description, pose, parent.id if parent else 0)
        self._made.add(sensor.id)
        return sensor

    def _description(self, recorded: Added) -> ActorDescription:
        """Checked as if a client had asked for it.

        Raises:
            StructError: unknown here.
        """
        attributes = tuple((name, kind, value) for kind, name, value in recorded.attributes)
        return self._library.checked(ActorDescription(recorded.uid, recorded.blueprint, attributes))

    def _sign_at(self, pose: Pose) -> Actor | None:
        """The map's light or sign at a place."""
        place = (pose.x_m, pose.y_m, pose.z_m)
        signs = (actor for actor in self._episode.actors.values() if isinstance(actor, TrafficSign))
        near = ((math.dist(place, (sign.pose.x_m, sign.pose.y_m, sign.pose.z_m)), sign) for sign in signs)
        distance_m, sign = min(near, key=lambda entry: entry[0], default=(math.inf, None))
        return sign if distance_m < _SAME_PLACE_M else None


def _pose(recorded: Added) -> Pose:
    """Where an actor came in.

    Raises:
        RecordingError: out of this world.
    """
    if not all(abs(value) <= _FARTHEST_CM for value in (*recorded.location_cm, *recorded.rotation_deg)):
        raise RecordingError(f"the recording is damaged: actor {recorded.id} is out of this world")
    x, y, z = (_CM * value for value in recorded.location_cm)
    roll, pitch, yaw = (math.radians(math.remainder(turn, 360.0)) for turn in recorded.rotation_deg)
    return Pose(x, y, z, pitch, yaw, roll)
