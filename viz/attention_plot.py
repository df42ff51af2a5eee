"""The attention ledger over time: stacked areas of the map, of an edge filter and of the pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agent.attention import CLASSES
from agent.attention_sums import AttentionSums
from agent.types import Picture
from viz.canvas import Canvas
from viz.explain_cards import CLASS_COLORS
from viz.layout import Box
from viz.sheet import FAINT, INK, PAPER

_WIDTH, _HEIGHT = 1100, 640
_ROWS = ("share of the saliency", "share of an edge filter (Sobel)", "share of the pixels (pure chance)")


def attention_plot(sums: AttentionSums) -> Picture:
    """RGB uint8 (640, 1100, 3)."""
    times, shares = sums.along()
    canvas = Canvas(np.full((_HEIGHT, _WIDTH, 3), PAPER, np.uint8))
    canvas.text("What the attention lies on", (24, 34), 24, INK)
    for number, name in enumerate(_ROWS):
        box = Box(64, 74 + 184 * number, _WIDTH - 64 - 190, 140)
        canvas.text(name, (box.left, box.top - 8), 14, INK)
        _areas(canvas, box, times, shares[:, number])
        for share in (0.0, 0.5, 1.0):
            canvas.text(f"{share:.0%}", (box.left - 8, box.bottom - share * box.height + 5), 12, FAINT, align=1.0)
    for at in (0.0, 0.25, 0.5, 0.75, 1.0):
        seconds = times[0] + at * (times[-1] - times[0])
        canvas.text(f"{seconds:.1f} s", (64 + at * (_WIDTH - 254), _HEIGHT - 20), 12, FAINT, align=0.5)
    _key(canvas, shares)
    return canvas.picture


def _areas(canvas: Canvas, box: Box, times: npt.NDArray[np.float64], shares: npt.NDArray[np.float64]) -> None:
    """Each moment shows the shares of its newest map: those of slow methods come when they are ready."""
    moments = np.linspace(times[0], times[-1], box.width)
    columns = np.searchsorted(times, moments, side="right") - 1
    ends = np.rint(np.cumsum(shares[columns], axis=1) * box.height).astype(int)
    rows = np.arange(box.height)[::-1, None]
    kinds = np.minimum((rows[..., None] >= ends[None]).sum(axis=-1), len(CLASSES) - 1)
    colors = np.array([CLASS_COLORS[kind] for kind in CLASSES], np.uint8)
    canvas.picture[box.top : box.bottom, box.left : box.right] = colors[kinds]


def _key(canvas: Canvas, shares: npt.NDArray[np.float64]) -> None:
    means, y = shares.mean(axis=0), 86
    canvas.text("map : pixels", (_WIDTH - 16, 66), 12, FAINT, align=1.0)
    for number, kind in enumerate(CLASSES):
        if means[:, number].max() < 0.0005:
            continue
        canvas.fill(Box(_WIDTH - 174, y - 11, 13, 13), CLASS_COLORS[kind])
        canvas.text(kind, (_WIDTH - 154, y), 14, INK)
        pixels = means[2, number]
        ratio = f"{means[0, number] / pixels:.1f}×" if pixels > 0 else "–"
        canvas.text(ratio, (_WIDTH - 16, y), 14, INK, align=1.0)
        y += 22
