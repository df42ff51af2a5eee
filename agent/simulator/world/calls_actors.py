"""Calls about actors of any kind: spawn, find, place, push, destroy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from agent.simulator.protocol.messages import added
from agent.simulator.protocol.structs import (
    box_tuple,
    integer,
    items,
    number,
    read_description,
    read_location,
    read_transform,
    read_vector,
    read_walker_control,
)
from agent.simulator.protocol.wire import done, value
from agent.simulator.world.actors import WALKER_MIDDLE_M, Actor, Body, Vehicle, bounded
from agent.simulator.world.calls_world import Answer, Args
from agent.simulator.world.episode import EpisodeError
from agent.simulator.world.simulation import Simulation
from agent.simulator.world.walkers import Walker


def actor_of(simulation: Simulation, raw: Any) -> Actor:
    """The living actor of an id a client sent.

    Raises:
        EpisodeError: there is none.
    """
    return simulation.episode.find(integer(raw))


def body_of(simulation: Simulation, raw: Any) -> Body:
    """The living vehicle or walker of an id.

    Raises:
        EpisodeError: there is none, or it is something without a body.
    """
    actor = actor_of(simulation, raw)
    if not isinstance(actor, Body):
        raise EpisodeError(f"actor {actor.id} ({actor.description.id}) has no physics")
    return actor


def spawn(simulation: Simulation, description: Any, transform: Any, parent: Any = 0) -> Actor:
    """A new actor from what a client sent.

    Raises:
        EpisodeError: no such parent, the place is taken, too many actors.
        StructError: unknown blueprint or a bad attribute.
    """
    wanted = simulation.library.checked(read_description(description))
    return simulation.episode.spawn(wanted, read_transform(transform), integer(parent))


def _spawn(simulation: Simulation, args: Args) -> object:
    return value(simulation.as_tuple(spawn(simulation, *args[:3])))


def _destroy(simulation: Simulation, args: Args) -> object:
    simulation.episode.destroy(integer(args[0]))
    return value(True)


def _by_id(simulation: Simulation, args: Args) -> object:
    actors = simulation.episode.actors
    return value([simulation.as_tuple(actors[raw]) for raw in items(args[0]) if raw in actors])


def _box(simulation: Simulation, args: Args) -> object:
    actor = simulation.episode.actors.get(integer(args[0]))
    return value(actor.box() if actor else box_tuple())  # an error here would kill the client's Traffic Manager


def _set_transform(simulation: Simulation, args: Args) -> object:
    simulation.episode.put(actor_of(simulation, args[0]), read_transform(args[1]))
    return done()


def _set_location(simulation: Simulation, args: Args) -> object:
    actor = actor_of(simulation, args[0])
    x, y, z = read_location(args[1])
    simulation.episode.put(actor, actor.pose._replace(x_m=x, y_m=y, z_m=z))
    return done()


def _set_velocity(simulation: Simulation, args: Args) -> object:
    body_of(simulation, args[0]).fly(read_vector(args[1]))
    return done()


def _set_turning(simulation: Simulation, args: Args) -> object:
    body_of(simulation, args[0]).spin(math.radians(read_vector(args[1])[2]))
    return done()


def _push(simulation: Simulation, args: Args) -> object:
    body = body_of(simulation, args[0])
    body.fly(added(body.velocity_mps, read_vector(args[1]), 1.0 / body.spec.mass_kg))
    return done()


def _force(simulation: Simulation, args: Args) -> object:
    body = body_of(simulation, args[0])
    body.force_n = added(body.force_n, read_vector(args[1]))
    return done()


def _twist(simulation: Simulation, args: Args) -> object:
    body = body_of(simulation, args[0])
    body.spin(body.state.yaw_rate_radps + read_vector(args[1])[2] / body.spec.yaw_inertia_kgm2)
    return done()


def _torque(simulation: Simulation, args: Args) -> object:
    body_of(simulation, args[0]).torque_nm += read_vector(args[1])[2]
    return done()


def _simulate(simulation: Simulation, args: Args) -> object:
    actor = simulation.episode.actors.get(integer(args[0]))
    if isinstance(actor, Body):  # the Traffic Manager asks this of cars that may be gone by now
        actor.simulated = bool(args[1])
        if not actor.simulated:
            actor.fly((0.0, 0.0, 0.0))
    return done()


def _accept(_: Simulation, args: Sequence[Any]) -> object:
    integer(args[0])
    return done()


def _walk(simulation: Simulation, args: Args) -> object:
    walker = actor_of(simulation, args[0])
    if not isinstance(walker, Walker):
        raise EpisodeError(f"actor {walker.id} ({walker.description.id}) is no walker")
    walker.control = read_walker_control(args[1])
    return done()


def _walk_from(simulation: Simulation, args: Args) -> object:
    """What the client's crowd makes of a walker: the place is that of its feet, as in CARLA."""
    walker, pose, speed_mps = actor_of(simulation, args[0]), read_transform(args[1]), number(args[2])
    if isinstance(walker, Walker) and not walker.down:
        simulation.episode.put(walker, pose._replace(z_m=pose.z_m + WALKER_MIDDLE_M))
        walker.lead(min(max(speed_mps, 0.0), 20.0))
    return done()


def _constant_velocity(simulation: Simulation, args: Args) -> object:
    body = body_of(simulation, args[0])
    if isinstance(body, Vehicle):
        body.held_mps = bounded(read_vector(args[1]))
    return done()


def _free_velocity(simulation: Simulation, args: Args) -> object:
    body = body_of(simulation, args[0])
    if isinstance(body, Vehicle):
        body.held_mps = None
    return done()


CALLS: Mapping[str, Answer] = {
    "get_spectator": lambda simulation, _: value(simulation.as_tuple(simulation.episode.spectator)),
    "get_actors_by_id": _by_id,
    "spawn_actor": lambda simulation, args: _spawn(simulation, args[:2]),
    "spawn_actor_with_parent": _spawn,
    "destroy_actor": _destroy,
    "get_actor_bounding_box": _box,
    "set_actor_transform": _set_transform,
    "set_actor_location": _set_location,
    "set_actor_target_velocity": _set_velocity,
    "set_actor_target_angular_velocity": _set_turning,
    "enable_actor_constant_velocity": _constant_velocity,
    "disable_actor_constant_velocity": _free_velocity,
    "add_actor_impulse": _push,
    "add_actor_force": _force,
    "add_actor_angular_impulse": _twist,
    "add_actor_torque": _torque,
    "set_actor_simulate_physics": _simulate,
    "set_actor_enable_gravity": _accept,  # nothing here ever falls
    "apply_control_to_walker": _walk,
    "apply_walker_state": _walk_from,  # only within apply_batch
}
