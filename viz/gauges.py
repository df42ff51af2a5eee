"""Gauges: steering wheel, pedals, trend lines, palette legend, each drawn into its place on a canvas."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from viz.canvas import Canvas, Point, on_circle
from viz.colors import BRIGHT, GLASS, HAIRLINE, MUTED, STEERING, TRACK, WARNING, Color
from viz.layout import Box
from viz.palettes import Palette, color_table, signed_color_table

WHEEL_TURN_DEG = 450.0
"""Turn of the drawn steering wheel at full lock: about what a car's does, so that small corrections are seen."""
WHEEL_SWEEP_DEG = 150.0
"""Greatest turn the arc around the wheel shows; beyond, the wheel turns on and the number tells."""
_RIM = 0.74
"""Of the arc's radius."""


def wheel_rim(canvas: Canvas, center: Point, radius_px: float) -> None:
    """What does not turn of a steering wheel: the track of the arc, the rim, the hub."""
    thick = radius_px / 11.0
    canvas.arc(center, radius_px, (-WHEEL_SWEEP_DEG, WHEEL_SWEEP_DEG), TRACK, thick)
    canvas.arc(center, _RIM * radius_px, (0.0, 360.0), BRIGHT, 1.1 * thick)
    canvas.disc(center, 0.17 * radius_px, BRIGHT)


def steering_wheel(canvas: Canvas, center: Point, radius_px: float, steer: float, ghost: float | None = None) -> None:
    """The spokes of a wheel turned like the driver's, and an arc around it from straight ahead to the turn.

    Args:
        canvas: drawn on.
        center: of the wheel [px].
        radius_px: outer radius, the arc's.
        steer: [-1, 1], right positive.
        ghost: what the steering would be if something were otherwise: a hollow mark and a thin spoke.
    """
    turn_deg = WHEEL_TURN_DEG * steer
    mark_deg = max(-WHEEL_SWEEP_DEG, min(WHEEL_SWEEP_DEG, turn_deg))
    thick = radius_px / 11.0
    canvas.arc(center, radius_px, (0.0, mark_deg), STEERING, thick)
    rim = _RIM * radius_px
    for spoke_deg in (98.0, 180.0, 262.0):
        canvas.line([center, on_circle(center, rim, turn_deg + spoke_deg)], BRIGHT, thick)
    canvas.disc(on_circle(center, radius_px, mark_deg), 1.1 * thick, STEERING)
    if ghost is not None:
        ghost_deg = max(-WHEEL_SWEEP_DEG, min(WHEEL_SWEEP_DEG, WHEEL_TURN_DEG * ghost))
        place = on_circle(center, radius_px, ghost_deg)
        canvas.line([on_circle(center, 0.3 * rim, ghost_deg), place], WARNING, 0.5 * thick)
        canvas.disc(place, 1.3 * thick, WARNING)
        canvas.disc(place, 0.6 * thick, GLASS)


def pedal(canvas: Canvas, box: Box, pressed: float, color: Color = TRACK) -> None:
    """A bar that fills from below; `pressed` in [0, 1]. Its empty track is one that is pressed fully."""
    if pressed > 0.0:
        x, half = box.left + box.width / 2.0, box.width / 2.0
        foot, reach = box.bottom - half, box.height - box.width  # round ends reach half the thickness further
        canvas.line([(x, foot), (x, foot - reach * pressed)], color, box.width)


def trend(
    canvas: Canvas, box: Box, points: npt.NDArray[np.float64], *, full: float, color: Color, thick_px: float
) -> None:
    """A line through (age [s] as a share of the box from the right, value), up = positive = right.

    Args:
        canvas: drawn on.
        box: zero runs through its middle.
        points: float64 (N, 2): age in [0, 1] of the width, value.
        full: value at the upper edge; beyond, the line stays at the edge.
        color: of the line.
        thick_px: of the line.
    """
    if len(points) < 2:
        return
    x = box.right - 1 - points[:, 0] * (box.width - 1)
    y = box.top + box.height / 2.0 * (1.0 - np.clip(points[:, 1] / full, -1.0, 1.0))
    canvas.line(np.stack([x, y], axis=1), color, thick_px)
    canvas.disc((float(x[-1]), float(y[-1])), 1.5 * thick_px, color)


def trend_axes(canvas: Canvas, box: Box, seconds: float) -> None:
    """The zero line and a tick for every second."""
    middle = box.top + box.height // 2
    canvas.fill(Box(box.left, middle, box.width, 1), MUTED)
    for second in range(int(seconds) + 1):
        x = box.right - 1 - round(second / seconds * (box.width - 1))
        canvas.fill(Box(x, box.top, 1, box.height), HAIRLINE)


def full_scale(values: npt.NDArray[np.float64], steps: Sequence[float]) -> float:
    """The first step that holds every value, else the last: a scale that changes rarely."""
    greatest = np.abs(values).max(initial=0.0)
    return next((step for step in steps if greatest <= step), steps[-1])


def legend(canvas: Canvas, box: Box, palette: Palette, *, signed: bool = False) -> None:
    """The palette from 0 to the running scale; signed, from all left to all right."""
    if box.width < 2 or box.height < 1:
        return
    row = (signed_color_table() if signed else color_table(palette))[None]
    strip = cv2.resize(row, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    canvas.picture[box.top : box.bottom, box.left : box.right] = strip


def legend_mark(canvas: Canvas, box: Box, peak: float, *, signed: bool = False) -> None:
    """A mark on a legend at a map's peak, a share of the scale; signed, on both sides."""
    if box.width < 2 or box.height < 1:
        return
    share = min(1.0, peak)
    for at in (0.5 - share / 2, 0.5 + share / 2) if signed else (share,):
        x = box.left + round(at * (box.width - 1))
        reach = max(2, box.height // 4)
        canvas.fill(Box(x - 2, box.top - reach, 5, box.height + 2 * reach), (0, 0, 0))
        canvas.fill(Box(x - 1, box.top - reach + 1, 3, box.height + 2 * reach - 2), BRIGHT)
