"""Pinhole camera: view -> matrices and the planes of what it sees. Pure."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Pose, View

Array = npt.NDArray[np.float64]

NEAR_M, FAR_M = 0.12, 6000.0


def axes(pose: Pose) -> Array:
    """(3, 3): forward, right, up as columns: the rotation matrix of Unreal's rotator (left-handed, z up)."""
    sp, cp = math.sin(pose.pitch_rad), math.cos(pose.pitch_rad)
    sy, cy = math.sin(pose.yaw_rad), math.cos(pose.yaw_rad)
    sr, cr = math.sin(pose.roll_rad), math.cos(pose.roll_rad)
    return np.array(
        [
            [cp * cy, cy * sp * sr - sy * cr, -cy * sp * cr - sy * sr],
            [cp * sy, sy * sp * sr + cy * cr, -sy * sp * cr + cy * sr],
            [sp, -cp * sr, cp * cr],
        ]
    )


def world_from_body(pose: Pose) -> Array:
    """(4, 4) that takes x forward, y right, z up of a body into the world."""
    matrix = np.eye(4)
    matrix[:3, :3] = axes(pose)
    matrix[:3, 3] = pose.x_m, pose.y_m, pose.z_m
    return matrix


@functools.lru_cache(16)  # a frame asks for it several times
def clip_from_world(view: View) -> Array:
    """(4, 4) of the pinhole camera, read-only; rows of the picture run downwards, so no one has to flip it.

    A point f ahead, r right and u above the camera falls on column W/2 + r F / f and row H/2 - u F / f, where
    F = W / (2 tan(fov / 2)), as in CARLA.
    """
    forward, right, up = axes(view.pose).T
    focal = 1.0 / math.tan(math.radians(view.fov_deg) / 2.0)
    aspect = view.width_px / view.height_px
    depth = (FAR_M + NEAR_M) / (FAR_M - NEAR_M)
    rows = np.stack([focal * right, -focal * aspect * up, depth * forward, forward])
    at = np.array([view.pose.x_m, view.pose.y_m, view.pose.z_m])
    offsets = -np.sum(rows * at, axis=1)  # not inv, not @: BLAS wakes threads that then spin for a while
    offsets[2] -= 2.0 * FAR_M * NEAR_M / (FAR_M - NEAR_M)
    matrix = np.column_stack([rows, offsets])
    matrix.flags.writeable = False
    return matrix


def pixel_size(view: View) -> float:
    """Width of a pixel one metre ahead [m]."""
    return 2.0 * math.tan(math.radians(view.fov_deg) / 2.0) / view.width_px


def sharpness(view: View) -> float:
    """How near fine detail may be left out: 1 from 570 pixels at 90 degrees on, in coarser pictures as their pixels."""
    return min(1.0, max(0.35, 1.12 / (320.0 * pixel_size(view))))


def frustum_planes(matrix: Array) -> Array:
    """(6, 4): a point is in sight if its product with each row, 1 appended, is not negative (Gribb and Hartmann)."""
    return np.concatenate([matrix[3] + matrix[:3], matrix[3] - matrix[:3]])
