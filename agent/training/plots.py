"""Small plots of a training run, drawn with OpenCV: RGB uint8 (360, 640, 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from agent.types import Float32, Picture

_WIDTH_PX, _HEIGHT_PX = 640, 360
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 64, 16, 40, 40
_PAPER, _INK, _GRID = (250, 250, 248), (40, 40, 44), (222, 222, 218)
_LINES = ((20, 110, 190), (214, 96, 20), (60, 150, 70))
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def curves(title: str, series: Mapping[str, Sequence[float]]) -> Picture:
    """Lines over epochs 1, 2, ...; the vertical axis starts at 0.

    Args:
        title: with the unit.
        series: name -> one value an epoch, all of the same length, three at most.
    """
    longest = max(len(values) for values in series.values())
    picture, highest = _axes(title, max(max(values) for values in series.values()), ("1", f"epoch {longest}"))
    for number, (name, values) in enumerate(series.items()):
        color = _LINES[number]
        across = np.linspace(_LEFT_PX, _WIDTH_PX - _RIGHT_PX, max(2, longest))[: len(values)]
        points = np.stack([across, [_down(value, highest) for value in values]], axis=1).round().astype(np.int32)
        cv2.polylines(picture, [points.reshape(-1, 1, 2)], False, color, 2, cv2.LINE_AA)
        for point in points:
            cv2.circle(picture, (int(point[0]), int(point[1])), 3, color, -1, cv2.LINE_AA)
        _write(picture, name, _WIDTH_PX - 210, _TOP_PX + 20 + 20 * number, color)
    return picture


def histogram(title: str, values: Float32, shares: Float32, widest: float) -> Picture:
    """Frames by |value|: grey what is recorded, blue what an epoch draws; the last bin takes all beyond `widest`.

    Args:
        title: of the plot.
        values: float32 (frames,).
        shares: float32 (bins,), drawn of each bin.
        widest: where the last bin ends.
    """
    bins = len(shares)
    place = np.minimum(np.abs(values) * (bins / widest), bins - 1).astype(np.intp)
    counts = np.bincount(place, minlength=bins)
    picture, highest = _axes(title, float(counts.max()), ("0", f"{widest:g} and more"))
    edges = np.linspace(_LEFT_PX, _WIDTH_PX - _RIGHT_PX, bins + 1).round().astype(int).tolist()
    for left, right, count, drawn in zip(edges, edges[1:], counts, counts * shares, strict=False):
        cv2.rectangle(picture, (left + 1, _down(count, highest)), (right - 1, _down(0, highest)), (190, 190, 188), -1)
        cv2.rectangle(picture, (left + 1, _down(drawn, highest)), (right - 1, _down(0, highest)), _LINES[0], -1)
    return picture


def scatter(title: str, wanted: Float32, answered: Float32, widest: float) -> Picture:
    """Answers (upward) against labels (to the right), both from -widest to widest, darker where there are more.

    Args:
        title: of the plot.
        wanted, answered: float32 (frames,).
        widest: what lies beyond is drawn at the edge.
    """
    picture, _ = _axes(title, 0.0, (f"label {-widest:.2g}", f"{widest:.2g}"), scale=False)
    left, right, top, bottom = _LEFT_PX, _WIDTH_PX - _RIGHT_PX, _TOP_PX, _HEIGHT_PX - _BOTTOM_PX
    share = [np.clip(values / widest, -1, 1) * 0.5 + 0.5 for values in (wanted, answered)]
    columns = (left + share[0] * (right - left)).round().astype(int)
    rows = (bottom - share[1] * (bottom - top)).round().astype(int)
    counts = np.zeros(picture.shape[:2], np.float32)
    np.add.at(counts, (rows, columns), 1.0)
    ink = np.clip(cv2.GaussianBlur(counts, (5, 5), 0) * 3.0, 0, 1)[:, :, None] ** 0.5
    picture[:] = (picture * (1 - ink) + np.array(_LINES[0]) * ink).round().astype(np.uint8)
    cv2.line(picture, (left, bottom), (right, top), _LINES[1], 1, cv2.LINE_AA)
    _write(picture, f"answer {widest:.2g}", 4, top + 4, _INK)
    return picture


def sheet(pictures: Sequence[Picture], texts: Sequence[str], columns: int = 4) -> Picture:
    """Small pictures in rows, each with a line of text below it."""
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    paper: Picture = np.full((rows * (height + 22), columns * (width + 6), 3), _PAPER, np.uint8)
    for number, (picture, text) in enumerate(zip(pictures, texts, strict=True)):
        top, left = number // columns * (height + 22), number % columns * (width + 6)
        paper[top : top + height, left : left + width] = picture
        _write(paper, text, left + 2, top + height + 15, _INK, size=0.36)
    return paper


def _axes(title: str, highest: float, ends: tuple[str, str], *, scale: bool = True) -> tuple[Picture, float]:
    """Paper with a title, a grid and the ends of the horizontal axis; the value at its top."""
    picture: Picture = np.full((_HEIGHT_PX, _WIDTH_PX, 3), _PAPER, np.uint8)
    top = _round_above(highest)
    for value in np.linspace(0, top, 5):
        down = _down(float(value), top)
        cv2.line(picture, (_LEFT_PX, down), (_WIDTH_PX - _RIGHT_PX, down), _GRID, 1)
        if scale:
            _write(picture, f"{value:.3g}", 6, down + 4, _INK)
    _write(picture, title, _LEFT_PX, 24, _INK, size=0.52)
    _write(picture, ends[0], _LEFT_PX, _HEIGHT_PX - 16, _INK)
    width = cv2.getTextSize(ends[1], _FONT, 0.42, 1)[0][0]
    _write(picture, ends[1], _WIDTH_PX - _RIGHT_PX - width, _HEIGHT_PX - 16, _INK)
    return picture, top


def _round_above(value: float) -> float:
    """The next of 1, 2, 4, 6, 8 x 10^n, whose quarters read well."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** np.floor(np.log10(value))
    return float(next(unit * digit for digit in (1, 2, 4, 6, 8, 10) if unit * digit >= value))


def _down(value: float, highest: float) -> int:
    return round(_HEIGHT_PX - _BOTTOM_PX - value / highest * (_HEIGHT_PX - _TOP_PX - _BOTTOM_PX))


def _write(
    picture: Picture, text: str, x_px: int, y_px: int, color: tuple[int, int, int], *, size: float = 0.42
) -> None:
    cv2.putText(picture, text, (x_px, y_px), _FONT, size, color, 1, cv2.LINE_AA)
