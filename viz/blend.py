"""The saliency laid over the camera image, exactly where the network looked; pure."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import cast

import cv2
import numpy as np

from agent.types import LayerMap, Picture, Placement, Saliency, UInt8
from viz.palettes import EMBER, Palette, alpha_table, color_table, signed_alpha_table, signed_color_table

ALPHA_MAX = 0.72
"""Opacity of the hottest pixel: lane markings still shine through."""
_SMOOTHING_PX = 0.7
"""Gaussian blur of the map [network pixels]: joins the speckles of a gradient, moves nothing."""


def overlay(
    image: Picture,
    saliency: Saliency,
    scale: float,
    *,
    alpha_max: float = ALPHA_MAX,
    palette: Palette = EMBER,
) -> Picture:
    """A new picture: the image with the saliency blended into its placement.

    Args:
        image: RGB uint8 (H, W, 3), left as it is.
        saliency: what to lay over; nothing is drawn without a gradient.
        scale: raw value that gets the hottest colour [steering per grey level]; see `RunningScale`.
        alpha_max: greatest opacity, [0, 1].
        palette: colours; a signed map has its own two.

    Returns:
        RGB uint8 (H, W, 3), writable.

    Raises:
        ValueError: the placement does not lie in the image, or `alpha_max` outside [0, 1].
    """
    picture = image.copy()
    blend_into(picture, saliency, scale, alpha_max=alpha_max, palette=palette)
    return picture


def blend_into(picture: Picture, saliency: Saliency, scale: float, *, alpha_max: float, palette: Palette) -> None:
    """As `overlay`, in place."""
    place = saliency.placement
    _refuse_outside(place, picture)
    color, opacity = _signed_tables(alpha_max) if saliency.signed else _blend_tables(palette, alpha_max)
    if not has_gradient(saliency) or not (math.isfinite(scale) and scale > 0.0):
        return
    levels = cv2.resize(
        _levels(saliency, scale), (place.width_px, place.height_px), interpolation=cv2.INTER_CUBIC
    )  # cubic overshoot saturates at 0 and 255 in uint8: no wrap-around
    opaque = cv2.LUT(levels, opacity)
    left, top, width, height = cv2.boundingRect(opaque)  # most of a map lies below the knee: nothing is drawn there
    if width == 0:
        return
    inside = np.s_[top : top + height, left : left + width]
    crop = picture[place.top_px : place.top_px + place.height_px, place.left_px : place.left_px + place.width_px]
    region, keep = crop[inside], cv2.bitwise_not(opaque[inside])
    cv2.multiply(region, cv2.merge([keep, keep, keep]), dst=region, scale=1.0 / 255.0)
    cv2.add(region, cv2.applyColorMap(levels[inside], color), dst=region)  # saturates


def has_gradient(saliency: Saliency | LayerMap) -> bool:
    """Whether there is anything to see: a flat or broken map has no peak."""
    return math.isfinite(saliency.peak) and saliency.peak > 0.0


def _levels(saliency: Saliency, scale: float) -> UInt8:
    """Intensity in units of 1/255 of the scale, uint8 (h, w) in network pixels; signed from 128 both ways."""
    with np.errstate(over="ignore", invalid="ignore"):
        raw = saliency.map * np.float32(min(255.0 * saliency.peak / scale, 1e30))
        if not math.isfinite(raw.sum()):
            raw = np.nan_to_num(raw)
    level = np.clip(raw, -255.0 if saliency.signed else 0.0, 255.0)
    smooth = cv2.GaussianBlur(level, (0, 0), _SMOOTHING_PX, borderType=cv2.BORDER_REPLICATE)
    middle, unit = (128.0, 127.0 / 255.0) if saliency.signed else (0.0, 1.0)
    return cast(UInt8, cv2.convertScaleAbs(smooth, alpha=unit, beta=middle))


@lru_cache(maxsize=16)
def _blend_tables(palette: Palette, alpha_max: float) -> tuple[UInt8, UInt8]:
    """Colour times opacity, uint8 (256, 1, 3) for `cv2.applyColorMap`, and opacity, uint8 (256,)."""
    return _tables(color_table(palette), alpha_table(alpha_max))


@lru_cache(maxsize=4)
def _signed_tables(alpha_max: float) -> tuple[UInt8, UInt8]:
    return _tables(signed_color_table(), signed_alpha_table(alpha_max))


def _tables(color: UInt8, opacity: UInt8) -> tuple[UInt8, UInt8]:
    premultiplied = (color.astype(np.uint16) * opacity.astype(np.uint16)[:, None]) // 255
    return premultiplied.astype(np.uint8)[:, None], opacity


def _refuse_outside(place: Placement, picture: Picture) -> None:
    height_px, width_px = picture.shape[:2]
    inside = place.top_px >= 0 and place.left_px >= 0 and place.height_px >= 1 and place.width_px >= 1
    if not inside or place.top_px + place.height_px > height_px or place.left_px + place.width_px > width_px:
        raise ValueError(f"{place} does not lie in a picture of {width_px}x{height_px}")


class RunningScale:
    """The raw value shown hottest: follows the recent peaks slowly, so that frames can be compared by eye.

    Scaling every map to its own peak would make a meaningless frame look as hot as any other. The scale moves in the
    logarithm, faster up than down: a sudden strong map saturates briefly, a weak one stays weak.
    """

    RISE_S = 1.0
    FALL_S = 4.0

    def __init__(self) -> None:
        self.value = 0.0
        """In the unit of the maps; 0 before the first gradient."""
        self._time_s = 0.0

    def update(self, saliency: Saliency | LayerMap, time_s: float) -> float:
        """Take in a new map, seen at a simulation time [s]; returns the scale."""
        if not has_gradient(saliency):
            return self.value
        if self.value == 0.0:
            self.value = saliency.peak
        else:
            step = math.log(saliency.peak / self.value)
            constant_s = self.RISE_S if step > 0.0 else self.FALL_S
            self.value *= math.exp(step * -math.expm1(-max(0.0, time_s - self._time_s) / constant_s))
        self._time_s = time_s
        return self.value
