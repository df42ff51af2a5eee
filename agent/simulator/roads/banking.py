"""How a road's surface leans: superelevation of all of it, crossfall of each side.

ASAM OpenDRIVE 1.4, 5.3.6: angles [rad]; a positive superelevation falls to the right, a positive crossfall falls
outwards. t is measured on the plane, as CARLA does: a banked lane is wider than its plan by 1 / cos of the angle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agent.simulator.roads.piecewise_cubic import Float64, PiecewiseCubic


@dataclass(frozen=True, slots=True)
class Banking:
    """The lean of one road; `left` and `right` are the crossfall of its sides."""

    superelevation: PiecewiseCubic = field(default_factory=PiecewiseCubic)
    left: PiecewiseCubic = field(default_factory=PiecewiseCubic)
    right: PiecewiseCubic = field(default_factory=PiecewiseCubic)
    flat: bool = field(init=False)

    def __post_init__(self) -> None:
        parts = (self.superelevation, self.left, self.right)
        object.__setattr__(self, "flat", all(part.is_zero for part in parts))

    @property
    def starts_m(self) -> Float64:
        """Where a record begins, along the road."""
        return np.concatenate([part.starts_m for part in (self.superelevation, self.left, self.right)])

    def rise(self, s_m: Float64, t_m: npt.ArrayLike) -> Float64:
        """Height above the reference line at `s_m`, `t_m` (left positive), broadcast against each other."""
        t = np.asarray(t_m, np.float64)
        if self.flat:
            return np.zeros(np.broadcast_shapes(s_m.shape, t.shape))
        fall = np.where(t > 0.0, np.tan(self.left(s_m)), np.tan(self.right(s_m)))
        return np.asarray(t * np.tan(self.superelevation(s_m)) - np.abs(t) * fall)

    def at(self, s_m: float, t_m: float) -> tuple[float, float, float]:
        """At one place: height above the reference line, its slope along s, its slope along t."""
        if self.flat:
            return 0.0, 0.0, 0.0
        lean, lean_change = self.superelevation.at(s_m)
        side, sign = (self.left, -1.0) if t_m > 0.0 else (self.right, 1.0)
        fall, fall_change = side.at(s_m)
        across = math.tan(lean) + sign * math.tan(fall)
        along = t_m * (lean_change / math.cos(lean) ** 2 + sign * fall_change / math.cos(fall) ** 2)
        return t_m * across, along, across
