"""The trust report as a picture: a row a method, its curves beside those of the controls, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import cv2
import numpy as np
import numpy.typing as npt

from agent.trust.curves import BASELINES, SHARES
from agent.trust.judgement import CONTROLS, Judged
from agent.trust.statistics import Estimate
from agent.types import Picture
from viz.canvas import Canvas
from viz.colors import Color
from viz.layout import Box
from viz.sheet import FAINT, INK, PAPER
from viz.text import shortened, width_px

_WIDTH = 1640
_TOP, _ROW, _TALL, _FOOT = 176, 148, 104, 40
_LEFT, _GAP, _SHARE_WIDE = 262, 50, 190
_GRID: Color = (222, 224, 226)
_METHOD: Color = (178, 34, 52)
_ALONE: Color = (24, 92, 190)
_CONTROL: dict[str, Color] = {"sobel": (40, 40, 40), "random": (150, 150, 150)}
_RATINGS: dict[str, Color] = {
    "BELIEVABLE": (22, 120, 60),
    "WITH CARE": (176, 104, 0),
    "DO NOT RELY ON IT": (178, 34, 52),
    "NOT ABOUT THE STEERING": (178, 34, 52),
}
Curve = Sequence[Estimate]


@dataclass(frozen=True, slots=True)
class _Column:
    """One chart of every row: where it lies, its ticks, the values at its lower and upper edge and of its grid."""

    left: int
    width: int
    ticks: Sequence[str]
    low: float
    high: float
    grid: tuple[float, ...]


def trust_plots(judged: Sequence[Judged], title: str) -> Picture:
    """RGB uint8 (H, 1640, 3): per method deletion, insertion and the sanity check; lines are means, bands intervals."""
    rows = [each for each in judged if each.name not in CONTROLS]
    canvas = Canvas(np.full((_TOP + _ROW * len(rows) + _FOOT, _WIDTH, 3), PAPER, np.uint8))
    canvas.text(shortened(title, 24, _WIDTH - 48), (24, 40), 24, INK)
    _key(canvas)
    columns = _columns(judged)
    for column, (words, better) in zip(columns, _HEADS, strict=True):
        canvas.text(words, (column.left, _TOP - 44), 14, INK)
        canvas.text(better, (column.left, _TOP - 25), 12, FAINT)
    for number, each in enumerate(rows):
        top = _TOP + _ROW * number
        _name(canvas, each, top)
        last = number == len(rows) - 1
        for place, column in enumerate(columns):
            box = Box(column.left, top, column.width, _TALL)
            _axes(canvas, box, column, ticks=last or place == len(columns) - 1)
            for control in judged:
                if control.name in CONTROLS:
                    _curve(canvas, box, column, _charts(control)[place], _CONTROL[control.name])
            if place == len(columns) - 1:
                _marks(canvas, box, column, list(each.alone.values()))
            _curve(canvas, box, column, _charts(each)[place], _METHOD)
    return canvas.picture


_HEADS = (
    *((f"hottest part hidden ({base})", "steering changes: higher is better") for base in BASELINES),
    *((f"only hottest part shown ({base})", "steering errs: lower is better") for base in BASELINES),
    ("weights shuffled", "likeness of the map (rank correlation): lower is better"),
)


def _charts(each: Judged) -> list[Curve]:
    deletion, insertion = ([curve[base] for base in BASELINES] for curve in (each.deletion_curve, each.insertion_curve))
    return [*deletion, *insertion, list(each.cascade.values())]


def _columns(judged: Sequence[Judged]) -> list[_Column]:
    shares = [f"{share:.0%}" if share in (SHARES[0], 0.1, SHARES[-1]) else "" for share in SHARES]
    made, left = [], _LEFT
    for place in range(len(_HEADS)):
        sanity = place == len(_HEADS) - 1
        charts = [_charts(each)[place] for each in judged]
        high = 1.0 if sanity else max([1e-9, *(point.high for chart in charts for point in chart)])
        low = min([0.0, *(point.low for chart in charts for point in chart)])
        width = _WIDTH - 24 - left if sanity else _SHARE_WIDE
        grid = (0.0, 0.5, 1.0) if sanity else (0.0, high / 2, high)
        made.append(_Column(left, width, list(judged[0].cascade) if sanity else shares, low, high, grid))
        left += _SHARE_WIDE + _GAP
    return made


def _key(canvas: Canvas) -> None:
    x = 24.0
    for words, color in (("the method", _METHOD), ("Sobel edges", _CONTROL["sobel"]), ("random", _CONTROL["random"])):
        canvas.line([(x, 72), (x + 26, 72)], color, 4.0)
        x += 34 + canvas.text(words, (x + 34, 77), 14, INK) + 24
    canvas.disc((x + 10, 72), 5, _ALONE)
    x += 22 + canvas.text("one layer shuffled alone (line: all from the output down to it)", (x + 22, 77), 14, INK) + 24
    canvas.text("bands: 95 % interval over frames; each column has one scale, in steer", (x, 77), 14, FAINT)


def _name(canvas: Canvas, each: Judged, top: int) -> None:
    rating, colon, reasons = each.verdict.partition(": ")
    canvas.text(shortened(each.name, 16, _LEFT - 80), (24, top + 8), 16, INK)
    if not colon or rating not in _RATINGS:
        rating, reasons = "", each.verdict
    canvas.text(rating, (24, top + 28), 13, _RATINGS.get(rating, INK))
    for number, line in enumerate(wrap(reasons.replace("; ", ", "), 31)[:5]):
        canvas.text(line, (24, top + 46 + 15 * number), 12, FAINT)


def _axes(canvas: Canvas, box: Box, column: _Column, *, ticks: bool) -> None:
    for value in column.grid:
        y = _ys(box, column, [value])[0]
        canvas.fill(Box(box.left, round(y), box.width, 1), _GRID)
        canvas.text(f"{value:.2g}", (box.left - 6, y + 5), 11, FAINT, align=1.0)
    if not ticks:
        return
    room = box.width / max(1, len(column.ticks))
    for x, words in zip(_xs(box, len(column.ticks)), column.ticks, strict=True):
        letters = 11 if width_px(words, 11) < room else 10
        canvas.text(
            shortened(words, letters, max(24, round(room))), (float(x), box.bottom + 16), letters, FAINT, align=0.5
        )


def _xs(box: Box, count: int) -> npt.NDArray[np.float64]:
    """Evenly spread over the box, a little in from its sides."""
    return np.linspace(box.left + 10.0, box.right - 10.0, max(2, count), dtype=np.float64)[:count]


def _ys(box: Box, column: _Column, values: Sequence[float]) -> npt.NDArray[np.float64]:
    return box.bottom - (np.array(values) - column.low) / (column.high - column.low) * box.height


def _curve(canvas: Canvas, box: Box, column: _Column, points: Curve, color: Color) -> None:
    """The mean as a line on its interval as a band."""
    if not points:
        return
    xs = _xs(box, len(points))
    low, mean, high = (
        np.stack([xs, _ys(box, column, [getattr(point, edge) for point in points])], axis=1)
        for edge in ("low", "mean", "high")
    )
    band = canvas.picture.copy()
    cv2.fillPoly(band, [np.rint(np.concatenate([low, high[::-1]])).astype(np.int32)], color, cv2.LINE_AA)
    canvas.picture[:] = cv2.addWeighted(band, 0.22, canvas.picture, 0.78, 0.0)
    canvas.line(mean, color, 3.0 if color == _METHOD else 2.0)


def _marks(canvas: Canvas, box: Box, column: _Column, points: Curve) -> None:
    """A dot a point, on its interval as a line."""
    for x, point in zip(_xs(box, len(points)), points, strict=True):
        low, mean, high = _ys(box, column, [point.low, point.mean, point.high])
        canvas.line([(x, low), (x, high)], _ALONE, 2.0)
        canvas.disc((float(x), float(mean)), 4.0, _ALONE)
