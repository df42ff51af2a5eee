"""A canvas with the layout's unit: places in a card become pixels."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache

from viz.canvas import Canvas, painted
from viz.colors import Color
from viz.layer import Layer
from viz.layout import Box, Layout


@dataclass(frozen=True, slots=True)
class Pen:
    """A canvas with the layout's unit: places in units from a card's corner become pixels.

    Attributes:
        canvas: drawn on.
        layout: places and unit.
    """

    canvas: Canvas
    layout: Layout

    def px(self, units: float) -> int:
        """Units -> pixels."""
        return round(units * self.layout.unit_px)

    def box(self, card: Box, left: float, top: float, width: float, height: float) -> Box:
        """A rectangle of a card."""
        return Box(card.left + self.px(left), card.top + self.px(top), self.px(width), self.px(height))

    def text(
        self,
        words: str,
        card: Box,
        at: tuple[float, float],
        size: float,
        color: Color,
        *,
        align: float = 0.0,
        lasting: bool = False,
    ) -> int:
        """Letters in a card: anchor and baseline in units from its corner; returns their width [px]."""
        unit = self.layout.unit_px
        place = (card.left + at[0] * unit, card.top + at[1] * unit)
        return self.canvas.text(words, place, size * unit, color, align=align, lasting=lasting)

    def glass(self, card: Box) -> None:
        """The card's panel."""
        self.canvas.glass(card, self.px(12))

    def face(self, card: Box, paint: Callable[..., None], *facts: Hashable) -> None:
        """The part of a card that seldom changes, panel included: painted when its facts change, then laid down.

        Args:
            card: its place; what lies outside the picture is cut off.
            paint: draws it, called with a pen and the facts.
            facts: all that it depends on besides the layout.
        """
        left, top = max(0, card.left), max(0, card.top)
        width, height = min(self.canvas.width_px, card.right) - left, min(self.canvas.height_px, card.bottom) - top
        if width > 0 and height > 0:
            self.canvas.lay(_face(self.layout, Box(left, top, width, height), paint, facts), (left, top))


@lru_cache(maxsize=32)
def _face(layout: Layout, place: Box, paint: Callable[..., None], facts: tuple[Hashable, ...]) -> Layer:
    return painted(place, lambda canvas: paint(Pen(canvas, layout), *facts), frosted=True)
