"""What CARLA tells of each wheel, from what this bicycle model knows: loads, slip, the forces that fit the motion."""

from __future__ import annotations

import math

from agent.simulator.dynamics.vehicle_specs import GRAVITY_MPS2
from agent.simulator.world.actors import Vehicle


def wheel_telemetry(vehicle: Vehicle) -> list[list[float]]:
    """The four WheelTelemetryData tuples, front left first: tire friction, lateral slip [rad], longitudinal slip, omega
    [rad/s], load [N], the same over its load at rest, torque [N m], longitudinal and lateral force [N], and both over
    the load. A wheel bears its share of the weight, always, and of the force that gives the car its acceleration.
    """
    spec, state = vehicle.spec, vehicle.state
    weight_n = spec.mass_kg * GRAVITY_MPS2
    loads = (
        0.5 * weight_n * spec.rear_axle_m / spec.wheelbase_m,
        0.5 * weight_n * spec.front_axle_m / spec.wheelbase_m,
    )
    wheels = []
    for load_n, arm_m, steer in (
        (loads[0], spec.front_axle_m, state.steer_rad),
        (loads[1], -spec.rear_axle_m, 0.0),
    ):
        sideways = state.lateral_mps + arm_m * state.yaw_rate_radps
        moving = abs(state.forward_mps) > 0.1 or abs(sideways) > 0.1
        slip = math.atan2(sideways, abs(state.forward_mps)) - steer if moving else 0.0
        share = load_n / weight_n
        along_n = share * spec.mass_kg * state.accel_forward_mps2
        aside_n = share * spec.mass_kg * state.accel_lateral_mps2
        omega = state.forward_mps / spec.wheel_radius_m
        friction = spec.tyre_friction * vehicle.friction
        torque = along_n * spec.wheel_radius_m
        row = [friction, slip, 0.0, omega, load_n, 1.0, torque, along_n, aside_n, along_n / load_n, aside_n / load_n]
        wheels += [row, list(row)]
    return wheels
