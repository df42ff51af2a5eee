"""Along the car: what engine, brakes, air and rolling do to its speed while a command is held; pure."""

from __future__ import annotations

import math

from agent.simulator.dynamics.vehicle_specs import AIR_DENSITY_KGPM3, GRAVITY_MPS2, VehicleSpec

_GRIP_ALONG = 0.9  # share of the grip spent along the car at most (anti-lock): some is left to steer with


class Pedals:
    """The forces of one command, as far as they do not depend on the speed; made once for all sub-steps of a step.

    Args:
        spec: of the vehicle.
        throttle, brake: any, clamped to [0, 1].
        hand_brake: blocks the rear wheels; the engine does not push.
        reverse: it pushes backwards.
        grip: friction between tyres and road.
    """

    __slots__ = (
        "_backwards_from_mps",
        "_coast_n",
        "_drag",
        "_drive_n",
        "_front_most_n",
        "_front_n",
        "_mass_kg",
        "_power_w",
        "_rear_most_n",
        "_rear_n",
        "_resist_n",
        "_reverse",
        "_throttle",
    )

    def __init__(
        self, spec: VehicleSpec, throttle: float, brake: float, *, hand_brake: bool, reverse: bool, grip: float
    ) -> None:
        weight = spec.mass_kg * GRAVITY_MPS2
        self._front_most_n = front_most = _GRIP_ALONG * grip * weight * spec.rear_axle_m / spec.wheelbase_m
        self._rear_most_n = rear_most = _GRIP_ALONG * grip * weight * spec.front_axle_m / spec.wheelbase_m
        self._throttle = 0.0 if hand_brake else min(max(throttle, 0.0), 1.0)
        self._drive_n = min(spec.max_drive_n, front_most + rear_most)
        self._power_w, self._mass_kg = spec.max_power_w, spec.mass_kg
        self._reverse, self._backwards_from_mps = reverse, -spec.max_reverse_mps
        brake_n = min(max(brake, 0.0), 1.0) * spec.max_brake_n
        self._front_n = min(0.6 * brake_n, front_most)
        self._rear_n = rear_most if hand_brake else min(0.4 * brake_n, rear_most)
        self._resist_n = self._front_n + self._rear_n + spec.rolling_resistance * weight
        self._drag = 0.5 * AIR_DENSITY_KGPM3 * spec.drag_area_m2
        self._coast_n = spec.coast_brake_n if self._throttle == 0.0 else 0.0

    @property
    def idle(self) -> bool:
        """Whether the engine does not push."""
        return self._throttle == 0.0

    def push(self, u: float, sub_s: float) -> tuple[float, float, float]:
        """New forward speed and the force along front and rear axle [m/s, N, N].

        Args:
            u: forward speed [m/s].
            sub_s: time [s].
        """
        speed = abs(u)
        drive = 0.0
        if self._throttle:
            power_n = self._power_w / speed if speed > 1.0 else self._power_w
            drive = self._throttle * (power_n if power_n < self._drive_n else self._drive_n)
            if self._reverse:
                drive = -drive if u > self._backwards_from_mps else 0.0
            u += drive / self._mass_kg * sub_s
        resist = self._resist_n + self._drag * speed * speed + self._coast_n
        slower = max(abs(u) - resist / self._mass_kg * sub_s, 0.0)  # resistance stops, it never pushes back
        half = 0.5 * abs(drive)
        front, rear = half + self._front_n, half + self._rear_n
        return (
            math.copysign(slower, u),
            front if front < self._front_most_n else self._front_most_n,
            rear if rear < self._rear_most_n else self._rear_most_n,
        )
