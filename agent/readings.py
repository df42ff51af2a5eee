"""What a CARLA snapshot says, in our nouns and units; pure."""

from __future__ import annotations

import math
from typing import Any, cast

import cv2
import numpy as np

from agent.types import Control, Pose, UInt8, read_only


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


def rgb(image: Any) -> UInt8:
    """CARLA's BGRA bytes as RGB uint8 (H, W, 3), read-only: the only place where the order changes."""
    bgra = np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)
    rgb = cast(UInt8, cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGB))
    read_only(rgb)
    return rgb


def labels(image: Any) -> UInt8:
    """The semantic label of each pixel, uint8 (H, W), read-only: CARLA keeps it in the red byte."""
    tags = np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)[:, :, 2].copy()
    read_only(tags)
    return tags
