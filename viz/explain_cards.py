"""The cards of the explanations beyond the map itself: causal check, attention ledger, strip of layer maps."""

from __future__ import annotations

import cv2
import numpy as np

from agent.attention import CLASSES
from agent.types import Attention, CausalCheck, Picture, Saliency
from viz.blend import ALPHA_MAX, blend_into
from viz.cards import short
from viz.colors import BRIGHT, GLASS, MUTED, WARNING, Color
from viz.history import History
from viz.layout import Box
from viz.palettes import Palette
from viz.pen import Pen
from viz.text import shortened, width_px

CLASS_COLORS: dict[str, Color] = {
    "road line": (157, 234, 50),
    "road": (128, 90, 150),
    "sidewalk": (244, 90, 232),
    "vehicle": (80, 120, 255),
    "person": (230, 40, 70),
    "sign": (240, 220, 40),
    "building": (140, 140, 140),
    "vegetation": (90, 150, 50),
    "terrain": (180, 160, 110),
    "sky": (110, 190, 245),
    "other": (60, 70, 90),
}
"""Near the colours of CARLA's own palette, told apart on dark glass."""


def check_card(pen: Pen, check: CausalCheck) -> None:
    """What hiding the hottest region did to the steering, beside hiding as much elsewhere."""
    card = pen.layout.check
    pen.glass(card)
    change, control = check.hidden - check.steer, check.elsewhere - check.steer
    matters = abs(change) > 2.0 * abs(control)
    if pen.layout.compact:
        pen.text(f"hidden {_signed(change)}", card, (12, 36), 20, BRIGHT if matters else WARNING)
        return
    pen.text(f"hottest {check.share:.0%} hidden", card, (16, 24), 15.5, MUTED)
    pen.text(f"steer {_signed(change)}", card, (16, 46), 17, BRIGHT if matters else WARNING)
    wide = card.width / pen.layout.unit_px
    pen.text("elsewhere, at most", card, (wide - 16, 24), 15.5, MUTED, align=1.0)
    pen.text(_signed(control), card, (wide - 16, 46), 17, MUTED, align=1.0)


def _signed(change: float) -> str:
    side = "" if abs(change) < 0.0005 else (" R" if change > 0 else " L")
    return f"{abs(change):.3f}{side}"


def attention_card(pen: Pen, seen: Attention) -> None:
    """Three bars: shares of the map by class, of an edge filter, of the pixels."""
    card, unit = pen.layout.attention, pen.layout.unit_px
    pen.glass(card)
    rows = (("map", seen.saliency, 15.0), ("edges", seen.sobel, 10.0), ("pixels", seen.pixels, 10.0))
    size = 13.0
    label = pen.px(58)
    bar = Box(card.left + label, 0, card.width - label - pen.px(12), 0)
    for number, (name, shares, height) in enumerate(rows):
        middle = 11.0 + 17.0 * number  # a pitch that even the smallest letters fit into
        box = Box(bar.left, card.top + pen.px(middle - height / 2), bar.width, max(2, pen.px(height)))
        pen.text(name, card, (10, middle + 4.5), size, MUTED)
        _stacked(pen, box, shares, named=name == "map" and unit > 0.5)


def _stacked(pen: Pen, box: Box, shares: tuple[float, ...], *, named: bool) -> None:
    ends = np.rint(np.cumsum((0.0, *shares)) * box.width).astype(int)
    letters = max(9, pen.px(13))
    for number, kind in enumerate(CLASSES):
        part = Box(box.left + int(ends[number]), box.top, int(ends[number + 1] - ends[number]), box.height)
        pen.canvas.fill(part, CLASS_COLORS[kind])
        words = f"{kind} {shares[number]:.0%}"
        if named and width_px(words, letters) < part.width - 6:
            color = GLASS if sum(CLASS_COLORS[kind]) > 380 else BRIGHT
            pen.canvas.text(words, (part.left + 4, part.bottom - 0.28 * box.height), letters, color)


def panel_strip(pen: Pen, image: Picture, saliency: Saliency, history: History, palette: Palette) -> int:
    """The maps of all layers side by side, each on what the network saw and on a running scale of its own.

    Args:
        pen: drawn with.
        image: of the explained frame, RGB uint8 (H, W, 3).
        saliency: with panels.
        history: knows the scales.
        palette: of the maps.

    Returns:
        Upper edge of the strip [px].
    """
    most, gap = pen.layout.panels, pen.px(6)
    count, place = len(saliency.panels), saliency.placement
    room = (most.width - gap * (count + 1)) // count
    height = max(4, min(most.height - pen.px(30), round(room * place.height_px / place.width_px)))
    width = max(8, round(height * place.width_px / place.height_px))
    strip = Box(most.left, most.bottom - height - pen.px(30), most.width, height + pen.px(30))
    pen.canvas.glass(strip, 0)
    band = image[place.top_px : place.top_px + place.height_px, place.left_px : place.left_px + place.width_px]
    view = cv2.resize(band, (width, height), interpolation=cv2.INTER_AREA)
    left = strip.left + (strip.width - count * (width + gap) + gap) // 2
    letters = max(9, pen.px(14))
    for panel in saliency.panels:
        tile: Picture = view.copy()
        whole = type(place)(0, 0, height, width)
        alone = Saliency(saliency.frame_index, "", panel.layer, panel.map, whole, panel.peak, 0.0)
        scale = history.panel_scales[panel.layer].value
        blend_into(tile, alone, scale, alpha_max=ALPHA_MAX, palette=palette)
        top = strip.top + pen.px(24)
        pen.canvas.picture[top : top + height, left : left + width] = tile
        words = f"{panel.layer} {short(panel.peak)}" if panel.peak > 0.0 else f"{panel.layer} no gradient"
        words = shortened(words, letters, width)
        pen.canvas.text(words, (left, strip.top + pen.px(18)), letters, BRIGHT if panel.peak > 0.0 else WARNING)
        left += width + gap
    return strip.top
