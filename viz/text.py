"""Letters: the one font that pygame ships, rendered once per text, size and colour."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pygame
import pygame.font

from viz.colors import Color

_FONT = str(Path(pygame.__file__).parent / pygame.font.get_default_font())  # no system font: same picture everywhere
SMALLEST_PX = 9
"""Below this nobody reads it."""


_OVERSAMPLING = 4  # rendered small, the letters are pushed to whole pixels and their spacing falls apart


LONGEST = 160
"""Letters of a line; names may come from a stranger's file."""


def printable(text: str) -> str:
    """The text as one line that can be rendered."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST])


@lru_cache(maxsize=64)
def _font(size_px: int) -> pygame.font.Font:
    pygame.font.init()
    return pygame.font.Font(_FONT, _OVERSAMPLING * max(SMALLEST_PX, size_px))


@lru_cache(maxsize=1024)
def lettering(text: str, size_px: int, color: Color) -> pygame.Surface:
    """The text at an em size, transparent around the letters; needs no display."""
    large = _font(size_px).render(printable(text) or " ", True, color)  # scaling an empty surface kills the process
    width, height = large.get_size()
    return pygame.transform.smoothscale(large, (max(1, -(-width // _OVERSAMPLING)), -(-height // _OVERSAMPLING)))


@lru_cache(maxsize=64)
def ascent_px(size_px: int) -> int:
    """From the top of a lettering down to its baseline."""
    return round(_font(size_px).get_ascent() / _OVERSAMPLING)


def width_px(text: str, size_px: int) -> int:
    """Width of a text."""
    return -(-int(_font(size_px).size(printable(text))[0]) // _OVERSAMPLING)


@lru_cache(maxsize=256)
def shortened(text: str, size_px: int, room_px: int) -> str:
    """The text, or its beginning and an ellipsis, that fits the room; empty where nothing fits."""
    text = printable(text)
    if width_px(text, size_px) <= room_px:
        return text
    for length in range(len(text) - 1, 0, -1):
        shorter = text[:length].rstrip() + "…"
        if width_px(shorter, size_px) <= room_px:
            return shorter
    return ""
