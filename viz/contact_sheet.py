"""A contact sheet: many moments of a run on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from agent.types import Picture
from viz.canvas import Canvas
from viz.colors import BRIGHT, MUTED, WARNING
from viz.fit import letterbox

_GAP_PX, _LINE_PX, _TITLE_PX = 12, 26, 64
_PAPER = (16, 18, 22)


@dataclass(frozen=True, slots=True)
class Cell:
    """One moment.

    Attributes:
        picture: RGB uint8 (H, W, 3).
        label: under it on the left.
        note: under it on the right, in the colour of a warning.
    """

    picture: Picture
    label: str
    note: str = ""


def sheet(cells: Sequence[Cell], title: str, subtitle: str = "", *, columns: int = 4, cell_px: int = 420) -> Picture:
    """The page.

    Args:
        cells: in reading order, at least one.
        title: at the top.
        subtitle: under it.
        columns: side by side, at most.
        cell_px: width of a picture.

    Returns:
        RGB uint8 (H, W, 3).
    """
    columns = min(columns, len(cells))
    height_px = round(cell_px * cells[0].picture.shape[0] / cells[0].picture.shape[1])
    rows = -(-len(cells) // columns)
    width = columns * (cell_px + _GAP_PX) + _GAP_PX
    height = _TITLE_PX + rows * (height_px + _LINE_PX + _GAP_PX) + _GAP_PX
    page = np.empty((height, width, 3), np.uint8)
    page[:] = _PAPER
    canvas = Canvas(page)
    canvas.text(title, (_GAP_PX, 30), 22, BRIGHT)
    canvas.text(subtitle, (_GAP_PX, 54), 15, MUTED)
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        left = _GAP_PX + column * (cell_px + _GAP_PX)
        top = _TITLE_PX + row * (height_px + _LINE_PX + _GAP_PX)
        page[top : top + height_px, left : left + cell_px] = letterbox(cell.picture, (cell_px, height_px))
        baseline = top + height_px + 18
        canvas.text(cell.label, (left, baseline), 14, BRIGHT)
        canvas.text(cell.note, (left + cell_px, baseline), 14, WARNING, align=1.0)
    return page


def png(picture: Picture) -> bytes:
    """The picture as a PNG file."""
    _, content = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    encoded: bytes = content.tobytes()
    return encoded
