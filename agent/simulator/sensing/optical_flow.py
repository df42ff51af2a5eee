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
_BAND_PX = 1 << 17  # at a time: large pictures would take gigabytes
_SCENERY = 0x8000


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
    flow = np.empty((height, width, 2), np.float32)
    rows = max(_BAND_PX // width, 1)
    for top in range(0, height, rows):
        band = slice(top, top + rows)
        numbers = seen.identity[band, :, 1] + 256 * seen.identity[band, :, 0].astype(np.int32)
        flow[band] = _band(seen.depth_m[band], numbers, top, (height, view), before, (now, then))
    return flow


def _band(  # noqa: PLR0917 - a band of the same picture each
    depth_m: npt.NDArray[np.float32],
    numbers: npt.NDArray[np.int32],
    top: int,
    of: tuple[int, View],
    before: Pose,
    actors: tuple[Mapping[int, Pose], Mapping[int, Pose]],
) -> Array:
    """The rows from `top` on of a picture of this height."""
    (height, view), (now, then), width = of, actors, depth_m.shape[1]
    x = (np.arange(width) + 0.5) * 2.0 / width - 1.0
    y = 1.0 - (top + np.arange(len(depth_m)) + 0.5) * 2.0 / height
    tangent = math.tan(math.radians(view.fov_deg) / 2.0)
    wide, high = tangent, tangent * height / width
    frame, eye = np.array(axes(view.pose)), _place(view.pose)
    way = frame[0] + (x * wide)[None, :, None] * frame[1] + (y * high)[:, None, None] * frame[2]
    from_eye = depth_m.astype(np.float64)[..., None] * way
    past = from_eye + (eye - _place(before))
    for number in np.unique(numbers[numbers < _SCENERY]).tolist():
        if number in now and number in then:
            mine = numbers == number
            in_body = (from_eye[mine] + eye - _place(now[number])) @ np.array(axes(now[number])).T
            past[mine] = in_body @ np.array(axes(then[number])) + _place(then[number]) - _place(before)
    local = past @ np.array(axes(before)).T
    ahead = np.maximum(local[..., 0], 1e-3)
    flow = np.stack([x - local[..., 1] / ahead / wide, y[:, None] - local[..., 2] / ahead / high], axis=-1)
    return np.asarray(np.clip(flow, -_MOST, _MOST))


def _place(pose: Pose) -> Array:
    return np.array([pose.x_m, pose.y_m, pose.z_m])
