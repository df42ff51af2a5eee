"""Messages over the picture: alerts, pause, notices, the key table."""

from __future__ import annotations

from collections.abc import Sequence

from viz.colors import BRIGHT, GLASS, STEERING, Color
from viz.keys import BINDINGS, Binding
from viz.layout import Box
from viz.pen import Pen
from viz.text import shortened, width_px


def pill(pen: Pen, words: str, center_y: float, tint: Color = GLASS) -> int:
    """A short message in the middle of the picture's width; returns its height [px]."""
    letters = max(10, round(20 * pen.layout.unit_px))
    words = shortened(words, letters, pen.canvas.width_px - 4 * letters)
    width, height = width_px(words, letters) + 2 * letters, round(2.1 * letters)
    box = Box((pen.canvas.width_px - width) // 2, round(center_y - height / 2), width, height)
    pen.canvas.glass(box, height // 2, tint=tint, opacity=0.86)
    pen.canvas.text(words, (pen.canvas.width_px / 2, center_y + 0.36 * letters), letters, BRIGHT, align=0.5)
    return height


def help_card(pen: Pen, rows: Sequence[Binding] = BINDINGS) -> None:
    """The key table, in the middle."""
    canvas = pen.canvas
    line = min(28 * pen.layout.unit_px, (canvas.height_px - 8) / (len(rows) + 2.5))
    size = max(1.0, 0.62 * line)
    labels = max(3.6 * line, 0.8 * line + max(width_px(row.label, round(size)) for row in rows))
    width, height = round(labels + 11.9 * line), round((len(rows) + 2) * line)
    box = Box((canvas.width_px - width) // 2, (canvas.height_px - height) // 2, width, height)
    canvas.glass(box, round(0.5 * line), opacity=0.84)
    for number, row in enumerate(rows):
        baseline = box.top + (1.6 + number) * line
        canvas.text(row.label, (box.left + labels, baseline), size, STEERING, align=1.0)
        canvas.text(row.meaning, (box.left + labels + 0.8 * line, baseline), size, BRIGHT)
