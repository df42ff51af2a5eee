"""Seeded trouble for the teacher: pushes the car about so that the data show how to come back; pure.

The mistake moves the car and is never recorded: the label of every frame is the expert's clean answer at the state
reached (Ross et al., DAgger, 2011; Laskey et al., DART, 2017). Two kinds alternate with calm driving: the car is led
along a line beside the centre and then let go, or the wheel is jerked and the heading is off.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

_SHIFT_RATE_MPS = 0.9  # sideways, about that of a slow lane change


@dataclass(frozen=True, slots=True)
class Push:
    """What is wrong now: the line that is followed lies this far right of the centre, and this is added to steer."""

    shift_m: float = 0.0
    steer: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """How much is wrong, and how often.

    Attributes:
        shift_m: greatest distance of the false line from the centre.
        heading_rad: greatest turn of the car by a jerk.
        jerk_s: length of a jerk.
        calm_s: least and greatest pause, in which the car comes back and drives as it should.
        lead_s: least and greatest time along a false line.
    """

    shift_m: float = 1.3
    heading_rad: float = math.radians(14.0)
    jerk_s: float = 0.4
    calm_s: tuple[float, float] = (1.0, 3.0)
    lead_s: tuple[float, float] = (1.5, 3.0)


class Disturbance:
    """A schedule of trouble that depends on nothing but its seed, the time and the speed.

    Args:
        seed: the same seed gives the same trouble.
        trouble: its amount.
        steer_per_rad: steer that turns the front wheels by one radian.
        wheelbase_m: of the car.
    """

    def __init__(
        self,
        seed: int,
        trouble: Trouble = Trouble(),
        *,
        steer_per_rad: float = 1.0 / math.radians(70.0),
        wheelbase_m: float = 2.51,
    ) -> None:
        self._random = random.Random(seed)
        self._trouble = trouble
        self._steer_per_curvature = steer_per_rad * wheelbase_m
        self._until_s = self._random.uniform(*trouble.calm_s)
        self._calm = True
        self._led_m = 0.0
        self._turn_rad = 0.0
        self._shift_m = 0.0

    def push(self, time_s: float, dt_s: float, speed_mps: float) -> Push:
        """The trouble at a time.

        Args:
            time_s: since the start, never decreasing.
            dt_s: since the previous call.
            speed_mps: of the car; a jerk turns it by the same angle at every speed.
        """
        if time_s >= self._until_s:
            self._next(time_s)
        if self._led_m == 0.0:
            self._shift_m = 0.0  # let go at once: the way back is what the network is to learn
        else:
            most_m = _SHIFT_RATE_MPS * dt_s
            self._shift_m += min(max(self._led_m - self._shift_m, -most_m), most_m)
        turning_radps = self._turn_rad / self._trouble.jerk_s
        return Push(self._shift_m, self._steer_per_curvature * turning_radps / max(speed_mps, 3.0))

    def _next(self, now_s: float) -> None:
        """Draw what comes next: calm after trouble, one of the two troubles after calm."""
        self._led_m = self._turn_rad = 0.0
        self._calm = not self._calm
        if self._calm:
            self._until_s = now_s + self._random.uniform(*self._trouble.calm_s)
        elif self._random.random() < 0.5:
            self._led_m = self._random.uniform(-1.0, 1.0) * self._trouble.shift_m
            self._until_s = now_s + self._random.uniform(*self._trouble.lead_s)
        else:
            self._turn_rad = self._random.uniform(-1.0, 1.0) * self._trouble.heading_rad
            self._until_s = now_s + self._trouble.jerk_s
