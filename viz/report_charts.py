"""Charts of the evaluation's report as SVG text; colours come from the page's style sheet. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_MOST_POINTS = 300
WIDTH, _HEIGHT = 640.0, 160.0
LEFT, RIGHT, _TOP, _BOTTOM = 66.0, 36.0, 24.0, 24.0
"""Room beside a chart: half of the widest label below it fits on the right, in a phone's large letters too."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line: label, x and y float64 (N,), NaN where there is nothing."""

    label: str
    x: Array
    y: Array


def line_chart(title: str, unit: str, series: Sequence[Series], least: float) -> str:
    """Lines over the distance along the route [m]; what varies by less than `least` is not blown up."""
    kept = [one for one in series if np.isfinite(one.y).any() and len(one.x) > 1]
    if not kept:
        return ""
    high_x = max(float(one.x.max()) for one in kept) or 1.0
    lowest, highest = min(float(np.nanmin(one.y)) for one in kept), max(float(np.nanmax(one.y)) for one in kept)
    low, high = _roomy(lowest, highest, least)
    inner_w, inner_h = WIDTH - LEFT - RIGHT, _HEIGHT - _TOP - _BOTTOM
    parts = [opening(title, WIDTH, _HEIGHT)]
    for tick in round_numbers(low, high, 4):
        y = _TOP + inner_h * (high - tick) / (high - low)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 5}" y="{y + 3.5:.1f}" text-anchor="end">{_plain(tick)}</text>')
    parts += distance_axis(high_x, inner_w, _HEIGHT)
    for number, one in enumerate(kept):
        thin_x, thin_y = thin(one.x, one.y)
        across, down = LEFT + inner_w * thin_x / high_x, _TOP + inner_h * (high - thin_y) / (high - low)
        points = list(zip(across.tolist(), down.tolist(), strict=True))
        parts.append(polyline(points, f"series s{number % 6}", one.label))
    return "".join([*parts, caption(title, unit), "</svg>"])


def distance_axis(high_m: float, width: float, height: float) -> list[str]:
    """Marks below a chart from 0 to a distance [m]; the last one has the unit."""
    ticks = round_numbers(0.0, high_m, 6)
    return [
        f'<text class="tick" x="{LEFT + width * tick / high_m:.1f}" y="{height - 8}" text-anchor="middle">'
        f"{_plain(tick)}{' m' if tick == ticks[-1] else ''}</text>"
        for tick in ticks
    ]


def caption(title: str, unit: str = "") -> str:
    """What a chart shows, above it."""
    text = f"{title} [{unit}]" if unit else title
    return f'<text class="unit" x="{LEFT}" y="15">{escape(text)}</text>'


def opening(title: str, width: float, height: float) -> str:
    """The begin of a picture with a name for those who do not see it."""
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title)}" '
        'xmlns="http://www.w3.org/2000/svg">'
    )


def polyline(points: Sequence[tuple[float, float]], css: str, label: str) -> str:
    """A line, broken where a value is missing."""
    text, pen = [], "M"
    for x, y in points:
        if not (math.isfinite(x) and math.isfinite(y)):
            pen = "M"
            continue
        text.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return f'<path class="{css}" d="{"".join(text)}"><title>{escape(label)}</title></path>' if len(text) > 1 else ""


def thin(x: Array, y: Array) -> tuple[Array, Array]:
    """At most `_MOST_POINTS` points, evenly taken, the last among them."""
    if len(x) <= _MOST_POINTS:
        return x, y
    kept = np.linspace(0, len(x) - 1, _MOST_POINTS).round().astype(np.intp)
    return x[kept], y[kept]


def _roomy(low: float, high: float, least: float) -> tuple[float, float]:
    room = max(0.06 * (high - low), 0.5 * (least - (high - low)))
    return low - room, high + room


def round_numbers(low: float, high: float, about: int) -> list[float]:
    """Round numbers between two bounds."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw)
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _plain(value: float) -> str:
    """A round number, never with an exponent."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
