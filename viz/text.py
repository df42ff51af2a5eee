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


Glyphs = tuple[tuple[pygame.Surface, int], ...]
"""Letters, transparent around them, and how far each lies from the start of the line [px]."""


@lru_cache(maxsize=1024)
def lettering(text: str, size_px: int, color: Color) -> tuple[Glyphs, int]:
    """The letters of a line at an em size, and its width [px]; needs no display.

    Every letter is rendered once for each quarter of a pixel it may start at: numbers that change with every picture
    are put together from what is there.
    """
    glyphs, at = [], 0
    text = printable(text)
    for letter, following in zip(text, text[1:] + " ", strict=False):
        glyphs.append((_glyph(letter, size_px, color, at % _OVERSAMPLING), at // _OVERSAMPLING))
        at += _advance(letter, following, size_px)
    return tuple(glyphs), -(-at // _OVERSAMPLING)


@lru_cache(maxsize=4096)
def _glyph(letter: str, size_px: int, color: Color, phase: int) -> pygame.Surface:
    """A letter that starts `phase` oversampled pixels to the right of a whole pixel."""
    large = _font(size_px).render(letter, True, color)
    width, height = (-(-side // _OVERSAMPLING) for side in (large.get_width() + phase, large.get_height()))
    whole = pygame.Surface((_OVERSAMPLING * width, _OVERSAMPLING * height), pygame.SRCALPHA)
    whole.fill((*color, 0))  # the rim of a letter is mixed with what is around it
    whole.blit(large, (phase, 0), special_flags=pygame.BLEND_RGBA_MAX)
    return pygame.transform.smoothscale(whole, (width, height))


@lru_cache(maxsize=4096)
def _advance(letter: str, following: str, size_px: int) -> int:
    """From a letter to the one that follows, kerned [oversampled px]."""
    font = _font(size_px)
    return int(font.size(letter + following)[0] - font.size(following)[0])


@lru_cache(maxsize=64)
def ascent_px(size_px: int) -> int:
    """From the top of a lettering down to its baseline."""
    return round(_font(size_px).get_ascent() / _OVERSAMPLING)


@lru_cache(maxsize=1024)
def width_px(text: str, size_px: int) -> int:
    """Width of a text."""
    text = printable(text)
    return -(-sum(_advance(*pair, size_px) for pair in zip(text, text[1:] + " ", strict=False)) // _OVERSAMPLING)


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
