"""Along the car: what engine, brakes, air and rolling do to its speed while a command is held; pure."""

from __future__ import annotations

from typing import NamedTuple

from agent.simulator.dynamics.vehicle_specs import AIR_DENSITY_KGPM3, GRAVITY_MPS2, VehicleSpec

_GRIP_ALONG = 0.9  # share of the grip spent along the car at most (anti-lock): some is left to steer with


class VehicleCommand(NamedTuple):
    """What the driver asks: throttle, brake [0, 1]; steer [-1, 1], right positive."""

    throttle: float = 0.0
    steer: float = 0.0
    brake: float = 0.0
    hand_brake: bool = False
    reverse: bool = False


class Pedals:
    """The forces of one command, as far as they do not depend on the speed; made once for all sub-steps of a step.

    Args:
        spec: of the vehicle.
        command: pedals are clamped to [0, 1]; with the hand brake the rear wheels block and the engine does not push.
        grip: friction between tyres and road.

    Attributes:
        grip: as given.
        idle: whether the engine does not push.
        resist_n, drag: what slows the car down: a force, and one per square of its speed [N, N s2/m2].
        front_n2, rear_n2: while idle, the squares of what the tyres of an axle can hold across the car [N2].
    """

    __slots__ = ("_engine", "drag", "front_n2", "grip", "idle", "rear_n2", "resist_n")

    def __init__(self, spec: VehicleSpec, command: VehicleCommand, grip: float) -> None:
        throttle, _, brake, hand_brake, reverse = command
        front_grip_n, rear_grip_n = grip * spec.front_load_n, grip * spec.rear_load_n
        front_most_n, rear_most_n = _GRIP_ALONG * front_grip_n, _GRIP_ALONG * rear_grip_n
        front_n = rear_n = 0.0
        if brake > 0.0:
            brake_n = min(brake, 1.0) * spec.max_brake_n
            front_n, rear_n = min(0.6 * brake_n, front_most_n), min(0.4 * brake_n, rear_most_n)
        if hand_brake:
            rear_n = rear_most_n
        self.grip, self.idle = grip, hand_brake or throttle <= 0.0
        self.drag = 0.5 * AIR_DENSITY_KGPM3 * spec.drag_area_m2
        self.resist_n = front_n + rear_n + spec.rolling_resistance * spec.mass_kg * GRAVITY_MPS2
        front_grip_n2, rear_grip_n2 = front_grip_n * front_grip_n, rear_grip_n * rear_grip_n
        if self.idle:
            self.resist_n += spec.coast_brake_n
            self.front_n2, self.rear_n2 = front_grip_n2 - front_n * front_n, rear_grip_n2 - rear_n * rear_n
            return
        self.front_n2, self.rear_n2 = front_grip_n2, rear_grip_n2
        throttle = min(throttle, 1.0)
        most_n, backwards_to_mps = throttle * min(spec.max_drive_n, front_most_n + rear_most_n), -spec.max_reverse_mps
        axles = (front_n, front_most_n, rear_n, rear_most_n)
        self._engine = (throttle * spec.max_power_w, most_n, backwards_to_mps if reverse else None, *axles)

    def push(self, u: float) -> tuple[float, float, float]:
        """The engine's force along the car, and the squares of what front and rear tyres hold across it [N, N2, N2].

        Args:
            u: forward speed [m/s]; not idle.
        """
        drive_n, most_n, backwards_to_mps, front_n, front_most_n, rear_n, rear_most_n = self._engine
        speed = abs(u)
        if speed > 1.0:
            drive_n /= speed
        if drive_n > most_n:  # noqa: PLR1730 - `min` and `max` take longer than all the rest here
            drive_n = most_n
        if backwards_to_mps is not None:
            drive_n = -drive_n if u > backwards_to_mps else 0.0
        half_n = 0.5 * abs(drive_n)
        front_n += half_n
        if front_n > front_most_n:  # noqa: PLR1730
            front_n = front_most_n
        rear_n += half_n
        if rear_n > rear_most_n:  # noqa: PLR1730
            rear_n = rear_most_n
        return drive_n, self.front_n2 - front_n * front_n, self.rear_n2 - rear_n * rear_n
