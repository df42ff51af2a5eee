"""Gauges: what they show is where it should be."""

from __future__ import annotations

import numpy as np
import pytest

from viz import gauges
from viz.canvas import Canvas, Point, painted
from viz.colors import BRAKE, STEERING
from viz.layout import Box, lay_out
from viz.palettes import EMBER, color_table


def black(width: int = 200, height: int = 200) -> Canvas:
    return Canvas(np.zeros((height, width, 3), np.uint8))


def where(canvas: Canvas, color: tuple[int, int, int]) -> np.ndarray:
    return (canvas.picture == np.array(color, np.uint8)).all(axis=2)


def wheel(steer: float) -> Canvas:
    canvas = black(201, 201)
    gauges.steering_wheel(canvas, (100.0, 100.0), 80.0, steer)
    return canvas


def test_steering_right_shows_on_the_right() -> None:
    for steer in (0.05, 0.2, 1.0):
        _, columns = np.nonzero(where(wheel(steer), STEERING))
        assert columns.mean() > 105
        _, columns = np.nonzero(where(wheel(-steer), STEERING))
        assert columns.mean() < 95


def test_left_is_the_mirror_of_right() -> None:
    right, left = wheel(0.1).picture.astype(int), wheel(-0.1).picture[:, ::-1].astype(int)
    assert np.abs(right - left).mean() < 0.5


def test_the_arc_grows_with_the_steering_and_stops_at_its_end() -> None:
    counts = [int(where(wheel(steer), STEERING).sum()) for steer in (0.0, 0.05, 0.1, 0.3, 0.4, 1.0)]
    assert counts[0] < counts[1] < counts[2] < counts[3]
    assert counts[4] == counts[5]


@pytest.mark.parametrize("pressed", [0.0, 0.25, 0.5, 1.0])
def test_a_pedal_fills_from_below(pressed: float) -> None:
    canvas, box = black(), Box(80, 40, 14, 114)
    gauges.pedal(canvas, box, pressed, BRAKE)
    rows, _ = np.nonzero(where(canvas, BRAKE))
    if pressed == 0.0:
        assert rows.size == 0
        return
    assert rows.max() == pytest.approx(box.bottom - 1, abs=2)
    assert rows.min() == pytest.approx(box.bottom - 14 - 100 * pressed, abs=3)


@pytest.mark.parametrize("value", [-5.0, -0.1, 0.0, 0.05, 0.1, 5.0])
def test_a_trend_stays_in_its_box_with_right_on_top(value: float) -> None:
    canvas, box = black(), Box(20, 50, 150, 100)
    points = np.array([(1.0, value), (0.5, value), (0.0, value)])
    gauges.trend(canvas, box, points, full=0.1, color=STEERING, thick_px=1.0)
    rows, columns = np.nonzero(canvas.picture.max(axis=2) > 60)
    wanted = 100 - 50 * max(-1.0, min(1.0, value / 0.1))
    assert np.median(rows) == pytest.approx(wanted, abs=1.5)
    assert columns.min() == pytest.approx(20, abs=2)
    assert columns.max() == pytest.approx(169, abs=3)


@pytest.mark.parametrize("points", [[], [(0.0, 0.05)]])
def test_a_trend_of_too_few_points_is_empty(points: list[tuple[float, float]]) -> None:
    canvas = black()
    gauges.trend(canvas, Box(20, 50, 150, 100), np.reshape(points, (-1, 2)), full=0.1, color=STEERING, thick_px=1.0)
    assert not canvas.picture.any()


def test_full_scale_is_the_first_that_holds_all() -> None:
    steps = (0.1, 0.2, 0.5, 1.0)
    for values, wanted in (([], 0.1), ([0.1], 0.1), ([0.05, -0.11], 0.2), ([0.7], 1.0), ([3.0], 1.0)):
        assert gauges.full_scale(np.array(values), steps) == wanted


@pytest.mark.parametrize(("mark", "column"), [(0.0, 20), (0.5, 95), (1.0, 169), (7.0, 169)])
def test_the_legend_runs_from_nothing_to_the_scale(mark: float, column: int) -> None:
    canvas, box = black(), Box(20, 50, 150, 16)
    gauges.legend(canvas, box, EMBER)
    assert np.abs(canvas.picture[58, 20].astype(int) - color_table(EMBER)[0]).max() < 8
    assert np.abs(canvas.picture[58, 169].astype(int) - color_table(EMBER)[255]).max() < 8
    gauges.legend_mark(canvas, box, mark)
    assert (canvas.picture[58, column] > 240).all()


def test_nothing_is_drawn_beyond_the_picture() -> None:
    canvas = black(20, 20)
    everywhere: list[Point] = [(-50.0, -50.0), (80.0, 90.0)]
    canvas.line(everywhere, STEERING, 3)
    canvas.glass(Box(-10, -10, 100, 100), 8)
    canvas.glass(Box(40, 40, 10, 10), 8)
    canvas.text("far away", (-100.0, 500.0), 12, STEERING)
    canvas.frame(Box(-5, -5, 100, 100), STEERING, 2, 0.5)
    gauges.legend(canvas, Box(5, 5, 0, 0), EMBER)
    gauges.legend_mark(canvas, Box(5, 5, 0, 0), 0.5)
    assert canvas.picture.shape == (20, 20, 3)


def test_a_layer_lays_down_what_was_painted() -> None:
    """Painted once on black and white, it does to any picture what the drawing itself does, to a rounding."""
    ground = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    box = Box(10, 5, 70, 50)

    def paint(canvas: Canvas) -> None:
        canvas.glass(box, 9, tint=BRAKE)
        canvas.text("8.4e-4", (14.0, 30.0), 13, STEERING)
        canvas.arc((50.0, 30.0), 15, (-150, 150), BRAKE, 3)

    drawn, laid = Canvas(ground.copy()), Canvas(ground.copy())
    paint(drawn)
    laid.lay(painted(box, paint, frosted=True), (box.left, box.top))
    assert np.abs(drawn.picture.astype(int) - laid.picture).max() <= 6
    laid.lay(painted(box, paint, frosted=False), (70, -20))  # cut off where the picture ends
    untouched = np.s_[30:, 81:]
    assert np.array_equal(laid.picture[untouched], ground[untouched])


def test_words_kept_as_a_layer_look_as_drawn_letter_by_letter() -> None:
    ground = np.random.default_rng(1).integers(0, 256, (40, 160, 3), dtype=np.uint8)
    drawn, kept = Canvas(ground.copy()), Canvas(ground.copy())
    for left in (8.0, -20.0, 120.0):
        width = drawn.text("AV 1.2e-3", (left, 28.0), 15, STEERING)
        assert kept.text("AV 1.2e-3", (left, 28.0), 15, STEERING, lasting=True) == width
    assert np.abs(drawn.picture.astype(int) - kept.picture).max() <= 4
    assert not np.array_equal(drawn.picture, ground)


@pytest.mark.parametrize(
    "size", [(1920, 1080), (1280, 720), (853, 479), (800, 600), (640, 360), (320, 180), (360, 640)]
)
def test_cards_neither_overlap_nor_leave_the_picture(size: tuple[int, int]) -> None:
    layout = lay_out(*size)
    cards = [card for card in (layout.driving, layout.saliency, layout.trend, layout.status) if card is not None]
    covered = np.zeros(size[::-1], int)
    for card in cards:
        assert 0 <= card.left < card.right <= size[0]
        assert 0 <= card.top < card.bottom <= size[1]
        covered[card.top : card.bottom, card.left : card.right] += 1
    assert covered.max() == 1
