"""One tick of everything that moves: dynamics, bumps, and the ground under the wheels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from agent.simulator.dynamics.collision import CollisionWorld, Contact, sub_ticks
from agent.simulator.dynamics.vehicle import VehicleCommand, VehicleState, step
from agent.simulator.nouns import Label
from agent.simulator.poses import Vector
from agent.simulator.protocol.messages import ZERO, added, scaled
from agent.simulator.roads.road_index import LanePosition
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.world.actors import Body, Vehicle, Walker

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
        if isinstance(body, Vehicle) and body.held_mps is not None:
            body.settle(_held(body.state, body.held_mps), body.pose.pitch_rad)
    if len(bodies) == len(moving) == 1 and _has_room(bodies[0], obstacles, dt_s):
        _land(bodies[0], _stepped(bodies[0], bodies[0].state, dt_s), network, dt_s)
        return ()
    states = {body.id: (body.spec, body.state) for body in bodies}
    parts = sub_ticks(states, dt_s) if moving else 0
    bumps: dict[tuple[int, int | None, Label], tuple[float, float, float]] = {}
    for _ in range(parts):
        for body in moving:
            states[body.id] = (body.spec, _stepped(body, states[body.id][1], dt_s / parts))
        resolved, contacts = obstacles.resolve(states)
        for body in moving:
            states[body.id] = (body.spec, resolved[body.id])
        for contact in contacts:
            key = (contact.body_id, contact.other_id, contact.label)
            bumps[key] = added(bumps.get(key, ZERO), contact.impulse_ns)
    for body in moving:
        _land(body, states[body.id][1], network, dt_s)
    return tuple(Contact(*key, impulse) for key, impulse in bumps.items())


def _has_room(body: Body, obstacles: CollisionWorld, dt_s: float) -> bool:
    """Whether a body alone on the map cannot reach anything in a tick: no need to look for bumps, the usual case.

    Its speed grows by the engine, and by no more than its turning holds (`vehicle.step`).
    """
    state, spec = body.state, body.spec
    turning_mps = math.sqrt(spec.yaw_inertia_kgm2 / spec.mass_kg) * state.yaw_rate_radps
    speed_mps = math.hypot(state.forward_mps, state.lateral_mps, turning_mps)
    reach_m = 0.5 + dt_s * (speed_mps + spec.max_drive_n / spec.mass_kg * dt_s)
    around = replace(body.spec, length_m=body.spec.length_m + 2.0 * reach_m, width_m=body.spec.length_m + 2.0 * reach_m)
    return obstacles.is_free(around, state, {})


def _stepped(body: Body, state: VehicleState, dt_s: float) -> VehicleState:
    """A body's own motion, before it bumps into anything."""
    if isinstance(body, Vehicle):
        if body.held_mps is None:
            return step(body.spec, state, body.command(), dt_s, friction=body.friction)
        steered = replace(body.command(), throttle=0.0, brake=0.0, hand_brake=False)
        held = step(body.spec, _held(state, body.held_mps), steered, dt_s, friction=body.friction)
        return _held(held, body.held_mps)
    if isinstance(body, Walker):
        return _walked(body, state, dt_s)
    return step(body.spec, state, _IDLE, dt_s)


def _held(state: VehicleState, velocity_mps: Vector) -> VehicleState:
    return replace(state, forward_mps=velocity_mps[0], lateral_mps=velocity_mps[1])


def _walked(walker: Walker, state: VehicleState, dt_s: float) -> VehicleState:
    x, y, _ = walker.control.direction
    length = math.hypot(x, y)
    speed = walker.control.speed_mps if length > 1e-6 else 0.0
    if speed == 0.0:
        return replace(state, forward_mps=0.0, lateral_mps=0.0, yaw_rate_radps=0.0)
    return replace(
        state,
        x_m=state.x_m + speed * dt_s * x / length,
        y_m=state.y_m + speed * dt_s * y / length,
        yaw_rad=math.atan2(y, x),
        forward_mps=speed,
        lateral_mps=0.0,
        yaw_rate_radps=0.0,
    )


def _land(body: Body, state: VehicleState, network: RoadNetwork, dt_s: float) -> None:
    """Set a body on the ground at its new place; beside the roads the ground goes on level."""
    before_mps, is_vehicle = body.velocity_mps, isinstance(body, Vehicle)
    if state.x_m == body.state.x_m and state.y_m == body.state.y_m and body.grounded:
        body.settle(replace(state, z_m=body.state.z_m), body.pose.pitch_rad)
    else:
        here = network.locate(state.x_m, state.y_m, body.state.z_m)
        if here is None and not body.grounded:
            here = _below(network, state, body.state.z_m)
        body.grounded = True
        z_m = here.z_m if here else body.state.z_m
        body.settle(replace(state, z_m=z_m), _pitch(body, state, z_m, network) if here and is_vehicle else 0.0)
        if isinstance(body, Vehicle):
            if here:
                body.enter(here.road_id, _KMH * network.speed_limit_mps(here))
            else:
                body.road_id = None
    body.acceleration = scaled(added(body.velocity_mps, before_mps, -1.0), 1.0 / dt_s)


def _below(network: RoadNetwork, state: VehicleState, z_m: float) -> LanePosition | None:
    """The road under somebody who was put in the air: the next one down, else any."""
    for storey in range(1, int(_REACH_DOWN_M / _STOREY_M)):
        found = network.locate(state.x_m, state.y_m, z_m - storey * _STOREY_M)
        if found is not None:
            return found
    return network.locate(state.x_m, state.y_m)


def _pitch(body: Body, state: VehicleState, z_m: float, network: RoadNetwork) -> float:
    """Nose up by the slope between the axles [rad]; level where one of them is beside the road."""
    front_m, rear_m = body.spec.front_axle_m, body.spec.rear_axle_m
    cosine, sine = math.cos(state.yaw_rad), math.sin(state.yaw_rad)
    front = network.locate(state.x_m + front_m * cosine, state.y_m + front_m * sine, z_m)
    rear = network.locate(state.x_m - rear_m * cosine, state.y_m - rear_m * sine, z_m)
    return math.atan2(front.z_m - rear.z_m, front_m + rear_m) if front and rear else 0.0
