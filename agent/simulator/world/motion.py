"""One tick of everything that moves: dynamics, bumps, and the ground under the wheels."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agent.simulator.dynamics.collision import CollisionWorld, Contact, sub_ticks
from agent.simulator.dynamics.pedals import VehicleCommand
from agent.simulator.dynamics.vehicle import VehicleState, step
from agent.simulator.nouns import Label
from agent.simulator.poses import Vector
from agent.simulator.protocol.messages import ZERO, added, scaled
from agent.simulator.roads.road_index import Ground
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.world.actors import Body, Vehicle
from agent.simulator.world.walkers import Walker

_KMH = 3.6
_IDLE = VehicleCommand()
_REACH_DOWN_M = 60.0
_STOREY_M = 6.0


def advance(
    bodies: Sequence[Body], network: RoadNetwork, obstacles: CollisionWorld, dt_s: float
) -> tuple[Contact, ...]:
    """Move all bodies by `dt_s` and set them on the ground; returns the bumps, one for each pair and direction."""
    moving = [body for body in bodies if body.simulated]
    for body in moving:
        body.push(dt_s)
        if isinstance(body, Vehicle):
            body.think(dt_s)
        elif isinstance(body, Walker):
            body.jump(dt_s)
        if isinstance(body, Vehicle) and body.held_mps is not None:
            body.settle(_held(body.state, body.held_mps), body.pose.pitch_rad, body.pose.roll_rad)
    after = {body.id: _stepped(body, body.state, dt_s) for body in moving}
    ways = {body.id: (body.spec, body.state, after.get(body.id, body.state)) for body in bodies if body.solid}
    disturbed = obstacles.disturbed(ways) if moving else set()
    for body in moving:
        if body.id not in disturbed:  # the usual case
            _land(body, after[body.id], network, dt_s)
    if not disturbed:
        return ()
    bumps = _bumps([body for body in bodies if body.id in disturbed], obstacles, dt_s, after)
    for body in moving:
        if body.id in disturbed:
            _land(body, after[body.id], network, dt_s)
    return tuple(Contact(*key, impulse) for key, impulse in bumps.items())


def _bumps(
    bodies: Sequence[Body], obstacles: CollisionWorld, dt_s: float, after: dict[int, VehicleState]
) -> dict[tuple[int, int | None, Label], Vector]:
    """Move bodies that may get in each other's way in small parts; puts their new states into `after`.

    Returns:
        (body, other or None, label of the other) -> impulse.
    """
    moving = [body for body in bodies if body.simulated]
    states = {body.id: (body.spec, body.state) for body in bodies}
    walkers = {body.id: body for body in bodies if isinstance(body, Walker)}
    parts = sub_ticks(states, dt_s)
    bumps: dict[tuple[int, int | None, Label], Vector] = {}
    for _ in range(parts):
        for body in moving:
            states[body.id] = (body.spec, _stepped(body, states[body.id][1], dt_s / parts))
        resolved, contacts = obstacles.resolve(states)
        for body in moving:
            states[body.id] = (body.spec, resolved[body.id])
        for contact in contacts:
            if contact.body_id in walkers:
                walkers[contact.body_id].knock(math.hypot(*contact.impulse_ns))
            key = (contact.body_id, contact.other_id, contact.label)
            bumps[key] = added(bumps.get(key, ZERO), contact.impulse_ns)
    after.update((body.id, states[body.id][1]) for body in moving)
    return bumps


def _stepped(body: Body, state: VehicleState, dt_s: float) -> VehicleState:
    """A body's own motion, before it bumps into anything."""
    if isinstance(body, Vehicle):
        if body.held_mps is None:
            return step(body.spec, state, body.command(), dt_s, friction=body.friction)
        steered = body.command()._replace(throttle=0.0, brake=0.0, hand_brake=False)
        held = step(body.spec, _held(state, body.held_mps), steered, dt_s, friction=body.friction)
        return _held(held, body.held_mps)
    if isinstance(body, Walker):
        return body.walked(state, dt_s)
    return step(body.spec, state, _IDLE, dt_s)


def _held(state: VehicleState, velocity_mps: Vector) -> VehicleState:
    return state._replace(forward_mps=velocity_mps[0], lateral_mps=velocity_mps[1])


def _land(body: Body, state: VehicleState, network: RoadNetwork, dt_s: float) -> None:
    """Set a body on the ground at its new place; beside the roads the ground goes on level."""
    before, before_mps = body.state, body.velocity
    z_m = before.z_m
    if body.grounded and state.x_m == before.x_m and state.y_m == before.y_m:
        if state is not before or before_mps != ZERO:
            body.settle(state.at_height(z_m), body.pose.pitch_rad, body.pose.roll_rad)
    else:
        here = network.ground(state.x_m, state.y_m, z_m)
        if here is None and not body.grounded:
            here = _below(network, state, z_m)
        body.grounded = True
        if here is None:
            body.settle(state.at_height(z_m))
        else:
            is_vehicle = isinstance(body, Vehicle)
            body.settle(state.at_height(here.z_m), *(_attitude(here, state.yaw_rad) if is_vehicle else (0.0, 0.0)))
        if isinstance(body, Vehicle):
            if here:
                body.enter(here.road_id, _KMH * network.speed_limit_mps(here))
            else:
                body.road_id = None
    body.acceleration = scaled(added(body.velocity, before_mps, -1.0), 1.0 / dt_s)


def _below(network: RoadNetwork, state: VehicleState, z_m: float) -> Ground | None:
    """The road under somebody who was put in the air: the next one down, else any."""
    for storey in range(1, int(_REACH_DOWN_M / _STOREY_M)):
        found = network.ground(state.x_m, state.y_m, z_m - storey * _STOREY_M)
        if found is not None:
            return found
    return network.ground(state.x_m, state.y_m)


def _attitude(here: Ground, yaw_rad: float) -> tuple[float, float]:
    """Pitch (nose up) and roll (right side down) of what stands on the surface there [rad]."""
    x, y = here.x_gradient, here.y_gradient
    if x == y == 0.0:
        return 0.0, 0.0
    cosine, sine = math.cos(yaw_rad), math.sin(yaw_rad)
    pitch = math.atan(x * cosine + y * sine)
    return pitch, math.atan((x * sine - y * cosine) * math.cos(pitch))
