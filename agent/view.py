"""The camera: where it sits on the car and what it takes in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CameraMount:
    """A camera on the car, the same for the network and for the person.

    Attributes:
        x_m: ahead of the car's centre.
        z_m: above the ground.
        pitch_deg: nose up positive.
        fov_deg: horizontal field of view.
        y_m: right of the car's centre.
        yaw_deg: clockwise from straight ahead.
    """

    x_m: float = 1.3
    z_m: float = 1.6
    pitch_deg: float = -5.0
    fov_deg: float = 90.0
    y_m: float = 0.0
    yaw_deg: float = 0.0
