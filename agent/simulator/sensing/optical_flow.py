"""Where every pixel of a picture was in the picture before, from depth, and from who moved how. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Pose, Rendering, View
from agent.simulator.poses import axes

Array = npt.NDArray[np.float64]
_MOST = 2.0


def optical_flow(
    seen: Rendering, view: View, before: Pose, now: Mapping[int, Pose], then: Mapping[int, Pose]
) -> npt.NDArray[np.float32]:
    """Motion since the last picture.

    Args:
        seen: with identity and depth.
        view: it was seen from.
        before: of the camera at the last picture.
        now, then: poses of the actors by their number in the picture, and at the last picture.

    Returns:
        float32 (H, W, 2) right and up, in halves of the picture's width and height, within -2..2: what Unreal's
        velocity buffer holds and CARLA hands on.
    """
    height, width = seen.depth_m.shape
    x = (np.arange(width) + 0.5) * 2.0 / width - 1.0
    y = 1.0 - (np.arange(height) + 0.5) * 2.0 / height
    tangent = math.tan(math.radians(view.fov_deg) / 2.0)
    scale = (tangent, tangent * height / width)
    frame, frame_before = np.array(axes(view.pose)), np.array(axes(before))
    ahead = seen.depth_m.astype(np.float64)[..., None]
    way = frame[0] + (x * scale[0])[None, :, None] * frame[1] + (y * scale[1])[:, None, None] * frame[2]
    from_eye = ahead * way
    moved = _place(view.pose) - _place(before)
    past = from_eye + moved
    numbers = seen.identity[..., 1] + 256 * seen.identity[..., 0].astype(np.int64)
    for number, pose in now.items():
        mine = numbers == number
        if number in then and mine.any():
            in_body = (from_eye[mine] + _place(view.pose) - _place(pose)) @ np.array(axes(pose)).T
            past[mine] = in_body @ np.array(axes(then[number])) + _place(then[number]) - _place(before)
    local = past @ frame_before.T
    depth = np.maximum(local[..., 0], 1e-3)
    flow = np.stack([x - local[..., 1] / depth / scale[0], y[:, None] - local[..., 2] / depth / scale[1]], axis=-1)
    return np.clip(flow, -_MOST, _MOST).astype(np.float32)


def _place(pose: Pose) -> Array:
    return np.array([pose.x_m, pose.y_m, pose.z_m])
