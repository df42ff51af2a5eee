"""What the CARLA leaderboard's sensors say -> Frame: camera, speedometer and compass; pure.

The place is reckoned from speed and heading. The leaderboard's satellite fix is half a metre wide, and which way its
latitude grows hangs on the version of CARLA (0.9.16: southwards); speed and compass are exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import cv2
import numpy as np

from agent.errors import ConfigError, SimulatorError
from agent.types import Control, Frame, Pose, Telemetry, UInt8, read_only
from agent.view import CameraMount

Readings = Mapping[str, tuple[int, Any]]
"""By the sensor's id: the simulator's frame and what was read in it, as the leaderboard hands it over."""
Place = tuple[float, float, float]
CAMERA, SPEED, TURN = "camera", "speed", "imu"
FARTHEST_M = 3.0
"""How far from the car's centre the leaderboard allows a sensor: MAX_ALLOWED_RADIUS_SENSOR of its agent_wrapper.py."""
_COMPASS = 6
"""Place of the compass in an IMU reading: after three accelerations and three turning rates."""


def sensors_for(mount: CameraMount, width_px: int, height_px: int) -> list[dict[str, Any]]:
    """What the leaderboard is asked for, in its words [m, deg, px].

    Args:
        mount: of the network's camera.
        width_px, height_px: of its image.

    Raises:
        ConfigError: a camera farther from the car's centre than the leaderboard allows.
    """
    away_m = math.hypot(mount.x_m, mount.y_m, mount.z_m)
    if away_m > FARTHEST_M:
        raise ConfigError(
            f"the model's camera sits {away_m:.2f} m from the car's centre, the leaderboard allows {FARTHEST_M:g} m: "
            "choose another model, or correct the camera in its card"
        )
    centre = {"x": 0.0, "y": 0.0, "z": 0.0, "roll": 0.0, "pitch": 0.0, "yaw": 0.0}
    place = {"x": mount.x_m, "y": mount.y_m, "z": mount.z_m}
    view = {**centre, **place, "pitch": mount.pitch_deg, "yaw": mount.yaw_deg}
    size = {"width": width_px, "height": height_px, "fov": mount.fov_deg}
    return [
        {"type": "sensor.camera.rgb", "id": CAMERA, **view, **size},
        {"type": "sensor.speedometer", "id": SPEED, "reading_frequency": 20},
        {"type": "sensor.other.imu", "id": TURN, **centre},
    ]


class Senses:
    """Turns the readings of a tick into a frame.

    Args:
        width_px, height_px: of the camera's image.
        start: x, y, z of the car at the first frame [m].
    """

    def __init__(self, width_px: int, height_px: int, start: Place) -> None:
        self._shape, self._place = (height_px, width_px, 4), start
        self._start_s: float | None = None
        self._before = (0.0, 0.0, 0.0)

    def frame(self, readings: Readings, clock_s: float, applied: Control) -> Frame:
        """The frame of a tick.

        Args:
            readings: of all sensors asked for.
            clock_s: the leaderboard's; the run begins with the first one given.
            applied: what the car was told last.

        Raises:
            SimulatorError: a sensor gave nothing, or the camera an image of another size.
        """
        missing = [name for name in (CAMERA, SPEED, TURN) if name not in readings]
        if missing:
            raise SimulatorError(
                f"nothing came from {', '.join(missing)}: the leaderboard was asked for it in sensors()"
            )
        self._start_s = clock_s if self._start_s is None else self._start_s
        time_s = clock_s - self._start_s
        number, bgra = readings[CAMERA]
        forward_mps = float(readings[SPEED][1]["speed"])
        pose = self._moved(time_s, forward_mps, float(readings[TURN][1][_COMPASS]))
        return Frame(int(number), time_s, self._rgb(bgra), Telemetry(pose, abs(forward_mps), applied))

    def _rgb(self, bgra: Any) -> UInt8:
        if bgra.shape != self._shape or bgra.dtype != np.uint8:
            raise SimulatorError(f"the camera gave {bgra.dtype} {bgra.shape}, wanted uint8 {self._shape}, BGRA")
        image = cast(UInt8, cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGB))
        read_only(image)
        return image

    def _moved(self, time_s: float, forward_mps: float, compass_rad: float) -> Pose:
        """Where the car has come to since the tick before, at mean speed and heading; level, as no sensor tells more.

        Args:
            time_s: now.
            forward_mps: below 0 backwards.
            compass_rad: 0 at north, which is -y, clockwise; CARLA's now and then is NaN: the heading before holds.
        """
        before_s, before_mps, before_rad = self._before
        yaw_rad = math.remainder(compass_rad - math.pi / 2, math.tau) if math.isfinite(compass_rad) else before_rad
        self._before = (time_s, forward_mps, yaw_rad)
        if time_s > before_s:
            heading_rad = before_rad + math.remainder(yaw_rad - before_rad, math.tau) / 2
            way_m = (before_mps + forward_mps) / 2 * (time_s - before_s)
            x_m, y_m, z_m = self._place
            self._place = (x_m + way_m * math.cos(heading_rad), y_m + way_m * math.sin(heading_rad), z_m)
        return Pose(*self._place, pitch_rad=0.0, yaw_rad=yaw_rad, roll_rad=0.0)
