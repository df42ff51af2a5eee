"""The simulated world between two loads of a map: who is in it, and what one tick does to them. No sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from itertools import count

from agent.simulator.dynamics.collision import Contact
from agent.simulator.dynamics.vehicle_specs import GRAVITY_MPS2
from agent.simulator.nouns import ActorLook, Pose, Weather
from agent.simulator.poses import attached, relative_to
from agent.simulator.protocol.messages import LIGHTS_CHANGED, MAP_CHANGED, Kind, Parts, Stamp, world_state
from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.world.actors import Actor, Body, Vehicle
from agent.simulator.world.cameras import Cameras
from agent.simulator.world.debug_shapes import DebugShapes
from agent.simulator.world.maps import Town
from agent.simulator.world.motion import advance
from agent.simulator.world.outlines import Outlines
from agent.simulator.world.ray_sensors import Around, RaySensors
from agent.simulator.world.right_of_way import RightOfWay
from agent.simulator.world.sensor_actors import Sensor
from agent.simulator.world.sensors import Gauges
from agent.simulator.world.signal_actors import TrafficSign
from agent.simulator.world.spawning import new_actor
from agent.simulator.world.street_lamps import LampState, StreetLamps

MAX_ACTORS = 2000
_MOST_RECORDED_ID = 1_000_000
_SPECTATOR = ActorDescription(0, "spectator")


class EpisodeError(ValueError):
    """What a client asked for cannot be done; the text goes to the client."""


class Episode:
    """Actors on a map.

    Args:
        id: greater than that of the episode before.
        town: the map.
        ids: where new actors get their ids; goes on from episode to episode.
        seed: of the sensors' noise.
        map_changed: tell the clients to fetch the map again.
        weather: at its beginning.
    """

    def __init__(
        self,
        id: int,  # noqa: A002  (CARLA's name)
        town: Town,
        *,
        ids: count[int],
        seed: int,
        map_changed: bool,
        weather: Weather,
    ) -> None:
        self.id = id
        self.town = town
        self.weather = weather
        self.newest_id = 0
        self.elapsed_s = 0.0
        self.delta_s = 0.0
        self.actors: dict[int, Actor] = {}
        self.contacts: tuple[Contact, ...] = ()
        self.debug = DebugShapes()
        self.gravity_mps2 = GRAVITY_MPS2  # as IMUs feel it
        self._blueprints: dict[int, str] = {}  # of everybody who ever was here
        self.hidden: frozenset[int] = frozenset()
        self.lamps = StreetLamps(town.lamps)
        self._ids = ids
        self._gauges = Gauges(town, seed)
        self._ray_sensors = RaySensors(town.rays, seed)
        outlines = Outlines(town)
        self._cameras = Cameras(town.painter, lambda: outlines.now(self.bodies()), seed)
        self._flags = MAP_CHANGED if map_changed else 0
        start = town.network.spawn_points[0] if town.network.spawn_points else Pose()
        above = attached(start, Pose(x_m=-8.0, z_m=4.0, pitch_rad=-0.2))
        self.spectator = self._enter(Actor(next(ids), _SPECTATOR, above))
        self.right_of_way = RightOfWay(town.network, ids)
        for sign in self.right_of_way.signs:
            self._enter(sign)

    def find(self, actor_id: int) -> Actor:
        """The living actor of an id.

        Raises:
            EpisodeError: there is none.
        """
        actor = self.actors.get(actor_id)
        if actor is None:
            gone = "is destroyed" if 0 < actor_id <= self.newest_id else "not found"
            raise EpisodeError(f"actor {actor_id} {gone}")
        return actor

    def spawn(self, description: ActorDescription, pose: Pose, parent_id: int = 0) -> Actor:
        """A new actor at a pose: in the world, or in its parent's axes.

        Raises:
            EpisodeError: no such parent, the place is taken, or too many actors.
            StructError: an attribute out of range.
        """
        self._make_room()
        parent = self.find(parent_id) if parent_id else None
        where = attached(parent.pose, pose) if parent else pose
        actor_id = self._next_id()
        actor = new_actor(actor_id, description, where)
        actor.parent, actor.parent_id, actor.relative = parent, parent_id, pose
        if isinstance(actor, Body):
            bodies = {body.id: (body.spec, body.state) for body in self.bodies() if body.solid}
            if not self.town.obstacles.is_free(actor.spec, actor.state, bodies):
                raise EpisodeError("Spawn failed because of collision at spawn position")
        if isinstance(actor, Sensor) and actor.probe:
            self.town.rays.prepare()  # now: clients that wait 2 s would miss the first tick
        return self._enter(actor)

    def readmit(self, wanted_id: int, description: ActorDescription, pose: Pose) -> Actor:
        """An actor that a recording brings back, wherever it stands, under its old id if that is nobody else's.

        Raises:
            EpisodeError: too many actors.
            StructError: an attribute out of range.
        """
        self._make_room()
        free = 0 < wanted_id < _MOST_RECORDED_ID and self._blueprints.get(wanted_id, description.id) == description.id
        actor_id = wanted_id if free and wanted_id not in self.actors else self._next_id()
        return self._enter(new_actor(actor_id, description, pose))

    def destroy(self, actor_id: int) -> None:
        """Take an actor out; what was attached to it stays where it is.

        Raises:
            EpisodeError: there is no such actor, or it is the spectator.
        """
        actor = self.find(actor_id)
        if actor is self.spectator:
            raise EpisodeError("the spectator cannot be destroyed")
        if isinstance(actor, TrafficSign):
            self.right_of_way.forget(actor)
        del self.actors[actor_id]
        self._gauges.forget(actor_id)
        self._ray_sensors.forget(actor_id)
        self._cameras.forget(actor_id)
        for other in self.actors.values():
            if other.parent is actor:
                other.parent = None

    def clear(self) -> None:
        """Destroy all that was spawned."""
        for actor in list(self.actors.values()):
            if actor is not self.spectator and not isinstance(actor, TrafficSign):
                self.destroy(actor.id)
        self.debug.clear()

    def follow(self) -> None:
        """Let what is attached go where its parents went."""
        for actor in self.actors.values():  # parents were spawned first: they come first
            if actor.parent is not None:
                actor.follow()

    def put(self, actor: Actor, pose: Pose) -> None:
        """Stand an actor somewhere else in the world; what is attached to it comes along."""
        actor.put(pose)
        if actor.parent is not None:
            actor.relative = relative_to(actor.parent.pose, pose)
        self.follow()

    def restore(self) -> None:
        """Leave the town to the next episode as it was at first."""
        if self.hidden:
            self.town.hide(frozenset())
        if self.lamps.touched:
            self.town.painter.light_lamps({})

    def switch_lamps(self, states: Iterable[LampState]) -> None:
        """Take over what a client says about street lamps; the others are told."""
        self.lamps.switch(states)
        self.town.painter.light_lamps(self.lamps.strength())
        self._flags |= LIGHTS_CHANGED

    def show(self, numbers: Set[int], *, shown: bool) -> None:
        """Put objects of the scenery back, or take them away: nobody sees them or bumps into them."""
        known = numbers & {thing.number for thing in self.town.things}
        hidden = self.hidden - known if shown else self.hidden | known
        if hidden != self.hidden:
            self.hidden = hidden
            self.town.hide(hidden)

    def step(self, dt_s: float) -> None:
        """Let `dt_s` pass."""
        self.elapsed_s += dt_s
        self.delta_s = dt_s
        town = self.town
        self.contacts = advance(list(self.bodies()), town.network, town.obstacles, dt_s)
        self.right_of_way.advance(list(self.vehicles()), dt_s)
        self.follow()

    def state_message(self, frame: int) -> bytes:
        """The world's state as the clients get it."""
        stamp = Stamp(frame, self.elapsed_s)
        message = world_state(stamp, self.id, self.delta_s, self._flags, [a.row() for a in self.actors.values()])
        self._flags = 0
        return message

    def measure(self, frame: int, wanted: Callable[[int], bool], port: int) -> Iterator[tuple[int, Parts]]:
        """(stream id, message) of every sensor but the cameras that is due and listened to.

        Args:
            frame: of the tick.
            wanted: whether anybody listens to a stream.
            port: streaming port, for the actors in collision messages.
        """
        stamp = Stamp(frame, self.elapsed_s)
        due = self._due(wanted, cameras=False)
        looks = self.looks() if any(sensor.probe for sensor in due) else []
        around = Around(self.actors, looks, port)
        for sensor in due:
            if sensor.kind is Kind.COLLISION:
                yield from self._gauges.collisions(sensor, stamp, self.contacts, self.actors, port)
            elif sensor.kind is Kind.IMU:
                yield sensor.stream_id, self._gauges.imu(sensor, stamp, self.gravity_mps2)
            elif sensor.kind is Kind.GNSS:
                yield sensor.stream_id, self._gauges.gnss(sensor, stamp)
            elif parts := self._ray_sensors.measure(sensor, stamp, self.delta_s, around):
                yield sensor.stream_id, parts

    def images(self, frame: int, wanted: Callable[[int], bool], picture: int) -> Iterator[tuple[int, Parts]]:
        """(stream id, message) of every camera that is due and listened to.

        Args:
            frame: of the tick.
            wanted: whether anybody listens to a stream.
            picture: counts the pictures for what moves by itself in them, e.g. rain.
        """
        cameras = self._due(wanted, cameras=True)
        if cameras:
            strokes = self.debug.due()
            if strokes is not None:
                self.town.painter.scribble(strokes)
            yield from self._cameras.images(cameras, Stamp(frame, self.elapsed_s), self.weather, self.looks(), picture)

    def _due(self, wanted: Callable[[int], bool], *, cameras: bool) -> list[Sensor]:
        sensors = [actor for actor in self.actors.values() if isinstance(actor, Sensor) and actor.stream_id]
        mine = [sensor for sensor in sensors if bool(sensor.width_px) is cameras]
        return [sensor for sensor in mine if sensor.due(self.elapsed_s) and wanted(sensor.stream_id)]

    def bodies(self) -> Iterator[Body]:
        """Everything that takes room."""
        return (actor for actor in self.actors.values() if isinstance(actor, Body))

    def vehicles(self) -> Iterator[Vehicle]:
        """The vehicles alone."""
        return (actor for actor in self.actors.values() if isinstance(actor, Vehicle))

    def looks(self) -> list[ActorLook]:
        """How everybody looks who can be seen."""
        return [look for actor in self.actors.values() for look in actor.looks()]

    def _make_room(self) -> None:
        if len(self.actors) - len(self.right_of_way.signs) >= MAX_ACTORS:
            raise EpisodeError(f"there are {MAX_ACTORS} actors already")

    def _next_id(self) -> int:
        """One that nobody had in this episode: clients remember who was who."""
        return next(number for number in self._ids if number not in self._blueprints)

    def _enter(self, actor: Actor) -> Actor:
        self.actors[actor.id] = actor
        self._blueprints[actor.id] = actor.description.id
        self.newest_id = max(actor.id, self.newest_id)
        return actor
