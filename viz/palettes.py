"""Palettes of the saliency: intensity -> colour and opacity, as tables of 256 rows; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from agent.types import UInt8, read_only
from viz.colors import Color

KNEE = 0.14
"""Intensities below this share of the scale stay invisible: a gradient is never quite zero, and the road matters."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours from nothing to most, darkest first so that the order survives in greyscale.

    Attributes:
        name: shown to the person.
        stops: RGB at equal steps of intensity.
    """

    name: str
    stops: tuple[Color, ...]


EMBER = Palette(
    "ember", ((92, 10, 110), (196, 20, 120), (250, 62, 72), (255, 140, 30), (255, 214, 64), (255, 250, 190))
)
LAGOON = Palette(
    "lagoon", ((20, 20, 130), (20, 70, 200), (0, 140, 230), (20, 205, 225), (130, 245, 205), (235, 255, 225))
)
LEFT = Palette("left", ((10, 40, 120), (20, 90, 220), (60, 150, 255), (150, 215, 255)))
RIGHT = Palette("right", ((120, 40, 0), (225, 90, 0), (255, 150, 40), (255, 225, 140)))
"""The two colours of a signed map: what pushes left, what pushes right; apart for the colour-blind, too."""
SNOW = Palette("snow", ((150, 160, 175), (200, 210, 222), (235, 240, 248), (255, 255, 255)))
"""Lighter than any road: grey on grey would not be seen."""
PALETTES = (EMBER, LAGOON, SNOW)


def next_palette(palette: Palette) -> Palette:
    """The one after, round and round."""
    return PALETTES[(PALETTES.index(palette) + 1) % len(PALETTES)]


@lru_cache(maxsize=16)
def color_table(palette: Palette) -> UInt8:
    """RGB of every intensity, uint8 (256, 3), read-only; row 255 is the whole scale."""
    stops = np.asarray(palette.stops, np.float64)
    at = np.linspace(0.0, len(stops) - 1.0, 256)
    table = np.stack([np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)], axis=1)
    made: UInt8 = np.rint(table).astype(np.uint8)
    read_only(made)
    return made


@lru_cache(maxsize=1)
def signed_color_table() -> UInt8:
    """RGB of signed intensities, uint8 (256, 3), read-only: 0 all left, 128 nothing, 255 all right."""
    made: UInt8 = _both_ways(color_table(LEFT), color_table(RIGHT))
    read_only(made)
    return made


@lru_cache(maxsize=16)
def signed_alpha_table(alpha_max: float) -> UInt8:
    """Opacity of signed intensities, uint8 (256,), read-only; see `alpha_table`."""
    made: UInt8 = _both_ways(alpha_table(alpha_max), alpha_table(alpha_max))
    read_only(made)
    return made


def _both_ways(left: UInt8, right: UInt8) -> UInt8:
    """Two tables over magnitude as one over [-1, 1]."""
    steps = np.arange(1, 128) * 255 // 127
    return np.concatenate([left[steps[::-1]], left[:1], right[:1], right[steps]])


@lru_cache(maxsize=16)
def alpha_table(alpha_max: float) -> UInt8:
    """Opacity of every intensity, uint8 (256,), 255 opaque, never above `alpha_max`; read-only.

    Rises from 0 at the knee, steeply at first: the eye needs the faint parts lifted, the hot ones are seen anyway.

    Raises:
        ValueError: `alpha_max` outside [0, 1].
    """
    if not 0.0 <= alpha_max <= 1.0:
        raise ValueError(f"alpha_max is {alpha_max}, wanted a number in [0, 1]")
    intensity = np.arange(256) / 255.0
    above = np.clip((intensity - KNEE) / (1.0 - KNEE), 0.0, 1.0)
    made: UInt8 = np.floor(255.0 * alpha_max * above**0.65).astype(np.uint8)
    read_only(made)
    return made
