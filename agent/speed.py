"""Target speed -> throttle and brake; slower in bends and behind a car ahead; pure."""

from __future__ import annotations

import math

from agent.types import Lead

_GAIN = 0.25  # pedal per m/s of error
_INTEGRAL_GAIN = 0.04  # pedal per m/s of error and second
_MOST_THROTTLE = 0.75
_MOST_BRAKE = 0.6
_COAST = 0.04  # the engine alone slows what is asked to brake less than this
_SLEW_PER_S = 2.0  # from nothing to full pedal in half a second
_FULL_BRAKE_MPS2 = 8.0
_FULL_THROTTLE_MPS2 = 4.0

BEND_MPS2 = 5.0
"""Most sideways acceleration in a bend: about half of what dry tyres hold, a bend of 25 m at 40 km/h."""
_WHEELBASE_M, _FULL_LOCK_RAD = 2.6, math.radians(70.0)  # of a common car of CARLA's
_STANDSTILL_M, _HEADWAY_S = 4.0, 1.4
_ACCELERATION_MPS2, _DECELERATION_MPS2 = 2.0, 2.5


class SpeedController:
    """A proportional-integral controller whose output is one signed pedal: throttle above zero, brake below.

    The integral learns what air, hills and this car's engine cost, so it also suits cars stronger or weaker than ours.
    It knows of a bend by what is steered now, and of a car ahead by the simulator's telemetry alone: no camera is
    looked at, and nothing but vehicles on the own lane is braked for.

    Args:
        target_mps: speed to hold, > 0; may be changed while driving.

    Raises:
        ValueError: a target that is not above 0.
    """

    def __init__(self, target_mps: float) -> None:
        if not 0.0 < target_mps < math.inf:
            raise ValueError(f"target_mps is {target_mps}, wanted a speed above 0")
        self.target_mps = target_mps
        self._learnt = 0.0
        self._pedal = 0.0

    def pedals(
        self, speed_mps: float, dt_s: float, *, steer: float = 0.0, lead: Lead | None = None
    ) -> tuple[float, float]:
        """Throttle and brake, each [0, 1] and never both above 0.

        Args:
            speed_mps: now.
            dt_s: since the previous call, 0 on the first.
            steer: now, [-1, 1].
            lead: the car ahead, if there is one.
        """
        error_mps = min(self.target_mps, bend_speed_mps(steer)) - speed_mps
        asked = _GAIN * error_mps + self._learnt
        if -_MOST_BRAKE < asked < _MOST_THROTTLE:  # a pedal at its stop: learning now would only wind up
            self._learnt = min(max(self._learnt + _INTEGRAL_GAIN * error_mps * dt_s, -0.1), _MOST_THROTTLE)
        most_change, hardest = _SLEW_PER_S * dt_s, _MOST_BRAKE
        if lead is not None:
            allowed = _pedal(following_mps2(speed_mps, self.target_mps, lead))
            if allowed < asked:
                asked, hardest, self._learnt = allowed, 1.0, min(self._learnt, max(allowed, 0.0))
                most_change *= 2.0 if allowed > -0.5 else 5.0
        asked = min(max(asked, -hardest), _MOST_THROTTLE)
        self._pedal = min(max(asked, self._pedal - most_change), self._pedal + most_change)
        return max(self._pedal, 0.0), max(-self._pedal - _COAST, 0.0)


def bend_speed_mps(steer: float) -> float:
    """Speed at which the bend that is steered now pulls sideways with `BEND_MPS2`; infinite straight on.

    The bend is that of the bicycle model, curvature = tan(wheel angle) / wheelbase.
    """
    curvature = math.tan(min(abs(steer), 1.0) * _FULL_LOCK_RAD) / _WHEELBASE_M
    return math.sqrt(BEND_MPS2 / curvature) if curvature > 1e-9 else math.inf


def following_mps2(speed_mps: float, target_mps: float, lead: Lead) -> float:
    """Acceleration behind a car by the Intelligent Driver Model.

    Treiber, Hennecke and Helbing, "Congested traffic states in empirical observations and microscopic simulations"
    (2000), equations 2 and 3.
    """
    closing_mps = speed_mps - lead.speed_mps
    braking_m = speed_mps * closing_mps / (2 * math.sqrt(_ACCELERATION_MPS2 * _DECELERATION_MPS2))
    wanted_m = _STANDSTILL_M + max(0.0, speed_mps * _HEADWAY_S + braking_m)
    free = (speed_mps / target_mps) ** 4
    return _ACCELERATION_MPS2 * (1.0 - free - (wanted_m / max(lead.gap_m, 0.1)) ** 2)


def _pedal(acceleration_mps2: float) -> float:
    full = _FULL_THROTTLE_MPS2 if acceleration_mps2 > 0 else _FULL_BRAKE_MPS2
    return min(max(acceleration_mps2 / full, -1.0), 1.0)
