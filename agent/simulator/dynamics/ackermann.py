"""CARLA's Ackermann controller: steering angle and speed asked for, pedals and steering given; pure but for its memory.

Two PID controllers in a row (speed -> acceleration -> pedal), limits and default gains of CARLA 0.9.16's
`AckermannController`; its state is advanced once a tick.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

_STANDING_MPS = 0.1
_MAX_ACCEL_MPS2, _MAX_DECEL_MPS2 = 3.0, 8.0


@dataclass(frozen=True, slots=True)
class AckermannControl:
    """What is asked: steer [rad], its rate [rad/s], speed [m/s], acceleration [m/s2], jerk (not used); 0: no limit."""

    steer_rad: float = 0.0
    steer_radps: float = 0.0
    speed_mps: float = 0.0
    accel_mps2: float = 0.0
    jerk_mps3: float = 0.0


@dataclass(frozen=True, slots=True)
class AckermannSettings:
    """Gains, in the order of the wire."""

    speed_kp: float = 0.15
    speed_ki: float = 0.0
    speed_kd: float = 0.25
    accel_kp: float = 0.01
    accel_ki: float = 0.0
    accel_kd: float = 0.01


@dataclass(frozen=True, slots=True)
class Pedals:
    """What the controller does: steer [-1, 1], throttle and brake [0, 1]."""

    steer: float
    throttle: float
    brake: float
    reverse: bool


@dataclass(slots=True)
class _Pid:
    """A PID controller whose derivative looks at the measurement alone; output within [-1, 1]."""

    integral: float = 0.0
    last: float = 0.0

    def run(self, gains: tuple[float, float, float], target: float, measured: float, dt_s: float) -> float:
        kp, ki, kd = gains
        self.integral = _within(self.integral + ki * (target - measured) * dt_s, 1.0)
        derivative = -kd * (measured - self.last) / dt_s
        self.last = measured
        return _within(kp * (target - measured) + self.integral + derivative, 1.0)


@dataclass(slots=True)
class AckermannDriver:
    """Drives one vehicle.

    Attributes:
        wanted: what is asked for.
        settings: the gains.
    """

    wanted: AckermannControl = AckermannControl()
    settings: AckermannSettings = AckermannSettings()
    _speed: _Pid = field(default_factory=_Pid)
    _accel: _Pid = field(default_factory=_Pid)
    _accel_target: float = 0.0
    _pedal: float = 0.0
    _last_speed_mps: float = 0.0
    _accel_mps2: float = 0.0
    _reverse: bool = False

    def reset(self) -> None:
        """Forget the past; the gains stay."""
        fresh = AckermannDriver(settings=self.settings)
        for name in ("_speed", "_accel", "_accel_target", "_pedal", "_last_speed_mps", "_accel_mps2", "_reverse"):
            setattr(self, name, getattr(fresh, name))

    def step(self, speed_mps: float, steer: float, max_steer_rad: float, dt_s: float) -> Pedals:
        """Pedals for the next tick.

        Args:
            speed_mps: forward speed now.
            steer: steering now [-1, 1].
            max_steer_rad: full lock.
            dt_s: length of the tick.
        """
        self._accel_mps2 = (4.0 * self._accel_mps2 + (speed_mps - self._last_speed_mps) / dt_s) / 5.0
        self._last_speed_mps = speed_mps
        steered = self._steered(steer * max_steer_rad, max_steer_rad, dt_s) / max_steer_rad
        if abs(speed_mps) < _STANDING_MPS and abs(self.wanted.speed_mps) < _STANDING_MPS:
            return Pedals(steered, 0.0, 1.0, self._reverse)
        self._run(speed_mps, dt_s)
        pushing = (self._pedal < 0.0) == self._reverse
        pedal = abs(self._pedal)
        return Pedals(steered, pedal if pushing else 0.0, 0.0 if pushing else pedal, self._reverse)

    def _steered(self, now_rad: float, max_steer_rad: float, dt_s: float) -> float:
        """The wheels' angle, at the rate asked for [rad]."""
        target = _within(self.wanted.steer_rad, max_steer_rad)
        rate = abs(self.wanted.steer_radps)
        return target if rate < 0.001 else now_rad + _within(target - now_rad, rate * dt_s)

    def _run(self, speed_mps: float, dt_s: float) -> None:
        wanted, gains = self.wanted, self.settings
        target_mps = wanted.speed_mps
        if abs(speed_mps) < _STANDING_MPS:
            self._reverse = target_mps < 0.0
        elif speed_mps * target_mps < 0.0:
            target_mps = 0.0  # stop first
        limit = abs(wanted.accel_mps2)
        low, high = (-limit, limit) if limit >= 1e-4 else (-_MAX_DECEL_MPS2, _MAX_ACCEL_MPS2)
        delta = self._speed.run((gains.speed_kp, gains.speed_ki, gains.speed_kd), target_mps, speed_mps, dt_s)
        self._accel_target = min(max(self._accel_target + delta, low), high)
        by_accel = (gains.accel_kp, gains.accel_ki, gains.accel_kd)
        self._pedal = _within(self._pedal + self._accel.run(by_accel, self._accel_target, self._accel_mps2, dt_s), 1.0)


def _within(value: float, limit: float) -> float:
    return math.copysign(min(abs(value), limit), value)
