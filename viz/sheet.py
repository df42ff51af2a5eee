"""Sheets: pictures in rows with captions on a light page, and PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from agent.errors import RecordingError
from agent.types import Picture
from viz.canvas import Canvas
from viz.colors import Color
from viz.text import shortened

PAPER: Color = (250, 250, 248)
INK: Color = (30, 34, 40)
FAINT: Color = (110, 118, 128)
_GAP = 14
_CAPTION = 20


@dataclass(frozen=True, slots=True)
class Plate:
    """A picture with a caption above it and a remark in fainter letters behind that."""

    picture: Picture
    caption: str
    remark: str = ""


def sheet(title: str, remarks: Sequence[str], rows: Sequence[Sequence[Plate]]) -> Picture:
    """Plates in rows on one page, RGB uint8 (H, W, 3)."""
    top = 52 + 20 * len(remarks)
    widths = [sum(plate.picture.shape[1] + _GAP for plate in row) + _GAP for row in rows]
    heights = [max(plate.picture.shape[0] for plate in row) + _CAPTION + _GAP for row in rows if row]
    page = np.empty((top + sum(heights) + _GAP, max([640, *widths]), 3), np.uint8)
    page[:] = PAPER
    canvas = Canvas(page)
    canvas.text(shortened(title, 24, page.shape[1] - 2 * _GAP), (_GAP, 34), 24, INK)
    for number, remark in enumerate(remarks):
        canvas.text(shortened(remark, 14, page.shape[1] - 2 * _GAP), (_GAP, 58 + 20 * number), 14, FAINT)
    y = top
    for row, height in zip((row for row in rows if row), heights, strict=True):
        x = _GAP
        for plate in row:
            _lay(canvas, plate, x, y)
            x += plate.picture.shape[1] + _GAP
        y += height
    return page


def _lay(canvas: Canvas, plate: Plate, x: int, y: int) -> None:
    height, width = plate.picture.shape[:2]
    used = canvas.text(shortened(plate.caption, 14, width), (x, y + 14), 14, INK)
    if plate.remark and width - used > 40:
        canvas.text(shortened(plate.remark, 12, width - used - 8), (x + width, y + 14), 12, FAINT, align=1.0)
    canvas.picture[y + _CAPTION : y + _CAPTION + height, x : x + width] = plate.picture


def write_png(path: Path, picture: Picture) -> None:
    """Write a picture as PNG.

    Raises:
        RecordingError: the disk says no.
    """
    _, png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    try:
        path.write_bytes(png.tobytes())
    except OSError as error:
        raise RecordingError(f"cannot write {path}: {error.strerror}: choose another --out") from None
