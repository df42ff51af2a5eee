"""How a vehicle moves: a dynamic bicycle model that turns kinematic at walking pace; pure.

The model is the single-track one with saturating tyres (Rajamani, Vehicle Dynamics and Control, ch. 2 and 13), in
CARLA's left-handed axes: forward, right, clockwise. Its tyre equations are stiff near standstill, so between 2 and
5 m/s it is blended into wheels that roll without slip. Tyres only take energy out: each sub-step keeps the kinetic
energy within what the engine has put in, which is also what keeps the model stable under any input.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import NamedTuple

from agent.simulator.dynamics.pedals import Pedals, VehicleCommand
from agent.simulator.dynamics.single_track import drive
from agent.simulator.dynamics.steering import steering_share, turn_wheels
from agent.simulator.dynamics.vehicle_specs import VehicleSpec

SUB_STEP_S = 0.01
_GEAR_TOPS_MPS = (7.0, 13.0, 20.0, 28.0, math.inf)
_IDLE_RPM = 800.0
_SHIFT_RPM = 5000.0


class VehicleState(NamedTuple):  # a tuple is made four times as fast as a frozen dataclass
    """Where a vehicle is and how it moves; velocities and accelerations in its own axes, at its origin.

    Attributes:
        x_m, y_m, z_m, yaw_rad: origin (middle of the box, on the ground) and heading, unwrapped; z is the caller's.
        forward_mps, lateral_mps: velocity, right positive.
        yaw_rate_radps: clockwise positive.
        steer_rad: angle of the front wheels, right positive.
        wheel_turn_rad: how far the wheels have rolled, wrapped to [0, 2 pi).
        accel_forward_mps2, accel_lateral_mps2: mean of the last step.
        gear: -1 reverse, 0 at rest, else 1 to 5.
        engine_rpm: idle to 5000.
    """

    x_m: float = 0.0
    y_m: float = 0.0
    z_m: float = 0.0
    yaw_rad: float = 0.0
    forward_mps: float = 0.0
    lateral_mps: float = 0.0
    yaw_rate_radps: float = 0.0
    steer_rad: float = 0.0
    wheel_turn_rad: float = 0.0
    accel_forward_mps2: float = 0.0
    accel_lateral_mps2: float = 0.0
    gear: int = 0
    engine_rpm: float = _IDLE_RPM

    def at_height(self, z_m: float) -> VehicleState:
        """The same on another height."""
        if self.z_m == z_m:
            return self
        return VehicleState(self[0], self[1], z_m, *self[3:])  # `_replace` takes three times as long


def sub_steps(dt_s: float) -> int:
    """In how many equal sub-steps, of at most 0.01 s, `step` integrates a time."""
    return max(1, math.ceil(dt_s / SUB_STEP_S - 1e-6))


def step(
    spec: VehicleSpec, state: VehicleState, command: VehicleCommand, dt_s: float, *, friction: float = 1.0
) -> VehicleState:
    """The state `dt_s` later, in equal sub-steps of at most 0.01 s.

    Args:
        spec: of the vehicle.
        state: now.
        command: held during the step.
        dt_s: > 0.
        friction: of the road against dry asphalt, (0, 1]; about 0.6 in the wet.

    Raises:
        ValueError: `dt_s` or `friction` not above 0.
    """
    if not dt_s > 0.0 or not friction > 0.0:
        raise ValueError(f"dt_s is {dt_s} and friction {friction}, wanted both above 0")
    count = sub_steps(dt_s)
    sub_s = dt_s / count
    pedals = Pedals(spec, command, spec.tyre_friction * friction)
    if state.forward_mps == state.lateral_mps == state.yaw_rate_radps == 0.0 and pedals.idle:
        return _rest(spec, state, command, count, sub_s)
    x, y, _, yaw, u, v, r, steer, *_ = state
    start = (x, y, yaw, u, v, r, steer, 0.0)
    x, y, yaw, u, v, r, steer, rolled_m = drive(spec, pedals, _asked(spec, command), start, count=count, sub_s=sub_s)
    accel_forward, accel_lateral = _mean_acceleration(state, (yaw, u, v), dt_s)
    gear, rpm = _gear(u, command.reverse)
    turn = (state.wheel_turn_rad + rolled_m / spec.wheel_radius_m) % (2.0 * math.pi)
    return VehicleState(x, y, state.z_m, yaw, u, v, r, steer, turn, accel_forward, accel_lateral, gear, rpm)


def _rest(spec: VehicleSpec, state: VehicleState, command: VehicleCommand, count: int, sub_s: float) -> VehicleState:
    """A standing vehicle after a step: only its front wheels may turn."""
    steer, asked_rad = state.steer_rad, _asked(spec, command) * steering_share(0.0)
    for _ in range(count):
        steer = turn_wheels(spec, asked_rad, steer, sub_s)
    gear, rpm = _gear(0.0, command.reverse)
    now = (steer, 0.0, 0.0, gear, rpm)
    if now == (state.steer_rad, state.accel_forward_mps2, state.accel_lateral_mps2, state.gear, state.engine_rpm):
        return state
    place = (state.x_m, state.y_m, state.z_m, state.yaw_rad)
    return VehicleState(*place, 0.0, 0.0, 0.0, steer, state.wheel_turn_rad, 0.0, 0.0, gear, rpm)


def _asked(spec: VehicleSpec, command: VehicleCommand) -> float:
    """Angle of the front wheels that is asked for at standstill [rad]."""
    steer = command.steer
    return (steer if -1.0 <= steer <= 1.0 else math.copysign(1.0, steer)) * spec.max_steer_rad


def _mean_acceleration(before: VehicleState, after: tuple[float, float, float], dt_s: float) -> tuple[float, float]:
    """Change of the velocity over ground in the axes the vehicle ends up with [m/s^2]."""
    yaw, u, v = after
    turned = before.yaw_rad - yaw
    cosine, sine = math.cos(turned), math.sin(turned)
    old_u = before.forward_mps * cosine - before.lateral_mps * sine
    old_v = before.forward_mps * sine + before.lateral_mps * cosine
    return (u - old_u) / dt_s, (v - old_v) / dt_s


def _gear(u: float, reverse: bool) -> tuple[int, float]:
    """Gear an automatic box would show at a speed, and the engine's speed in it [rpm]."""
    if reverse:
        return -1, _IDLE_RPM + 250.0 * abs(u)
    speed = abs(u)
    if speed < 0.1:
        return 0, _IDLE_RPM
    gear = bisect_right(_GEAR_TOPS_MPS, speed)
    top = _GEAR_TOPS_MPS[gear] if gear < len(_GEAR_TOPS_MPS) - 1 else 70.0
    return gear + 1, _IDLE_RPM + (_SHIFT_RPM - _IDLE_RPM) * min(speed / top, 1.0)
