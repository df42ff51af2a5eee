"""What is drawn once and laid over many pictures: how much of them it lets through, and what it adds; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from agent.types import Picture, UInt8
from viz.colors import Color


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Everything that paints over what is there is of this kind: picture x keep + added.

    Attributes:
        keep: uint8 (h, w, 3), what shines through of the picture below, 255 all of it.
        added: uint8 (h, w, 3).
        frosted: uint8 (h, w), not 0 where what shines through is blurred; None: nowhere.
    """

    keep: UInt8
    added: UInt8
    frosted: UInt8 | None = None

    def over(self, region: Picture) -> None:
        """Lay it over a part of a picture of its size, RGB uint8 (h, w, 3), in place."""
        if self.frosted is not None:
            size = 2 * (region.shape[0] // 12) + 1
            blurred = cv2.blur(region, (size, size), borderType=cv2.BORDER_REPLICATE)
            cv2.copyTo(blurred, self.frosted, dst=region)
        cv2.multiply(region, self.keep, dst=region, scale=1.0 / 255.0)
        cv2.add(region, self.added, dst=region)

    def cut(self, rows: slice, columns: slice) -> Layer:
        """A part of it."""
        frosted = None if self.frosted is None else self.frosted[rows, columns]
        return Layer(self.keep[rows, columns], self.added[rows, columns], frosted)


def layer_between(on_black: Picture, on_white: Picture, *, frosted: bool) -> Layer:
    """The layer that made these two of black and of white; frosted, all that it covers blurs what is below."""
    keep: UInt8 = cv2.subtract(on_white, on_black)  # saturates: a rounding may make black the lighter one
    return Layer(keep, on_black, _covered(keep) if frosted else None)


@lru_cache(maxsize=32)
def pane(height_px: int, width_px: int, radius_px: int, tint: Color, opacity: float) -> Layer:
    """Frosted glass with round corners, of an opacity in [0, 1]."""
    covered = np.ones((height_px, width_px))
    offset = radius_px - 0.5 - np.arange(radius_px)
    corner = np.clip(radius_px + 0.5 - np.hypot(offset[:, None], offset[None, :]), 0.0, 1.0)
    for part in (covered, covered[:, ::-1], covered[::-1], covered[::-1, ::-1]):
        part[:radius_px, :radius_px] = corner
    share = opacity * covered[..., None]
    keep = np.repeat(np.rint(255.0 * (1.0 - share)), 3, axis=2).astype(np.uint8)
    added = np.rint(share * np.array(tint)).astype(np.uint8)
    return Layer(keep, added, _covered(keep))


def _covered(keep: UInt8) -> UInt8:
    return np.where(keep.min(axis=2) < 255, np.uint8(255), np.uint8(0))
