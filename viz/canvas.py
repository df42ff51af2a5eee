"""A picture to draw on, off-screen: frosted panels and letters, antialiased lines; no display needed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
import pygame

from agent.types import Picture
from viz import text as letters
from viz.colors import GLASS, Color
from viz.layer import Layer, layer_between, pane
from viz.layout import Box

Point = tuple[float, float]
_SUBPIXEL_BITS = 4


class Canvas:
    """Draws into the picture it is given; pygame and OpenCV share its memory, so nothing is converted.

    Attributes:
        picture: RGB uint8 (H, W, 3), writable, contiguous.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.height_px, self.width_px = picture.shape[:2]
        self._surface = pygame.image.frombuffer(picture.data, (self.width_px, self.height_px), "RGB")

    def glass(self, box: Box, radius_px: int, *, tint: Color = GLASS, opacity: float = 0.66) -> None:
        """A panel of frosted glass with round corners: what is behind it is blurred and tinted."""
        left, top = max(0, box.left), max(0, box.top)
        width, height = min(self.width_px, box.right) - left, min(self.height_px, box.bottom) - top
        if width > 0 and height > 0:
            radius = max(0, min(radius_px, height // 2, width // 2))
            self.lay(pane(height, width, radius, tint, opacity), (left, top))

    def lay(self, layer: Layer, at: tuple[int, int]) -> None:
        """Lay a layer over the picture, its left upper corner at a pixel; what lies outside is cut off."""
        left, top = at
        height, width = layer.keep.shape[:2]
        if left < 0 or top < 0 or left + width > self.width_px or top + height > self.height_px:
            layer = layer.cut(
                slice(max(0, -top), max(0, self.height_px - top)), slice(max(0, -left), max(0, self.width_px - left))
            )
            left, top, (height, width) = max(0, left), max(0, top), layer.keep.shape[:2]
        if height > 0 and width > 0:
            layer.over(self.picture[top : top + height, left : left + width])

    def text(
        self, words: str, at: Point, size_px: float, color: Color, *, align: float = 0.0, lasting: bool = False
    ) -> int:
        """Letters on a baseline.

        Args:
            words: one line.
            at: x of the anchor, y of the baseline [px].
            size_px: em size.
            color: RGB.
            align: part of the width left of the anchor: 0 starts there, 0.5 is centred, 1 ends there.
            lasting: the same words will come again: they are kept as one layer, several times faster.

        Returns:
            Width [px].
        """
        size = round(size_px)
        glyphs, width = letters.lettering(words, size, color)
        left, top = round(at[0] - align * width), round(at[1]) - letters.ascent_px(size)
        if lasting and glyphs:
            self.lay(_line(words, size, color), (left, top))
        else:
            self._surface.blits([(glyph, (left + offset, top)) for glyph, offset in glyphs], doreturn=False)
        return width

    def line(self, points: Sequence[Point] | npt.NDArray[np.float64], color: Color, thickness_px: float) -> None:
        """A polyline, antialiased, placed to 1/16 pixel."""
        fixed = np.rint(np.asarray(points, np.float64) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        thickness = max(1, round(thickness_px))
        cv2.polylines(self.picture, [fixed], False, color, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)

    def arc(
        self, center: Point, radius_px: float, span_deg: tuple[float, float], color: Color, thick_px: float
    ) -> None:
        """Part of a circle, from one angle to another [degrees clockwise from the top], to a quarter of a degree."""
        first, last = (round(4.0 * angle) / 4.0 for angle in span_deg)
        self.line(np.asarray(center) + radius_px * _unit_arc(first, last), color, thick_px)

    def disc(self, center: Point, radius_px: float, color: Color) -> None:
        """A filled circle."""
        x, y, radius = (round(value * (1 << _SUBPIXEL_BITS)) for value in (*center, radius_px))
        cv2.circle(self.picture, (x, y), radius, color, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)

    def fill(self, box: Box, color: Color) -> None:
        """A rectangle."""
        self._surface.fill(color, (box.left, box.top, box.width, box.height))

    def brackets(self, box: Box, reach_px: int, color: Color, thickness_px: int) -> None:
        """The four corners of a rectangle, inside it."""
        t = thickness_px
        reach = max(0, min(reach_px, box.width // 2, box.height // 2))
        for left in (box.left, box.right - reach):
            for top in (box.top, box.bottom - t):
                self.fill(Box(left, top, reach, t), color)
        for left in (box.left, box.right - t):
            for top in (box.top, box.bottom - reach):
                self.fill(Box(left, top, t, reach), color)

    def frame(self, box: Box, color: Color, thickness_px: int, opacity: float) -> None:
        """The rim of a rectangle, inside it, see-through."""
        picture, t = self.picture, thickness_px
        left, top = max(0, box.left), max(0, box.top)
        right, bottom = min(self.width_px, box.right), min(self.height_px, box.bottom)
        for strip in (
            picture[top : top + t, left:right],
            picture[max(top + t, bottom - t) : bottom, left:right],
            picture[top + t : bottom - t, left : left + t],
            picture[top + t : bottom - t, max(left + t, right - t) : right],
        ):
            if strip.size:
                plain = _plain(*strip.shape[:2], color)
                cv2.addWeighted(strip, 1.0 - opacity, plain, opacity, 0.0, dst=strip)


def on_circle(center: Point, radius_px: float, angle_deg: float) -> Point:
    """A point at an angle [degrees clockwise from the top]."""
    angle = math.radians(angle_deg)
    return center[0] + radius_px * math.sin(angle), center[1] - radius_px * math.cos(angle)


@lru_cache(maxsize=2048)
def _unit_arc(first_deg: float, last_deg: float) -> npt.NDArray[np.float64]:
    """Points (N, 2) on a circle of radius 1, degrees clockwise from the top."""
    angles = np.radians(np.linspace(first_deg, last_deg, 2 + int(abs(last_deg - first_deg) / 4.0)))
    return np.stack([np.sin(angles), -np.cos(angles)], axis=1)


@lru_cache(maxsize=32)
def _plain(height: int, width: int, tint: Color) -> Picture:
    plain = np.empty((height, width, 3), np.uint8)
    plain[:] = tint
    return plain


def painted(box: Box, paint: Callable[[Canvas], object], *, frosted: bool) -> Layer:
    """What some drawing does to a box of any picture, found by drawing on black and on white.

    Args:
        box: in the picture, with no side of 0; nothing outside is kept.
        paint: draws, with `Canvas.glass` if `frosted`.
        frosted: whether what it covers blurs what is below.
    """
    made = []
    for ground in (0, 255):
        canvas = Canvas(np.full((box.bottom, box.right, 3), ground, np.uint8))
        paint(canvas)
        made.append(canvas.picture[box.top :, box.left :].copy())
    return layer_between(*made, frosted=frosted)


@lru_cache(maxsize=512)
def _line(words: str, size_px: int, color: Color) -> Layer:
    """A line of letters as one layer."""
    glyphs, _ = letters.lettering(words, size_px, color)
    width = max(offset + glyph.get_width() for glyph, offset in glyphs)
    height = max(glyph.get_height() for glyph, _ in glyphs)
    baseline = (0.0, float(letters.ascent_px(size_px)))
    return painted(Box(0, 0, width, height), lambda canvas: canvas.text(words, baseline, size_px, color), frosted=False)
