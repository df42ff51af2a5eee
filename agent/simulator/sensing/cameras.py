"""Renderings as the cameras send them: BGRA uint8 (H, W, 4), nobody writes to it any more. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

GAMMA = 2.2
_FARTHEST_M = 1000.0
_STEPS = 256**3 - 1


@dataclass(frozen=True, slots=True)
class Film:
    """What an rgb camera's attributes make of the light.

    Attributes:
        gamma: of the picture; CARLA's default 2.2 leaves it as it was drawn.
        exposure: stops brighter.
    """

    gamma: float = GAMMA
    exposure: float = 0.0

    def developed(self, bgra: Pixels) -> Pixels:
        """The picture with this gamma and exposure."""
        if self == Film():
            return bgra
        light = (np.arange(256) / 255.0) ** GAMMA * 2.0**self.exposure
        curve = np.rint(255.0 * np.clip(light, 0.0, 1.0) ** (1.0 / self.gamma)).astype(np.uint8)
        return np.asarray(cv2.LUT(bgra, curve), np.uint8)


def semantic_pixels(identity: Pixels) -> Pixels:
    """What a semantic segmentation camera sends of `Rendering.identity`: the label in R and nothing else."""
    return np.asarray(identity.view("<u4") & 0xFFFF0000, "<u4").view(np.uint8)


def depth_pixels(depth_m: npt.NDArray[np.float32]) -> Pixels:
    """What a depth camera sends: R + 256 G + 65536 B of 16777215 steps to 1000 m, the sky at the end of them."""
    steps = np.minimum(depth_m.astype(np.float64) / _FARTHEST_M, 1.0) * _STEPS
    value = np.rint(steps).astype("<u4")
    bgra = 0xFF000000 | (value & 0xFF) << 16 | value & 0xFF00 | value >> 16
    return np.asarray(bgra, "<u4")[..., None].view(np.uint8)
