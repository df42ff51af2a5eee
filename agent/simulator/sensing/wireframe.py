"""Lines in the world as a pinhole camera sees them, on black. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Pose, View
from agent.simulator.poses import axes
from agent.simulator.sensing.cameras import Pixels

Float64 = npt.NDArray[np.float64]
_NEAR_M, _REACH_M = 0.1, 250.0
_WIDEST_PX = 60
_CORNERS = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
_EDGES = np.array([(a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b) in (1, 2, 4)])


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """N straight lines.

    Attributes:
        ends_m: float64 (N, 2, 3) in the world.
        width_m: float64 (N,).
        rgb: uint8 (N, 3).
    """

    ends_m: Float64
    width_m: Float64
    rgb: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, ends_m: npt.ArrayLike, width_m: float, rgb: tuple[int, int, int]) -> Lines:
        """Lines of one width and colour."""
        ends = np.asarray(ends_m, np.float64).reshape(-1, 2, 3)
        return cls(ends, np.full(len(ends), width_m), np.tile(np.array(rgb, np.uint8), (len(ends), 1)))

    @classmethod
    def joined(cls, parts: Sequence[Lines]) -> Lines:
        """All of them, in this order."""
        if not parts:
            return cls.of((), 0.0, (0, 0, 0))
        ends, widths, colors = zip(*((part.ends_m, part.width_m, part.rgb) for part in parts), strict=True)
        return cls(np.concatenate(ends), np.concatenate(widths), np.concatenate(colors))


def box_edges(middle: Pose, half_m: tuple[float, float, float]) -> Float64:
    """(12, 2, 3) the edges of a box around a pose, half sizes along its axes."""
    corners = (_CORNERS * half_m) @ np.array(axes(middle)) + (middle.x_m, middle.y_m, middle.z_m)
    return np.asarray(corners[_EDGES])


def wireframe(lines: Lines, view: View) -> Pixels:
    """The lines within 250 m of the camera, far ones first; nothing hides any of them.

    Returns:
        BGRA uint8 (H, W, 4).
    """
    picture = np.zeros((view.height_px, view.width_px, 4), np.uint8)
    picture[..., 3] = 255
    at = (view.pose.x_m, view.pose.y_m, view.pose.z_m)
    seen = (lines.ends_m - at) @ np.array(axes(view.pose)).T  # forward, right, up
    ahead = seen[..., 0]
    kept = np.flatnonzero((ahead.max(axis=1) > _NEAR_M) & (np.linalg.norm(seen, axis=2).min(axis=1) < _REACH_M))
    seen = _cut(seen[kept])
    focal_px = 0.5 * view.width_px / math.tan(math.radians(view.fov_deg) / 2.0)
    x = 0.5 * view.width_px + focal_px * seen[..., 1] / seen[..., 0]
    y = 0.5 * view.height_px - focal_px * seen[..., 2] / seen[..., 0]
    middle_m = seen[..., 0].mean(axis=1)
    thick = np.clip(np.rint(lines.width_m[kept] * focal_px / middle_m), 1, _WIDEST_PX).astype(int).tolist()
    pixels = np.rint(np.stack([x, y], axis=-1)).astype(int).tolist()
    colors = lines.rgb[kept][:, ::-1].tolist()
    for n in np.argsort(-middle_m).tolist():
        cv2.line(picture, pixels[n][0], pixels[n][1], (*colors[n], 255), thick[n])
    return picture


def _cut(seen: Float64) -> Float64:
    """What is left of lines (N, 2, 3), one end at least ahead of the camera, ahead of its near plane."""
    ahead = seen[..., 0]
    share = np.clip((_NEAR_M - ahead) / np.where(ahead[:, ::-1] == ahead, 1.0, ahead[:, ::-1] - ahead), 0.0, 1.0)
    behind = (ahead < _NEAR_M)[..., None]
    return np.where(behind, seen + share[..., None] * (seen[:, ::-1] - seen), seen)
