"""The causal check: hide what a map calls hottest, and see whether the steering cares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from agent.saliency.blur import BASELINE_SIGMA_PX
from agent.types import CausalCheck, Float32, UInt8

SHARE = 0.05
"""Part of the view that is hidden."""
_SHIFTS = ((0.0, 0.31), (0.0, 0.64), (0.45, 0.17))
"""Where the same shape is hidden for comparison, in heights and widths of the view, wrapping around."""
_REGION_SIGMA = 0.03
"""Speckles become regions by this blur, in heights of the view."""


def check(network_input: UInt8, heat: Float32, steer: Callable[[UInt8], float], share: float = SHARE) -> CausalCheck:
    """Hide the hottest region, and for comparison the same shape elsewhere, and predict again.

    A map that is no better than the comparison does not show what the network steers by.

    Args:
        network_input: uint8 (h, w, channels).
        heat: map, float32 (h, w); its magnitude counts.
        steer: network input -> steering.
        share: part of the view to hide, (0, 1).
    """
    mask = hottest(heat, share)
    baseline = blurred_picture(network_input)
    height, width = mask.shape
    before = steer(network_input)
    others = (np.roll(mask, (round(down * height), round(right * width)), (0, 1)) for down, right in _SHIFTS)
    elsewhere = [steer(hide(network_input, other, baseline)) for other in others]
    return CausalCheck(
        steer=before,
        hidden=steer(hide(network_input, mask, baseline)),
        elsewhere=max(elsewhere, key=lambda after: abs(after - before)),
        share=float(mask.mean()),
    )


def hottest(heat: Float32, share: float) -> npt.NDArray[np.bool_]:
    """The region of greatest magnitude that covers about `share` of the map, bool (h, w); empty without a gradient."""
    magnitude = cv2.GaussianBlur(np.abs(heat), (0, 0), max(0.5, _REGION_SIGMA * heat.shape[0]))
    count = max(1, round(share * magnitude.size))
    least = np.partition(magnitude.ravel(), -count)[-count]
    return cast(npt.NDArray[np.bool_], magnitude >= max(least, 1e-12))


def hide(picture: UInt8, mask: npt.NDArray[np.bool_], baseline: UInt8) -> UInt8:
    """The picture with the baseline where the mask is true."""
    return np.where(mask[..., None], baseline, picture)


def blurred_picture(picture: UInt8) -> UInt8:
    """A picture without anything to see, but with its light: uint8 (h, w, channels)."""
    made: Any = cv2.GaussianBlur(picture, (0, 0), BASELINE_SIGMA_PX, borderType=cv2.BORDER_REFLECT)
    return cast(UInt8, made.reshape(picture.shape))
