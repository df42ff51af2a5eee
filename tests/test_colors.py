"""Colours: palettes keep their order in greyscale, letters are readable on the glass."""

from __future__ import annotations

import numpy as np
import pytest

from viz import colors
from viz.canvas import Canvas
from viz.layout import Box
from viz.palettes import PALETTES, Palette, alpha_table, color_table, next_palette


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours (WCAG 2.1), [0, 1]."""
    share = np.asarray(rgb, np.float64) / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
def test_more_is_never_darker(palette: Palette) -> None:
    light = luminance(color_table(palette))
    assert (np.diff(light) > -0.002).all()  # whole numbers of RGB step a little
    assert light[255] > light[0] + 0.5


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
def test_ends_are_the_stops(palette: Palette) -> None:
    table = color_table(palette)
    assert tuple(table[0]) == palette.stops[0]
    assert tuple(table[255]) == palette.stops[-1]


@pytest.mark.parametrize("alpha_max", [0.0, 0.3, 0.72, 1.0])
def test_opacity_rises_from_nothing_to_the_bound(alpha_max: float) -> None:
    alpha = alpha_table(alpha_max).astype(int)
    assert alpha[0] == 0
    assert (np.diff(alpha) >= 0).all()
    assert alpha[255] == int(255 * alpha_max)


@pytest.mark.parametrize("alpha_max", [-0.1, 1.1, float("nan")])
def test_refuses_an_opacity_that_is_none(alpha_max: float) -> None:
    with pytest.raises(ValueError, match="alpha_max"):
        alpha_table(alpha_max)


def test_next_palette_comes_round() -> None:
    seen = [PALETTES[0]]
    while (following := next_palette(seen[-1])) is not PALETTES[0]:
        seen.append(following)
    assert seen == list(PALETTES)


@pytest.mark.parametrize("behind", [0, 128, 255])
@pytest.mark.parametrize(("ink", "wanted"), [(colors.BRIGHT, 4.5), (colors.MUTED, 3.0), (colors.STEERING, 3.0)])
def test_letters_read_on_glass_over_anything(behind: int, ink: colors.Color, wanted: float) -> None:
    canvas = Canvas(np.full((100, 200, 3), behind, np.uint8))
    canvas.glass(Box(0, 0, 200, 100), 0)
    paper = luminance(canvas.picture[50, 100])
    assert (luminance(np.array(ink)) + 0.05) / (paper + 0.05) > wanted
