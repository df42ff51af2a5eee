"""Pinhole camera: view -> matrices and the planes of what it sees. Pure."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from agent.simulator import poses
from agent.simulator.nouns import Pose, View

Array = npt.NDArray[np.float64]
Row = tuple[float, float, float, float]

NEAR_M, FAR_M = 0.12, 6000.0


def axes(pose: Pose) -> Array:
    """(3, 3): forward, right, up as columns: the rotation matrix of Unreal's rotator (left-handed, z up)."""
    return np.array(poses.axes(pose)).T


def world_from_body(pose: Pose) -> Array:
    """(4, 4) that takes x forward, y right, z up of a body into the world."""
    (fx, fy, fz), (rx, ry, rz), (ux, uy, uz) = poses.axes(pose)
    return np.array([(fx, rx, ux, pose.x_m), (fy, ry, uy, pose.y_m), (fz, rz, uz, pose.z_m), (0.0, 0.0, 0.0, 1.0)])


@functools.lru_cache(16)  # a frame asks for it several times
def clip_rows(view: View) -> tuple[Row, Row, Row, Row]:
    """Rows of the pinhole camera's 4 x 4 matrix; those of the picture run downwards, so no one has to flip it.

    A point f ahead, r right and u above the camera falls on column W/2 + r F / f and row H/2 - u F / f, where
    F = W / (2 tan(fov / 2)), as in CARLA. Plain numbers: of so few, numpy would take several times as long.
    """
    forward, right, up = poses.axes(view.pose)
    focal = 1.0 / math.tan(math.radians(view.fov_deg) / 2.0)
    depth = (FAR_M + NEAR_M) / (FAR_M - NEAR_M)
    at = (view.pose.x_m, view.pose.y_m, view.pose.z_m)
    lower = -focal * view.width_px / view.height_px
    return (
        _row(focal, right, at, 0.0),
        _row(lower, up, at, 0.0),
        _row(depth, forward, at, -2.0 * FAR_M * NEAR_M / (FAR_M - NEAR_M)),
        _row(1.0, forward, at, 0.0),
    )


def clip_from_world(view: View) -> Array:
    """(4, 4) of the pinhole camera, see `clip_rows`."""
    return np.array(clip_rows(view))


def frustum_planes(view: View) -> tuple[Row, ...]:
    """Six: a point is in sight if its product with each, 1 appended, is not negative (Gribb and Hartmann)."""
    *others, last = clip_rows(view)
    return tuple(
        (last[0] + sign * a, last[1] + sign * b, last[2] + sign * c, last[3] + sign * d)
        for sign in (1.0, -1.0)
        for a, b, c, d in others
    )


def pixel_size(view: View) -> float:
    """Width of a pixel one metre ahead [m]."""
    return 2.0 * math.tan(math.radians(view.fov_deg) / 2.0) / view.width_px


def sharpness(view: View) -> float:
    """How near fine detail may be left out: 1 from 570 pixels at 90 degrees on, in coarser pictures as their pixels."""
    return min(1.0, max(0.35, 1.12 / (320.0 * pixel_size(view))))


def _row(scale: float, axis: poses.Vector, at: poses.Vector, offset: float) -> Row:
    x, y, z = axis
    return scale * x, scale * y, scale * z, offset - scale * (x * at[0] + y * at[1] + z * at[2])
