"""How a vehicle moves over the ground while a command is held: pedals, tyres and steering, sub-step by sub-step; pure.

Two axles of saturating tyres within the friction circle; near standstill, where their equations are stiff, wheels that
roll without slip. All in one loop over bare numbers: it runs for every car in every sub-step, and calls cost more there
than the arithmetic.
"""

from __future__ import annotations

from math import atan2, copysign, cos, sin, sqrt, tan

from agent.simulator.dynamics.pedals import Pedals
from agent.simulator.dynamics.steering import LINES, turn_wheels
from agent.simulator.dynamics.vehicle_specs import GRAVITY_MPS2, VehicleSpec

_SLIP_FREE_MPS = 2.0  # below: kinematic
_DYNAMIC_MPS = 5.0  # above: tyre forces alone
_SLIP_FREE_2, _DYNAMIC_2 = _SLIP_FREE_MPS**2, _DYNAMIC_MPS**2

Motion = tuple[float, float, float, float, float, float, float, float]
"""What a sub-step changes: x, y [m], yaw [rad]; forward and lateral velocity [m/s], turning [rad/s]; angle of the front
wheels [rad], how far they have rolled [m]. Bare numbers, for they are what the loop below handles."""


def drive(spec: VehicleSpec, pedals: Pedals, asked_rad: float, start: Motion, *, count: int, sub_s: float) -> Motion:
    """The motion after `count` sub-steps of `sub_s` seconds.

    Args:
        spec: of the vehicle.
        pedals: the command's forces, held.
        asked_rad: angle of the front wheels that is asked for at standstill.
        start: the motion now.
        count, sub_s: number and length of the sub-steps.
    """
    idle, push, front_n2, rear_n2 = pedals.idle, pedals.push, pedals.front_n2, pedals.rear_n2
    mass, inertia, front_m, rear_m = spec.mass_kg, spec.yaw_inertia_kgm2, spec.front_axle_m, spec.rear_axle_m
    turning, by_mass, by_inertia = inertia / mass, sub_s / mass, sub_s / inertia
    front_n, rear_n = spec.tyre_stiffness * spec.front_load_n, spec.tyre_stiffness * spec.rear_load_n
    resist, drag, rack_rad = pedals.resist_n * by_mass, pedals.drag * by_mass, spec.steer_rate_radps * sub_s
    x, y, yaw, u, v, r, steer, rolled_m = start
    for _ in range(count):
        speed = abs(u)
        for end_mps, share, growth in LINES:  # `steering_share` without its call
            if speed <= end_mps:
                target = asked_rad * (share + growth * (end_mps - speed))
                break
        steer = target if -rack_rad <= target - steer <= rack_rad else turn_wheels(spec, target, steer, sub_s)
        if not idle:
            push_n, front_n2, rear_n2 = push(u)
            u += push_n * by_mass
        left = abs(u) - resist - drag * speed * speed
        u = copysign(left, u) if left > 0.0 else 0.0  # resistance stops, it never pushes back
        level_2, new_u = u * u + v * v, u
        allowed = level_2 + turning * r * r
        if level_2 < _DYNAMIC_2:
            new_v, new_r = _roll_without_slip(spec, pedals.grip, (u, v, r, steer), sub_s)
        if level_2 > _SLIP_FREE_2:
            cosine, sine, front_v = cos(steer), sin(steer), v + front_m * r
            linear = front_n * atan2(front_v * cosine - u * sine, abs(u * cosine + front_v * sine))
            front = -linear * sqrt(front_n2 / (front_n2 + linear * linear))
            linear = rear_n * atan2(v - rear_m * r, abs(u))
            rear = -linear * sqrt(rear_n2 / (rear_n2 + linear * linear))
            across = front * cosine
            slip_u = u + v * r * sub_s - front * sine * by_mass
            slip_v = v - u * r * sub_s + (across + rear) * by_mass
            slip_r = r + (front_m * across - rear_m * rear) * by_inertia
            if level_2 < _DYNAMIC_2:
                share = (sqrt(level_2) - _SLIP_FREE_MPS) / (_DYNAMIC_MPS - _SLIP_FREE_MPS)
                new_u += share * (slip_u - u)
                new_v += share * (slip_v - new_v)
                new_r += share * (slip_r - new_r)
            else:
                new_u, new_v, new_r = slip_u, slip_v, slip_r
        energy = new_u * new_u + new_v * new_v + turning * new_r * new_r
        if energy > allowed:
            scale = sqrt(allowed / energy)
            new_u, new_v, new_r = new_u * scale, new_v * scale, new_r * scale
        turned = 0.5 * (r + new_r) * sub_s
        mid = yaw + 0.5 * turned
        yaw += turned
        u, v, r = new_u, new_v, new_r
        cosine, sine = cos(mid), sin(mid)
        x += (u * cosine - v * sine) * sub_s
        y += (u * sine + v * cosine) * sub_s
        rolled_m += u * sub_s
    return x, y, yaw, u, v, r, steer, rolled_m


def _roll_without_slip(
    spec: VehicleSpec, grip: float, motion: tuple[float, float, float, float], sub_s: float
) -> tuple[float, float]:
    """Lateral and turning speed drawn to those of wheels that do not slip, no faster than grip allows.

    Args:
        spec: of the vehicle.
        grip: friction between tyres and road.
        motion: forward, lateral and turning speed [m/s, m/s, rad/s] and the angle of the front wheels [rad].
        sub_s: time [s].
    """
    u, v, r, steer = motion
    hold, wheelbase_m = grip * GRAVITY_MPS2, spec.wheelbase_m
    wanted_r, speed = u * tan(steer) / wheelbase_m, abs(u)
    most_r = hold / speed if speed > 0.1 else 10.0 * hold
    if abs(wanted_r) > most_r:
        wanted_r = copysign(most_r, wanted_r)
    wanted_v = wanted_r * spec.rear_axle_m
    gain_v, gain_r = wanted_v - v, wanted_r - r
    step_v = hold * sub_s
    step_r = 0.5 * step_v * wheelbase_m * spec.mass_kg / spec.yaw_inertia_kgm2
    return (
        wanted_v if abs(gain_v) <= step_v else v + copysign(step_v, gain_v),
        wanted_r if abs(gain_r) <= step_r else r + copysign(step_r, gain_r),
    )
