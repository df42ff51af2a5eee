"""A picture of one size shown in another: as large as fits, centred, bars around it; pure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from agent.types import Picture, Placement


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a source picture lies in the target [px].

    Attributes:
        left_px, top_px: corner of the source in the target.
        width_px, height_px: size of the source in the target.
        scale_x, scale_y: target pixels per source pixel.
    """

    left_px: int
    top_px: int
    width_px: int
    height_px: int
    scale_x: float
    scale_y: float

    def place(self, source: Placement) -> Placement:
        """A rectangle of the source in target pixels, rounded."""
        left, right = (self.left_px + self.scale_x * x for x in (source.left_px, source.left_px + source.width_px))
        top, bottom = (self.top_px + self.scale_y * y for y in (source.top_px, source.top_px + source.height_px))
        return Placement(round(top), round(left), round(bottom) - round(top), round(right) - round(left))


def fit(source_px: tuple[int, int], target_px: tuple[int, int]) -> Fit:
    """Largest centred rectangle of the source's aspect in the target; sizes are (width, height)."""
    scale = min(target_px[0] / source_px[0], target_px[1] / source_px[1])
    width, height = (max(1, round(side * scale)) for side in source_px)
    left, top = (target_px[0] - width) // 2, (target_px[1] - height) // 2
    return Fit(left, top, width, height, width / source_px[0], height / source_px[1])


def letterbox(picture: Picture, target_px: tuple[int, int]) -> Picture:
    """The picture fitted into (width, height) with black bars; the picture itself if it has that size already.

    Args:
        picture: RGB uint8 (H, W, 3).
        target_px: width and height of the result.

    Returns:
        RGB uint8 (height, width, 3).
    """
    source_px = (picture.shape[1], picture.shape[0])
    if source_px == target_px:
        return picture
    place = fit(source_px, target_px)
    made = np.zeros((target_px[1], target_px[0], 3), np.uint8)
    shrinks = place.width_px < source_px[0]
    made[place.top_px : place.top_px + place.height_px, place.left_px : place.left_px + place.width_px] = cv2.resize(
        picture,
        (place.width_px, place.height_px),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    return made
