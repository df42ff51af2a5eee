"""Blending: the glow lies on the pixels that were looked at, never hides them, and keeps its scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agent.types import Placement, Saliency
from viz.blend import RunningScale, overlay
from viz.palettes import EMBER, PALETTES, color_table

GREY = np.full((360, 640, 3), 110, np.uint8)


def saliency_of(values: np.ndarray, place: Placement, *, peak: float = 1e-3, frame_index: int = 1) -> Saliency:
    return Saliency(frame_index, "gradient", "steering", values.astype(np.float32), place, peak, 0.0)


def one_pixel(row: int, column: int, shape: tuple[int, int] = (66, 200)) -> np.ndarray:
    values = np.zeros(shape, np.float32)
    values[row, column] = 1.0
    return values


def change(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return np.abs(after.astype(int) - before).sum(axis=2)


@pytest.mark.parametrize(
    "place",
    [
        Placement(110, 0, 211, 640),
        Placement(0, 0, 360, 640),
        Placement(37, 51, 143, 401),
        Placement(200, 300, 66, 200),
        Placement(100, 100, 40, 90),
    ],
    ids=str,
)
@pytest.mark.parametrize(("row", "column"), [(5, 7), (33, 100), (58, 190), (20, 151)])
def test_one_pixel_lands_on_its_camera_pixels(place: Placement, row: int, column: int) -> None:
    glow = change(GREY, overlay(GREY, saliency_of(one_pixel(row, column), place), 1e-3))
    rows, columns = np.mgrid[0:360, 0:640]
    y, x = (float((axis * glow).sum() / glow.sum()) for axis in (rows, columns))
    assert y == pytest.approx(place.top_px + (row + 0.5) * place.height_px / 66 - 0.5, abs=1.0)
    assert x == pytest.approx(place.left_px + (column + 0.5) * place.width_px / 200 - 0.5, abs=1.0)


def test_nothing_outside_the_placement_changes() -> None:
    place = Placement(50, 60, 100, 200)
    glow = change(GREY, overlay(GREY, saliency_of(np.ones((66, 200)), place), 1e-3))
    assert (glow[50:150, 60:260] > 0).all()
    glow[50:150, 60:260] = 0
    assert not glow.any()


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
@pytest.mark.parametrize("alpha_max", [0.2, 0.72])
def test_the_road_shines_through(palette, alpha_max: float) -> None:
    """Two pixels that differ stay different by 1 - alpha_max at least, however hot the map."""
    stripes = np.zeros((90, 160, 3), np.uint8)
    stripes[:, ::2] = 255
    hot = saliency_of(np.ones((66, 200)), Placement(0, 0, 90, 160), peak=1.0)
    seen = overlay(stripes, hot, 1e-9, alpha_max=alpha_max, palette=palette).astype(int)
    assert (np.abs(np.diff(seen, axis=1)) >= 255 * (1 - alpha_max) - 2).all()


@pytest.mark.parametrize("level", [0, 255])
def test_colours_saturate_and_never_wrap(level: int) -> None:
    """On black and on white, every channel lies between the picture and the palette."""
    ramp = np.tile(np.linspace(0, 1, 200, dtype=np.float32), (66, 1))
    image = np.full((66, 200, 3), level, np.uint8)
    seen = overlay(image, saliency_of(ramp, Placement(0, 0, 66, 200)), 1e-3, alpha_max=1.0).astype(int)
    table = color_table(EMBER).astype(int)
    assert (np.abs(seen[33, 199] - table[255]) <= 2).all()
    assert (seen[:, 0] == level).all()
    assert (seen >= min(level, table.min()) - 1).all()
    if level == 0:
        assert (np.diff(seen[33, :, 0]) > -8).all()  # red only rises in this palette


def test_hotter_means_a_stronger_glow() -> None:
    place = Placement(0, 0, 360, 640)
    glows = [
        change(GREY, overlay(GREY, saliency_of(np.ones((66, 200)), place, peak=peak), 1.0)).mean()
        for peak in (0.1, 0.2, 0.4, 9.0)
    ]
    assert glows[0] == 0.0  # below the knee
    assert 0.0 < glows[1] < glows[3]
    assert 0.0 < glows[2] < glows[3]


@pytest.mark.parametrize("peak", [0.0, -1.0, float("nan"), float("inf")])
def test_no_gradient_no_glow(peak: float) -> None:
    place = Placement(0, 0, 360, 640)
    assert np.array_equal(overlay(GREY, saliency_of(np.ones((66, 200)), place, peak=peak), 1e-3), GREY)


@pytest.mark.parametrize("scale", [0.0, float("nan"), float("inf")])
def test_no_scale_no_glow(scale: float) -> None:
    assert np.array_equal(overlay(GREY, saliency_of(np.ones((66, 200)), Placement(0, 0, 360, 640)), scale), GREY)


def test_a_broken_pixel_stays_dark() -> None:
    values = one_pixel(33, 100)
    values[10, 10] = np.nan
    place = Placement(0, 0, 330, 600)
    glow = change(GREY, overlay(GREY, saliency_of(values, place), 1e-3))
    assert glow[165, 301] > 0
    assert not glow[40:65, 20:45].any()


def test_the_image_stays_as_it_was() -> None:
    image = GREY.copy()
    image.flags.writeable = False
    seen = overlay(image, saliency_of(np.ones((66, 200)), Placement(0, 0, 360, 640)), 1e-3)
    assert (image == 110).all()
    assert seen.dtype == np.uint8
    assert seen.shape == image.shape
    assert seen.flags.writeable


@pytest.mark.parametrize(
    "place", [Placement(-1, 0, 10, 10), Placement(355, 0, 10, 10), Placement(0, 635, 10, 10), Placement(0, 0, 0, 10)]
)
def test_refuses_a_placement_outside(place: Placement) -> None:
    with pytest.raises(ValueError, match="does not lie in a picture of 640x360"):
        overlay(GREY, saliency_of(np.ones((66, 200)), place), 1e-3)


def scale_after(peaks: list[float], step_s: float = 0.05) -> float:
    scale, base = RunningScale(), saliency_of(np.ones((66, 200)), Placement(0, 0, 66, 200))
    for number, peak in enumerate(peaks):
        scale.update(replace(base, peak=peak), number * step_s)
    return scale.value


def test_scale_starts_at_the_first_peak() -> None:
    assert scale_after([0.0, float("nan"), 3e-4]) == 3e-4


def test_scale_ignores_maps_without_gradient() -> None:
    assert scale_after([3e-4, 0.0, float("inf"), float("nan")]) == 3e-4


def test_one_weak_map_stays_weak() -> None:
    """Not scaled to itself: a map of a hundredth of the usual strength is shown at about a hundredth."""
    assert scale_after([1e-3] * 20 + [1e-5]) > 0.9e-3


def test_scale_reaches_a_lasting_change_within_seconds() -> None:
    assert scale_after([1e-3] + [1e-2] * 100) == pytest.approx(1e-2, rel=0.05)  # 5 s up
    assert scale_after([1e-2] + [1e-3] * 400) == pytest.approx(1e-3, rel=0.05)  # 20 s down


def test_scale_follows_time_not_the_number_of_maps() -> None:
    assert scale_after([1e-3] + [4e-3] * 20, 0.05) == pytest.approx(scale_after([1e-3] + [4e-3] * 5, 0.2))
