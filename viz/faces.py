"""The faces of the cards: what seldom changes of them, each painted by `Pen.face` when its facts change."""

from __future__ import annotations

from viz import gauges
from viz.canvas import Point
from viz.colors import BRIGHT, MUTED, STEERING
from viz.history import TREND_S
from viz.layout import Box
from viz.palettes import Palette
from viz.pen import Pen
from viz.text import shortened, width_px

PEDALS = ((276, "gas"), (322, "brake"))
"""Where the pedals are [units], and their names."""
STATUS_SIZE = 16.5
"""Letters of the status line [units]."""


def wheel_center(pen: Pen) -> Point:
    """Of the steering wheel [px]."""
    card = pen.layout.driving
    return card.left + pen.px(198), card.top + pen.px(64 if pen.layout.compact else 58)


def pedal_box(pen: Pen, left: int) -> Box:
    """Of a pedal [px]."""
    return pen.box(pen.layout.driving, left - 7, 16, 14, 80 if not pen.layout.compact else 96)


def driving_face(pen: Pen, unit: str) -> None:
    """Of speed, steering, pedals."""
    card = pen.layout.driving
    pen.glass(card)
    pen.text(unit, card, (74, 108), 18, MUTED, align=0.5)
    gauges.wheel_rim(pen.canvas, wheel_center(pen), pen.px(44))
    for left, name in PEDALS:
        gauges.pedal(pen.canvas, pedal_box(pen, left), 1.0)
        if not pen.layout.compact:
            pen.text(name, card, (left, 116), 15, MUTED, align=0.5)


def trend_plot(pen: Pen, card: Box) -> Box:
    """Where the lines of the trends run."""
    return Box(card.left + pen.px(34), card.top + pen.px(38), card.width - pen.px(50), card.height - pen.px(52))


def trend_face(pen: Pen, card: Box, full: float) -> None:
    """Of the trends; the steering goes up to `full`."""
    pen.glass(card)
    gauges.trend_axes(pen.canvas, trend_plot(pen, card), TREND_S)
    pen.text(f"steering ±{full:g}", card, (16, 26), 16, STEERING)
    pen.text("R", card, (22, 50), 14, MUTED, align=0.5)
    pen.text("L", card, (22, 114), 14, MUTED, align=0.5)


def legend_box(pen: Pen) -> Box:
    """Of the palette."""
    card = pen.layout.saliency
    return pen.box(card, 16, 46, card.width / pen.layout.unit_px - 32, 14)


def saliency_face(pen: Pen, title: str, every: int | None, palette: Palette, signed: bool) -> None:
    """Of what was explained: its name, how often (None: a slow method's maps come when they are ready), the palette."""
    card, unit = pen.layout.saliency, pen.layout.unit_px
    wide, room, size = card.width / unit, card.width - pen.px(32), round(17 * unit)
    pen.glass(card)
    often = "when ready" if every is None else "every frame" if every == 1 else f"every {every} frames"
    if not pen.layout.compact and width_px(title, size) + width_px(often, size) < room:
        pen.text(often, card, (wide - 16, 30), 15.5, MUTED, align=1.0)
    fitting = (units for units in (17.0, 15.0, 13.5) if width_px(title, round(units * unit)) <= room)
    units = next(fitting, 13.5)
    pen.text(shortened(title, round(units * unit), room), card, (16, 30), units, BRIGHT)
    gauges.legend(pen.canvas, legend_box(pen), palette, signed=signed)
    if not pen.layout.compact:
        pen.text("left" if signed else "0", card, (16, 80), 15.5, MUTED)


def status_face(pen: Pen, facts: tuple[tuple[float, str, str], ...]) -> None:
    """Of the status line: facts of the run, each with its left edge [px] and a label."""
    pen.canvas.glass(pen.layout.status, 0)
    for left_px, label, value in facts:
        status_fact(pen, left_px, label, value)


def status_fact(pen: Pen, left_px: float, label: str, value: str) -> None:
    """A fact in the status line."""
    card, size = pen.layout.status, STATUS_SIZE * pen.layout.unit_px
    baseline = card.top + card.height / 2.0 + 0.36 * size
    label_px = pen.canvas.text(label, (left_px, baseline), size, MUTED, lasting=True)
    pen.canvas.text(value, (left_px + label_px + pen.px(7), baseline), size, BRIGHT)
