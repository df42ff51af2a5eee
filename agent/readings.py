"""What a CARLA snapshot says, in our nouns and units; pure."""

from __future__ import annotations

import math
from typing import Any

from agent.types import Control, Pose


def pose(transform: Any) -> Pose:
    """A `carla.Transform` [m, deg] as a pose [m, rad]."""
    place, turn = transform.location, transform.rotation
    return Pose(place.x, place.y, place.z, math.radians(turn.pitch), math.radians(turn.yaw), math.radians(turn.roll))


def speed_mps(velocity: Any) -> float:
    """Length of a `carla.Vector3D` [m/s]."""
    return math.hypot(velocity.x, velocity.y, velocity.z)


def control(applied: Any) -> Control:
    """A `carla.VehicleControl`, its single-precision values brought back into range."""
    return Control(
        steer=min(max(applied.steer, -1.0), 1.0),
        throttle=min(max(applied.throttle, 0.0), 1.0),
        brake=min(max(applied.brake, 0.0), 1.0),
    )
