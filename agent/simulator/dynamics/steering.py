"""The front wheels: how far they turn at a speed, and how fast; pure."""

from __future__ import annotations

from itertools import pairwise
from sys import float_info

from agent.simulator.dynamics.vehicle_specs import VehicleSpec

STEERING_CURVE: tuple[tuple[float, float], ...] = ((0.0, 1.0), (20.0, 0.9), (60.0, 0.8), (120.0, 0.7))
"""(speed km/h, share of the full lock): Unreal 4's default for PhysX vehicles, which CARLA 0.9's cars keep."""

LINES = (
    *(
        (high_kmh / 3.6, high, 3.6 * (low - high) / (high_kmh - low_kmh))
        for (low_kmh, low), (high_kmh, high) in pairwise(STEERING_CURVE)
    ),
    (float_info.max, STEERING_CURVE[-1][1], 0.0),
)
"""Of `STEERING_CURVE`'s pieces: where one ends [m/s], the share there, and how it grows towards lower speeds."""


def steering_share(speed_mps: float) -> float:
    """Share of the full lock that full steering gives at a speed, (0, 1]; linear between `STEERING_CURVE`'s points."""
    speed = abs(speed_mps)
    return next(share + growth * (end_mps - speed) for end_mps, share, growth in LINES if speed <= end_mps)


def turn_wheels(spec: VehicleSpec, target: float, steer: float, sub_s: float) -> float:
    """Angle of the front wheels after a sub-step: towards the target, at the rate the rack allows [rad]."""
    if target == steer:
        return steer
    returning = abs(target) < abs(steer) or target * steer < 0.0
    most = spec.steer_rate_radps * sub_s * (2.0 if returning else 1.0)
    return min(max(target, steer - most), steer + most)
