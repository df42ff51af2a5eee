"""The figure sheet of a picture: the picture, activations as a mosaic, and every layer's saliency blended twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import cv2
import numpy as np

from agent.pictures import Fitted
from agent.saliency.figure import Figure
from agent.types import Float32, LayerMap, Picture, Placement, Saliency
from viz.blend import overlay
from viz.cards import short
from viz.sheet import Plate, sheet

ENLARGED = 2
"""Network pixels are drawn this many times as large."""
ARTICLE_ALPHA = 0.6


def figure_sheet(
    fitted: Fitted, seen: Picture, figure: Figure, *, layer: str, scales: Mapping[str, float], title: str, about: str
) -> Picture:
    """RGB uint8 (H, W, 3).

    Args:
        fitted: the picture.
        seen: what the network saw, RGB uint8 (h, w, 3).
        figure: what it made of it.
        layer: of the activations.
        scales: by layer, the raw value drawn hottest; the same for all sheets of one call.
        title: of the page.
        about: how the maps came about.
    """
    size = (seen.shape[1] * ENLARGED, seen.shape[0] * ENLARGED)
    large = cast(Picture, cv2.resize(seen, size, interpolation=cv2.INTER_CUBIC))
    side = f"{abs(figure.steer):.3f} {'right' if figure.steer > 0 else 'left'}"
    rows = [
        [Plate(_as_tall(fitted.picture, size), "the image"), Plate(large, "what the network sees", f"steer {side}")],
        [Plate(mosaic(figure.activations, 2 * size[0] + 14), f"activations of {layer}", "each to its own maximum")],
    ]
    for each in figure.maps:
        words = f"peak {short(each.peak)}" if each.peak > 0.0 else "no gradient"
        hud = _as_the_hud(large, each, scales[each.layer])
        rows.append(
            [Plate(_as_the_article(large, each), each.layer, "heat map, alpha 0.6"), Plate(hud, "as the HUD", words)]
        )
    return sheet(title, [about, fitted.how], rows)


def mosaic(activations: Float32, width_px: int) -> Picture:
    """Channels side by side in grey, black at 0 or below, white at each channel's maximum; dead ones are dark blue."""
    rows, columns, channels = activations.shape
    scale = max(1, min(6, width_px // (4 * columns)))
    across = max(1, (width_px + 2) // (columns * scale + 2))
    down = -(-channels // across)
    page = np.full((down * (rows * scale + 2) - 2, min(channels, across) * (columns * scale + 2) - 2, 3), 255, np.uint8)
    for channel in range(channels):
        most = float(activations[..., channel].max())
        grey = np.clip(activations[..., channel] / most, 0.0, 1.0) * 255.0 if most > 0.0 else np.zeros((rows, columns))
        tile = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
        if most <= 0.0:
            tile[:] = (20, 26, 60)
        tile = tile.repeat(scale, axis=0).repeat(scale, axis=1)
        top, left = (channel // across) * (rows * scale + 2), (channel % across) * (columns * scale + 2)
        page[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return page


def _as_the_article(picture: Picture, layer: LayerMap) -> Picture:
    """A jet heat map over the picture, everywhere at the same opacity."""
    grey = np.rint(np.clip(layer.map, 0.0, 1.0) * 255.0).astype(np.uint8)
    large = cv2.resize(grey, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    heat = cv2.cvtColor(cv2.applyColorMap(large, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)
    return cast(Picture, cv2.addWeighted(heat, ARTICLE_ALPHA, picture, 1.0 - ARTICLE_ALPHA, 0.0))


def _as_the_hud(picture: Picture, layer: LayerMap, scale: float) -> Picture:
    whole = Placement(0, 0, picture.shape[0], picture.shape[1])
    return overlay(picture, Saliency(0, "", layer.layer, layer.map, whole, layer.peak, 0.0), scale)


def _as_tall(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture within (width, height)."""
    scale = min(size[0] / picture.shape[1], size[1] / picture.shape[0])
    small = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return cast(Picture, cv2.resize(picture, small, interpolation=cv2.INTER_AREA))
