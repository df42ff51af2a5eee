"""The privileged teacher: steering from the lane's true centre, which no network ever sees; pure.

Feed-forward of the lane's curvature plus feedback on offset and heading. The two gains are those of pure pursuit
linearised (Coulter, Implementation of the Pure Pursuit Path Tracking Algorithm, 1992): a damping of 0.71 at every
speed and one number to choose, the reach. Curvature comes from the path itself instead of from a chord, so bends are
not cut. The reach does not grow with speed: a network that sees one picture and no speedometer could not tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.types import Pose, angle_difference

SPACING_M = 1.0
"""Between the points of the lane's centre."""
POINTS = 16
"""Points the expert wants: the stretch that a car at 50 km/h covers in a second."""

_STEERING_CURVE = ((0.0, 20.0, 60.0, 120.0), (1.0, 0.9, 0.8, 0.7))  # km/h, share: Unreal 4's default, CARLA keeps it


@dataclass(frozen=True, slots=True)
class Car:
    """What of the car the expert must know; the defaults are `vehicle.audi.tt`.

    Attributes:
        wheelbase_m: axle to axle.
        rear_axle_m: from the origin back to the rear axle.
        full_lock_rad: angle of the front wheels at steer 1 and rest.
        slip_radpmps2: slip angle of the tyres per lateral acceleration.
    """

    wheelbase_m: float = 2.51
    rear_axle_m: float = 1.31
    full_lock_rad: float = math.radians(70.0)
    slip_radpmps2: float = 0.0093


@dataclass(frozen=True, slots=True)
class Expert:
    """Follows the centre of a lane.

    Attributes:
        car: to be steered.
        reach_m: sets the gains; a shorter one follows closer and asks more of the tyres.
        preview_m: curvature is the mean over this stretch ahead: steering starts with the bend, not after it.
    """

    car: Car = Car()
    reach_m: float = 6.5
    preview_m: float = 2.0

    def steer(self, pose: Pose, speed_mps: float, path: npt.NDArray[np.float64]) -> float:
        """Steering that brings the car to the centre of the lane and keeps it there, [-1, 1], right positive.

        Args:
            pose: of the car.
            speed_mps: >= 0.
            path: float64 (N, 2), N >= 4: centre of the lane in world coordinates every `SPACING_M`, from beside the
                car onward [m].

        Raises:
            ValueError: a path too short to have a curvature.
        """
        offset_m, heading_rad, bends = _errors(pose, path)
        previewed = bends[: max(1, round(self.preview_m / SPACING_M))]
        lateral_mps2 = speed_mps**2 * float(bends[0])
        # in a bend the nose points inward of the way the origin goes, less what the rear tyres slip outward
        sideslip_rad = self.car.rear_axle_m * float(bends[0]) - self.car.slip_radpmps2 * lateral_mps2
        wheel_rad = (
            math.atan(self.car.wheelbase_m * float(previewed.mean()))
            - 2.0 * self.car.wheelbase_m / self.reach_m**2 * offset_m
            - 2.0 * self.car.wheelbase_m / self.reach_m * (heading_rad + sideslip_rad)
        )
        share = float(np.interp(3.6 * speed_mps, *_STEERING_CURVE))
        return min(max(wheel_rad / (self.car.full_lock_rad * share), -1.0), 1.0)


STEER_PER_M = 2.0 * Car().wheelbase_m / Expert().reach_m ** 2 / (Car().full_lock_rad * 0.86)
"""What the expert steers back for each metre off the centre, at a common speed of 35 km/h."""
STEER_PER_RAD = STEER_PER_M * Expert().reach_m
"""And for each radian off the lane's heading."""


def shifted(path: npt.NDArray[np.float64], right_m: float) -> npt.NDArray[np.float64]:
    """The path moved sideways, right positive, float64 (N, 2) [m]."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return path + right_m * np.stack([-along[:, 1], along[:, 0]], axis=1)


def turns(path: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Change of heading at each inner point of a path (N, 2), clockwise positive, float64 (N - 2,) [rad]."""
    pieces = path[1:] - path[:-1]
    (x, y), (next_x, next_y) = pieces[:-1].T, pieces[1:].T
    turned: npt.NDArray[np.float64] = np.arctan2(x * next_y - y * next_x, x * next_x + y * next_y)
    return turned


def lane_errors(pose: Pose, path: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Offset from the lane's centre, right positive [m], and heading against it, clockwise positive [rad].

    Raises:
        ValueError: a path too short.
    """
    offset_m, heading_rad, _ = _errors(pose, path)
    return offset_m, heading_rad


def _errors(pose: Pose, path: npt.NDArray[np.float64]) -> tuple[float, float, npt.NDArray[np.float64]]:
    """Offset [m], heading [rad] and the lane's curvature at each inner point, right positive [1/m]."""
    if len(path) < 4:
        raise ValueError(f"the path has {len(path)} points, wanted 4 or more: the lane ends here")
    pieces = path[1:] - path[:-1]
    lengths = np.hypot(pieces[:, 0], pieces[:, 1])
    bends = turns(path) / (0.5 * (lengths[1:] + lengths[:-1]))
    chord_rad = math.atan2(pieces[0, 1], pieces[0, 0])  # the heading half-way along it
    tangent_rad = chord_rad - 0.5 * float(lengths[0] * bends[0])
    dx, dy = pose.x_m - path[0, 0], pose.y_m - path[0, 1]
    offset_m = dy * math.cos(tangent_rad) - dx * math.sin(tangent_rad)
    return float(offset_m), angle_difference(pose.yaw_rad, tangent_rad), bends
