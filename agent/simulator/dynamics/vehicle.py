"""How a vehicle moves: a dynamic bicycle model that turns kinematic at walking pace; pure.

The model is the single-track one with saturating tyres (Rajamani, Vehicle Dynamics and Control, ch. 2 and 13), in
CARLA's left-handed axes: forward, right, clockwise. Its tyre equations are stiff near standstill, so between 2 and
5 m/s it is blended into wheels that roll without slip. Tyres only take energy out: each sub-step keeps the kinetic
energy within what the engine has put in, which is also what keeps the model stable under any input.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from agent.simulator.dynamics.pedals import Pedals
from agent.simulator.dynamics.vehicle_specs import GRAVITY_MPS2, VehicleSpec

SUB_STEP_S = 0.01
STEERING_CURVE: tuple[tuple[float, float], ...] = ((0.0, 1.0), (20.0, 0.9), (60.0, 0.8), (120.0, 0.7))
"""(speed km/h, share of the full lock): Unreal 4's default for PhysX vehicles, which CARLA 0.9's cars keep."""

_SLIP_FREE_MPS = 2.0  # below: kinematic
_DYNAMIC_MPS = 5.0  # above: tyre forces alone
_GEAR_TOPS_MPS = (7.0, 13.0, 20.0, 28.0, math.inf)
_IDLE_RPM = 800.0
_SHIFT_RPM = 5000.0

_Tyres = tuple[float, float, float, float, float, float]
"""As `_tyres` has them, then the force along front and rear axle [N]."""


@dataclass(frozen=True, slots=True)
class VehicleCommand:
    """What the driver asks: throttle, brake [0, 1]; steer [-1, 1], right positive."""

    throttle: float = 0.0
    steer: float = 0.0
    brake: float = 0.0
    hand_brake: bool = False
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class VehicleState:
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


def steering_share(speed_mps: float) -> float:
    """Share of the full lock that full steering gives at a speed, (0, 1]; linear between `STEERING_CURVE`'s points."""
    speed_kmh = 3.6 * abs(speed_mps)
    low_kmh, low = STEERING_CURVE[0]
    for high_kmh, high in STEERING_CURVE[1:]:
        if speed_kmh < high_kmh:
            return low + (high - low) * (speed_kmh - low_kmh) / (high_kmh - low_kmh)
        low_kmh, low = high_kmh, high
    return low


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
    grip = spec.tyre_friction * friction
    pedals = Pedals(
        spec, command.throttle, command.brake, hand_brake=command.hand_brake, reverse=command.reverse, grip=grip
    )
    if state.forward_mps == state.lateral_mps == state.yaw_rate_radps == 0.0 and pedals.idle:
        return _rest(spec, state, command, count, sub_s)
    tyres = _tyres(spec, grip)
    x, y, yaw, steer = state.x_m, state.y_m, state.yaw_rad, state.steer_rad
    u, v, r = state.forward_mps, state.lateral_mps, state.yaw_rate_radps
    rolled_m = 0.0
    for _ in range(count):
        steer = _turn_wheels(spec, command, steer, u, sub_s)
        u, along_front, along_rear = pedals.push(u, sub_s)
        u, v, new_r = _turn(spec, (u, v, r), steer, (*tyres, along_front, along_rear), grip=grip, sub_s=sub_s)
        mid = yaw + 0.25 * (r + new_r) * sub_s
        yaw += 0.5 * (r + new_r) * sub_s
        r = new_r
        cosine, sine = math.cos(mid), math.sin(mid)
        x += (u * cosine - v * sine) * sub_s
        y += (u * sine + v * cosine) * sub_s
        rolled_m += u * sub_s
    accel_forward, accel_lateral = _mean_acceleration(state, (yaw, u, v), dt_s)
    gear, rpm = _gear(u, command.reverse)
    turn = (state.wheel_turn_rad + rolled_m / spec.wheel_radius_m) % (2.0 * math.pi)
    return VehicleState(x, y, state.z_m, yaw, u, v, r, steer, turn, accel_forward, accel_lateral, gear, rpm)


def _tyres(spec: VehicleSpec, grip: float) -> tuple[float, float, float, float]:
    """Front and rear cornering stiffness [N/rad], and the most front and rear tyres hold [N]."""
    weight = spec.mass_kg * GRAVITY_MPS2
    front_load = weight * spec.rear_axle_m / spec.wheelbase_m
    rear_load = weight - front_load
    return spec.tyre_stiffness * front_load, spec.tyre_stiffness * rear_load, grip * front_load, grip * rear_load


def _rest(spec: VehicleSpec, state: VehicleState, command: VehicleCommand, count: int, sub_s: float) -> VehicleState:
    """A standing vehicle after a step: only its front wheels may turn."""
    steer = state.steer_rad
    for _ in range(count):
        steer = _turn_wheels(spec, command, steer, 0.0, sub_s)
    gear, rpm = _gear(0.0, command.reverse)
    now = (steer, 0.0, 0.0, gear, rpm)
    if now == (state.steer_rad, state.accel_forward_mps2, state.accel_lateral_mps2, state.gear, state.engine_rpm):
        return state
    place = (state.x_m, state.y_m, state.z_m, state.yaw_rad)
    return VehicleState(*place, 0.0, 0.0, 0.0, steer, state.wheel_turn_rad, 0.0, 0.0, gear, rpm)


def _turn_wheels(spec: VehicleSpec, command: VehicleCommand, steer: float, u: float, sub_s: float) -> float:
    """Angle of the front wheels after a sub-step: towards the asked one, at the rate the rack allows [rad]."""
    target = min(max(command.steer, -1.0), 1.0) * spec.max_steer_rad * steering_share(u)
    if target == steer:
        return steer
    returning = abs(target) < abs(steer) or target * steer < 0.0
    most = spec.steer_rate_radps * sub_s * (2.0 if returning else 1.0)
    return min(max(target, steer - most), steer + most)


def _turn(
    spec: VehicleSpec,
    motion: tuple[float, float, float],
    steer: float,
    tyres: _Tyres,
    *,
    grip: float,
    sub_s: float,
) -> tuple[float, float, float]:
    """Forward, lateral and turning speed after the tyres' side forces have acted [m/s, m/s, rad/s]."""
    u, v, r = motion
    turning = spec.yaw_inertia_kgm2 / spec.mass_kg
    allowed = u * u + v * v + turning * r * r
    if allowed == 0.0:
        return 0.0, 0.0, 0.0
    speed = math.sqrt(u * u + v * v)
    share = (speed - _SLIP_FREE_MPS) / (_DYNAMIC_MPS - _SLIP_FREE_MPS)
    share = 0.0 if share < 0.0 else min(share, 1.0)
    new_u, new_v, new_r = u, v, r
    if share < 1.0:
        new_v, new_r = _roll_without_slip(spec, motion, steer, grip, sub_s)
    if share > 0.0:
        slip_u, slip_v, slip_r = _slide(spec, motion, steer, tyres, sub_s)
        new_u += share * (slip_u - new_u)
        new_v += share * (slip_v - new_v)
        new_r += share * (slip_r - new_r)
    energy = new_u * new_u + new_v * new_v + turning * new_r * new_r
    if energy > allowed:
        scale = math.sqrt(allowed / energy)
        return new_u * scale, new_v * scale, new_r * scale
    return new_u, new_v, new_r


def _roll_without_slip(
    spec: VehicleSpec, motion: tuple[float, float, float], steer: float, grip: float, sub_s: float
) -> tuple[float, float]:
    """Lateral and turning speed drawn to those of wheels that do not slip, no faster than grip allows."""
    u, v, r = motion
    hold = grip * GRAVITY_MPS2
    wanted_r = u * math.tan(steer) / spec.wheelbase_m
    most_r = hold / max(abs(u), 0.1)
    wanted_r = min(max(wanted_r, -most_r), most_r)
    wanted_v = wanted_r * spec.rear_axle_m
    step_v = hold * sub_s
    step_r = 0.5 * hold * spec.wheelbase_m * spec.mass_kg / spec.yaw_inertia_kgm2 * sub_s
    return min(max(wanted_v, v - step_v), v + step_v), min(max(wanted_r, r - step_r), r + step_r)


def _slide(
    spec: VehicleSpec, motion: tuple[float, float, float], steer: float, tyres: _Tyres, sub_s: float
) -> tuple[float, float, float]:
    """Forward, lateral and turning speed under the side forces of two saturating tyres within the friction circle."""
    u, v, r = motion
    front_stiffness, rear_stiffness, front_most, rear_most, along_front, along_rear = tyres
    cosine, sine = math.cos(steer), math.sin(steer)
    front_v = v + spec.front_axle_m * r
    front_slip = math.atan2(front_v * cosine - u * sine, abs(u * cosine + front_v * sine))
    rear_slip = math.atan2(v - spec.rear_axle_m * r, abs(u))
    front = _side_force(front_slip, front_stiffness, front_most, along_front)
    rear = _side_force(rear_slip, rear_stiffness, rear_most, along_rear)
    return (
        u + (v * r - front * sine / spec.mass_kg) * sub_s,
        v + ((front * cosine + rear) / spec.mass_kg - u * r) * sub_s,
        r + (spec.front_axle_m * front * cosine - spec.rear_axle_m * rear) / spec.yaw_inertia_kgm2 * sub_s,
    )


def _side_force(slip_rad: float, stiffness_nprad: float, most_n: float, along_n: float) -> float:
    """Side force of an axle from its slip angle: linear at first, saturating at the grip left by braking [N]."""
    linear_n = stiffness_nprad * slip_rad
    left_n = math.sqrt(most_n * most_n - along_n * along_n)
    return -linear_n / math.sqrt(1.0 + (linear_n / left_n) ** 2)


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
    gear = next(index for index, top in enumerate(_GEAR_TOPS_MPS) if speed < top)
    top = _GEAR_TOPS_MPS[gear] if gear < len(_GEAR_TOPS_MPS) - 1 else 70.0
    return gear + 1, _IDLE_RPM + (_SHIFT_RPM - _IDLE_RPM) * min(speed / top, 1.0)
