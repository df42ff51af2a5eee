"""Pinhole camera: view -> matrices, view frustum -> chunks in sight. Pure."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Pose, View
from agent.simulator.scene import Layer

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


def clip_from_world(view: View) -> Array:
    """(4, 4) of the pinhole camera; rows of the picture run downwards, so no one has to flip it.

    A point f ahead, r right and u above the camera falls on column W/2 + r F / f and row H/2 - u F / f, where
    F = W / (2 tan(fov / 2)), as in CARLA.
    """
    camera = np.linalg.inv(world_from_body(view.pose))
    focal = 1.0 / math.tan(math.radians(view.fov_deg) / 2.0)
    aspect = view.width_px / view.height_px
    projection = np.array(
        [
            [0.0, focal, 0.0, 0.0],
            [0.0, 0.0, -focal * aspect, 0.0],
            [(FAR_M + NEAR_M) / (FAR_M - NEAR_M), 0.0, 0.0, -2.0 * FAR_M * NEAR_M / (FAR_M - NEAR_M)],
            [1.0, 0.0, 0.0, 0.0],
        ]
    )
    return np.asarray(projection @ camera)


def pixel_size(view: View) -> float:
    """Width of a pixel one metre ahead [m]."""
    return 2.0 * math.tan(math.radians(view.fov_deg) / 2.0) / view.width_px


def sharpness(view: View) -> float:
    """How near fine detail may be left out: 1 from 640 pixels at 90 degrees on, less in coarser pictures."""
    return min(1.0, max(0.7, 1.0 / (320.0 * pixel_size(view))))


def runs_in_sight(layer: Layer, matrix: Array, eye: Array, fineness: float) -> list[tuple[int, int]]:
    """(first, count) [triangles] of the chunks whose box meets the view frustum, near ones first, neighbours joined."""
    planes = np.concatenate([matrix[3] + matrix[:3], matrix[3] - matrix[:3]])  # Gribb and Hartmann
    center, half = (layer.high + layer.low) / 2.0, (layer.high - layer.low) / 2.0
    inside = center @ planes[:, :3].T + planes[:, 3] + half @ np.abs(planes[:, :3]).T >= 0.0
    gap = np.maximum(np.abs(layer.cell - eye[:2]) - layer.cell_m / 2.0, 0.0)
    away = np.sqrt(np.sum(gap * gap, axis=1))
    reach = layer.reach_m * fineness if layer.fine else layer.reach_m
    seen = np.flatnonzero(inside.all(axis=1) & (away < reach) & (away >= layer.from_m * fineness))
    if layer.material in ("object", "cutout"):  # these hide each other; what lies on the ground does not
        seen = seen[np.argsort(away[seen], kind="stable")]
    return _joined(layer, seen)


def _joined(layer: Layer, chunks: npt.NDArray[np.intp]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for first, count in zip(layer.first[chunks].tolist(), layer.count[chunks].tolist(), strict=True):
        if runs and sum(runs[-1]) == first:
            runs[-1] = (runs[-1][0], runs[-1][1] + count)
        else:
            runs.append((first, count))
    return runs
