"""A canvas with the layout's unit: places in a card become pixels."""

from __future__ import annotations

from dataclasses import dataclass

from viz.canvas import Canvas
from viz.colors import Color
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
        self, words: str, card: Box, at: tuple[float, float], size: float, color: Color, *, align: float = 0.0
    ) -> int:
        """Letters in a card: anchor and baseline in units from its corner; returns their width [px]."""
        unit = self.layout.unit_px
        place = (card.left + at[0] * unit, card.top + at[1] * unit)
        return self.canvas.text(words, place, size * unit, color, align=align)

    def glass(self, card: Box) -> None:
        """The card's panel."""
        self.canvas.glass(card, self.px(12))
