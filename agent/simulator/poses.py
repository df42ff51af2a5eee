"""Poses inside poses: where something attached to a moving thing stands in the world.

Rotations are Unreal's (left-handed; yaw about z clockwise from above, then pitch nose up, then roll), as in
UE4's FRotationMatrix.
"""

from __future__ import annotations

import math

from agent.simulator.nouns import Pose

Vector = tuple[float, float, float]
Axes = tuple[Vector, Vector, Vector]


def axes(pose: Pose) -> Axes:
    """Unit vectors forward, right, up of a pose in world axes."""
    cp, sp = math.cos(pose.pitch_rad), math.sin(pose.pitch_rad)
    cy, sy = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
    cr, sr = math.cos(pose.roll_rad), math.sin(pose.roll_rad)
    return (
        (cp * cy, cp * sy, sp),
        (sr * sp * cy - cr * sy, sr * sp * sy + cr * cy, -sr * cp),
        (-(cr * sp * cy + sr * sy), cy * sr - cr * sp * sy, cr * cp),
    )


def outward(frame: Axes, vector: Vector) -> Vector:
    """A vector given in a frame, in world axes."""
    (fx, fy, fz), (rx, ry, rz), (ux, uy, uz) = frame
    x, y, z = vector
    return x * fx + y * rx + z * ux, x * fy + y * ry + z * uy, x * fz + y * rz + z * uz


def along_ground(pose: Pose, forward: float, right: float) -> Vector:
    """A vector of the pose's ground plane, in world axes: `outward` without an upward part."""
    cy, sy = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
    if pose.pitch_rad == pose.roll_rad == 0.0:  # level ground
        return forward * cy - right * sy, forward * sy + right * cy, 0.0
    cp, sp = math.cos(pose.pitch_rad), math.sin(pose.pitch_rad)
    cr, sr = math.cos(pose.roll_rad), math.sin(pose.roll_rad)
    lean = sr * sp
    return (
        forward * cp * cy + right * (lean * cy - cr * sy),
        forward * cp * sy + right * (lean * sy + cr * cy),
        forward * sp - right * sr * cp,
    )


def inward(frame: Axes, vector: Vector) -> Vector:
    """A vector given in world axes, in a frame."""
    x, y, z = vector
    forward, right, up = (a * x + b * y + c * z for a, b, c in frame)
    return forward, right, up


def attached(parent: Pose, relative: Pose) -> Pose:
    """World pose of something at `relative` in its parent's axes."""
    frame = axes(parent)
    dx, dy, dz = outward(frame, (relative.x_m, relative.y_m, relative.z_m))
    at = (parent.x_m + dx, parent.y_m + dy, parent.z_m + dz)
    if parent.pitch_rad == parent.roll_rad == 0.0:  # the usual car: turns about one axis simply add
        return Pose(*at, relative.pitch_rad, parent.yaw_rad + relative.yaw_rad, relative.roll_rad)
    forward, right, up = (outward(frame, axis) for axis in axes(relative))
    return _turned(Pose(*at), forward, right, up)


def relative_to(parent: Pose, world: Pose) -> Pose:
    """The pose in the parent's axes of something at `world`: the reverse of `attached`."""
    frame = axes(parent)
    at = inward(frame, (world.x_m - parent.x_m, world.y_m - parent.y_m, world.z_m - parent.z_m))
    forward, right, up = (inward(frame, axis) for axis in axes(world))
    return _turned(Pose(*at), forward, right, up)


def _turned(at: Pose, forward: Vector, right: Vector, up: Vector) -> Pose:
    """`at` with the attitude these unit vectors have."""
    return at._replace(
        pitch_rad=math.atan2(forward[2], math.hypot(forward[0], forward[1])),
        yaw_rad=math.atan2(forward[1], forward[0]),
        roll_rad=math.atan2(-right[2], up[2]),
    )
