"""The trust report as pictures: deletion and insertion curves, correlation after shuffling layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from agent.trust.curves import BASELINES, SHARES
from agent.trust.judgement import CONTROLS, Judged
from agent.types import Picture
from viz.canvas import Canvas
from viz.colors import Color
from viz.layout import Box
from viz.sheet import FAINT, INK, PAPER
from viz.text import shortened

_WIDTH, _ROW = 1240, 300
_GRID: Color = (222, 224, 226)
_CONTROL: dict[str, Color] = {"sobel": (40, 40, 40), "random": (165, 165, 165)}


def trust_plots(judged: Sequence[Judged], title: str) -> Picture:
    """RGB uint8 (H, 1240, 3): per baseline deletion and insertion, below them the sanity check and the verdicts."""
    height = 70 + 3 * _ROW + 26 * len(judged) + 40
    canvas = Canvas(np.full((height, _WIDTH, 3), PAPER, np.uint8))
    canvas.text(shortened(title, 22, _WIDTH - 48), (24, 36), 22, INK)
    colors = _colors(judged)
    for row, base in enumerate(BASELINES):
        for column, (words, curves) in enumerate(
            (
                ("hottest part hidden: higher is better", {each.name: each.deletion_curve[base] for each in judged}),
                (
                    "only hottest part shown: lower is better",
                    {each.name: each.insertion_curve[base] for each in judged},
                ),
            )
        ):
            box = Box(70 + 490 * column, 100 + _ROW * row, 420, 200)
            canvas.text(f"{words}  ({base}) [steer]", (box.left, box.top - 12), 14, INK)
            _lines(canvas, box, curves, colors, [f"{share:.0%}" for share in SHARES])
    _key(canvas, judged, colors)
    sane = {each.name: [layer.mean for layer in each.cascade.values()] for each in judged if each.cascade}
    box = Box(70, 100 + 2 * _ROW, 910, 200)
    canvas.text(
        "likeness of the map after shuffling weights from the output down: lower is better", (70, box.top - 12), 14, INK
    )
    _lines(canvas, box, sane, colors, list(judged[0].cascade), top=1.0)
    for number, each in enumerate(judged):
        y = 70 + 3 * _ROW + 26 * number + 20
        canvas.text(each.name, (24, y), 14, colors[each.name])
        canvas.text(shortened(each.verdict, 12, _WIDTH - 260), (236, y), 12, INK)
    return canvas.picture


def _lines(
    canvas: Canvas,
    box: Box,
    curves: dict[str, list[float]],
    colors: dict[str, Color],
    ticks: Sequence[str],
    *,
    top: float | None = None,
) -> None:
    """Lines over evenly spaced ticks, from 0 (or the least) to the greatest value."""
    values = [value for curve in curves.values() for value in curve] or [0.0]
    high, low = top or max(*values, 1e-9), min(0.0, *values)
    for share in (0.0, 0.5, 1.0):
        y = box.bottom - round(share * box.height)
        canvas.fill(Box(box.left, y, box.width, 1), _GRID)
        canvas.text(f"{low + share * (high - low):.2g}", (box.left - 8, y + 5), 12, FAINT, align=1.0)
    xs = box.left + np.linspace(0.0, 1.0, max(2, len(ticks))) * (box.width - 1)
    for x, words in zip(xs, ticks, strict=False):
        canvas.text(
            shortened(words, 12, box.width // max(1, len(ticks)) + 8), (float(x), box.bottom + 18), 12, FAINT, align=0.5
        )
    for name, curve in curves.items():
        ys = box.bottom - (np.array(curve) - low) / (high - low) * box.height
        canvas.line(np.stack([xs[: len(ys)], ys], axis=1), colors[name], 3.0 if name in CONTROLS else 2.0)


def _key(canvas: Canvas, judged: Sequence[Judged], colors: dict[str, Color]) -> None:
    for number, each in enumerate(judged):
        y = 106 + 24 * number
        canvas.line([(1010, y - 5), (1034, y - 5)], colors[each.name], 4.0)
        canvas.text(each.name, (1042, y), 14, INK)


def _colors(judged: Sequence[Judged]) -> dict[str, Color]:
    methods = [each.name for each in judged if each.name not in CONTROLS]
    hues = np.array(
        [[(180 * n // max(1, len(methods)), 210, 205 if n % 2 else 150) for n in range(len(methods))]], np.uint8
    )
    shades = cv2.cvtColor(hues.reshape(1, -1, 3), cv2.COLOR_HSV2RGB)[0] if methods else []
    made = {name: (int(r), int(g), int(b)) for name, (r, g, b) in zip(methods, shades, strict=True)}
    return made | _CONTROL
