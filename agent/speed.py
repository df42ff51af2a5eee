"""Target speed -> throttle and brake; pure."""

from __future__ import annotations

import math

_GAIN = 0.25  # pedal per m/s of error
_INTEGRAL_GAIN = 0.04  # pedal per m/s of error and second
_MOST_THROTTLE = 0.75
_MOST_BRAKE = 0.6
_COAST = 0.04  # the engine alone slows what is asked to brake less than this
_SLEW_PER_S = 2.0  # from nothing to full pedal in half a second


class SpeedController:
    """A proportional-integral controller whose output is one signed pedal: throttle above zero, brake below.

    The integral learns what air, hills and this car's engine cost, so it also suits cars stronger or weaker than ours.

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

    def pedals(self, speed_mps: float, dt_s: float) -> tuple[float, float]:
        """Throttle and brake, each [0, 1] and never both above 0.

        Args:
            speed_mps: now.
            dt_s: since the previous call, 0 on the first.
        """
        error_mps = self.target_mps - speed_mps
        asked = _GAIN * error_mps + self._learnt
        if -_MOST_BRAKE < asked < _MOST_THROTTLE:  # a pedal at its stop: learning now would only wind up
            self._learnt = min(max(self._learnt + _INTEGRAL_GAIN * error_mps * dt_s, -0.1), _MOST_THROTTLE)
        most_change = _SLEW_PER_S * dt_s
        asked = min(max(asked, -_MOST_BRAKE), _MOST_THROTTLE)
        self._pedal = min(max(asked, self._pedal - most_change), self._pedal + most_change)
        return max(self._pedal, 0.0), max(-self._pedal - _COAST, 0.0)
