"""Across the car: what the tyres' side forces do to its motion in a sub-step; pure.

Two axles of saturating tyres within the friction circle; near standstill, where their equations are stiff, wheels that
roll without slip. All in one method: it runs for every car in every sub-step.
"""

from __future__ import annotations

from math import atan2, cos, sin, sqrt, tan

from agent.simulator.dynamics.vehicle_specs import GRAVITY_MPS2, VehicleSpec

_SLIP_FREE_MPS = 2.0  # below: kinematic
_DYNAMIC_MPS = 5.0  # above: tyre forces alone


class Tyres:
    """What does not change while a vehicle is stepped; made once for all sub-steps of a step.

    Args:
        spec: of the vehicle.
        grip: friction between tyres and road.
        sub_s: a sub-step's time [s].
    """

    __slots__ = ("_front", "_front_m", "_grip", "_inertia", "_mass", "_rear", "_rear_m", "_spec", "_sub_s", "_turning")

    def __init__(self, spec: VehicleSpec, grip: float, sub_s: float) -> None:
        self._spec, self._grip, self._sub_s = spec, grip, sub_s
        self._mass, self._inertia = spec.mass_kg, spec.yaw_inertia_kgm2
        self._front_m, self._rear_m = spec.front_axle_m, spec.rear_axle_m
        self._turning = spec.yaw_inertia_kgm2 / spec.mass_kg
        weight = spec.mass_kg * GRAVITY_MPS2
        front_load = weight * spec.rear_axle_m / spec.wheelbase_m
        rear_load = weight - front_load
        self._front = spec.tyre_stiffness * front_load, (grip * front_load) * (grip * front_load)
        self._rear = spec.tyre_stiffness * rear_load, (grip * rear_load) * (grip * rear_load)

    def turn(  # noqa: PLR0917 - positional because that is what a hot loop can afford
        self, u: float, v: float, r: float, steer: float, along_front_n: float, along_rear_n: float
    ) -> tuple[float, float, float]:
        """Forward, lateral and turning speed a sub-step later [m/s, m/s, rad/s].

        Args:
            u, v, r: those speeds now.
            steer: angle of the front wheels [rad].
            along_front_n, along_rear_n: force along the car at each axle, by engine and brakes.
        """
        turning, sub_s = self._turning, self._sub_s
        allowed = u * u + v * v + turning * r * r
        if allowed == 0.0:
            return 0.0, 0.0, 0.0
        share = (sqrt(u * u + v * v) - _SLIP_FREE_MPS) / (_DYNAMIC_MPS - _SLIP_FREE_MPS)
        new_u, new_v, new_r = u, v, r
        if share < 1.0:
            new_v, new_r = self._roll_without_slip(u, v, r, steer)
        else:
            share = 1.0
        if share > 0.0:
            cosine, sine, mass, front_m, rear_m = cos(steer), sin(steer), self._mass, self._front_m, self._rear_m
            front_v = v + front_m * r
            stiffness, most = self._front
            linear = stiffness * atan2(front_v * cosine - u * sine, abs(u * cosine + front_v * sine))
            front = -linear / sqrt(1.0 + (linear / sqrt(most - along_front_n * along_front_n)) ** 2)
            stiffness, most = self._rear
            linear = stiffness * atan2(v - rear_m * r, abs(u))
            rear = -linear / sqrt(1.0 + (linear / sqrt(most - along_rear_n * along_rear_n)) ** 2)
            new_u += share * (u + (v * r - front * sine / mass) * sub_s - new_u)
            new_v += share * (v + ((front * cosine + rear) / mass - u * r) * sub_s - new_v)
            new_r += share * (r + (front_m * front * cosine - rear_m * rear) / self._inertia * sub_s - new_r)
        energy = new_u * new_u + new_v * new_v + turning * new_r * new_r
        if energy > allowed:
            scale = sqrt(allowed / energy)
            return new_u * scale, new_v * scale, new_r * scale
        return new_u, new_v, new_r

    def _roll_without_slip(self, u: float, v: float, r: float, steer: float) -> tuple[float, float]:
        """Lateral and turning speed drawn to those of wheels that do not slip, no faster than grip allows."""
        hold, wheelbase_m = self._grip * GRAVITY_MPS2, self._spec.wheelbase_m
        wanted_r = u * tan(steer) / wheelbase_m
        most_r = hold / max(abs(u), 0.1)
        wanted_r = min(max(wanted_r, -most_r), most_r)
        wanted_v = wanted_r * self._rear_m
        step_v = hold * self._sub_s
        step_r = 0.5 * hold * wheelbase_m * self._mass / self._inertia * self._sub_s
        return min(max(wanted_v, v - step_v), v + step_v), min(max(wanted_r, r - step_r), r + step_r)
