"""Calls about vehicles: control, physics, lights, telemetry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from agent.simulator.dynamics.ackermann import AckermannControl, AckermannSettings
from agent.simulator.protocol.structs import integer, items, number, read_control
from agent.simulator.protocol.wire import done, value
from agent.simulator.world.actors import Vehicle
from agent.simulator.world.calls_actors import actor_of
from agent.simulator.world.calls_world import Answer, Args
from agent.simulator.world.episode import EpisodeError
from agent.simulator.world.physics_control import physics_tuple, refit
from agent.simulator.world.simulation import Simulation
from agent.simulator.world.wheel_telemetry import wheel_telemetry

_LIGHTS = 0xFFFFFFFF
_DOORS = 7  # front, rear, bonnet, boot, all


def vehicle_of(simulation: Simulation, raw: Any) -> Vehicle:
    """The living vehicle of an id.

    Raises:
        EpisodeError: there is none, or it is no vehicle.
    """
    actor = actor_of(simulation, raw)
    if not isinstance(actor, Vehicle):
        raise EpisodeError(f"actor {actor.id} ({actor.description.id}) is no vehicle")
    return actor


def _control(simulation: Simulation, args: Args) -> object:
    vehicle = vehicle_of(simulation, args[0])
    vehicle.control = read_control(args[1])
    if vehicle.by_ackermann:
        vehicle.by_ackermann = False
        vehicle.ackermann.reset()
    return done()


def _ackermann(simulation: Simulation, args: Args) -> object:
    vehicle = vehicle_of(simulation, args[0])
    vehicle.ackermann.wanted = AckermannControl(*(number(entry) for entry in items(args[1], 5)[:5]))
    vehicle.by_ackermann = True
    return done()


def _ackermann_settings(simulation: Simulation, args: Args) -> object:
    return value(list(astuple(vehicle_of(simulation, args[0]).ackermann.settings)))


def _set_ackermann(simulation: Simulation, args: Args) -> object:
    settings = AckermannSettings(*(number(entry) for entry in items(args[1], 6)[:6]))
    vehicle_of(simulation, args[0]).ackermann.settings = settings
    return done()


def _physics(simulation: Simulation, args: Args) -> object:
    return value(physics_tuple(vehicle_of(simulation, args[0])))


def _apply_physics(simulation: Simulation, args: Args) -> object:
    refit(vehicle_of(simulation, args[0]), args[1])
    return done()


def _lights(simulation: Simulation, args: Args) -> object:
    return value([vehicle_of(simulation, args[0]).lights])


def _set_lights(simulation: Simulation, args: Args) -> object:
    flags = items(args[1], 1)[0] if isinstance(args[1], list) else args[1]  # a batch sends the bare number
    vehicle_of(simulation, args[0]).lights = integer(flags) & _LIGHTS
    return done()


def _all_lights(simulation: Simulation, _: Args) -> object:
    return value([[vehicle.id, vehicle.lights] for vehicle in simulation.episode.vehicles()])


def _telemetry(simulation: Simulation, args: Args) -> object:
    vehicle = vehicle_of(simulation, args[0])
    control, state = vehicle.control, vehicle.state
    drag = vehicle.spec.drag_area_m2
    speed = math.hypot(state.forward_mps, state.lateral_mps)
    told = [speed, control.steer, control.throttle, control.brake, state.engine_rpm, state.gear, drag]
    return value([*told, wheel_telemetry(vehicle)])


def _accept(simulation: Simulation, args: Args) -> object:
    vehicle_of(simulation, args[0])
    return done()


def _door(simulation: Simulation, args: Args) -> object:
    vehicle_of(simulation, args[0])
    if not 0 <= integer(args[1]) < _DOORS:
        raise EpisodeError(f"door is {args[1]}, wanted 0 to {_DOORS - 1}")
    return done()


def _autopilot(simulation: Simulation, args: Args) -> object:
    vehicle = vehicle_of(simulation, args[0])  # the Traffic Manager in the client drives; it only says so
    if not args[1]:
        vehicle.control = vehicle.control._replace(throttle=0.0)
    return done()


CALLS: Mapping[str, Answer] = {
    "apply_control_to_vehicle": _control,
    "apply_ackermann_control_to_vehicle": _ackermann,
    "get_ackermann_controller_settings": _ackermann_settings,
    "apply_ackermann_controller_settings": _set_ackermann,
    "get_physics_control": _physics,
    "apply_physics_control": _apply_physics,
    "get_vehicle_light_state": _lights,
    "set_vehicle_light_state": _set_lights,
    "get_vehicle_light_states": _all_lights,
    "get_telemetry_data": _telemetry,
    "set_actor_autopilot": _autopilot,
    "show_vehicle_debug_telemetry": _accept,  # nothing is drawn
    "open_vehicle_door": _door,  # no door of the bodies here moves
    "close_vehicle_door": _door,
}
