"""The HUD: the same steps give the same pictures, it says what is so, and leaves the road free."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.preprocess import Preprocessing
from agent.types import Control, Picture, Placement, RunCard, Saliency, Step
from tests.fakes import make_frame, make_saliency
from viz.blend import ALPHA_MAX, overlay
from viz.canvas import Canvas
from viz.fit import fit, letterbox
from viz.history import History
from viz.hud import NOTICE_STEPS, Hud
from viz.palettes import LAGOON
from viz.text import ascent_px, lettering

CARD = RunCard("loop", "pilotnet", "0" * 64, "gradient", "steering", 1, 0.05, 7)
SIZE = (640, 360)
GREY = np.full((360, 640, 3), 100, np.uint8)


def make_step(index: int = 1, *, size: tuple[int, int] = SIZE, every: int = 1, peak: float = 0.01, **kw) -> Step:
    frame = make_frame(index, width=size[0], height=size[1], **kw)
    explained = make_frame(1 + (index - 1) // every * every, width=size[0], height=size[1])
    control = Control(float(np.sin(index * 0.1)) * 0.2, 0.4, 0.1)
    return Step(frame, control, make_saliency(explained, peak=peak))


def on_grey(step: Step) -> Step:
    return replace(step, frame=replace(step.frame, image=GREY))


def digest_of_a_drive() -> str:
    hud, digest = Hud(*SIZE, CARD), hashlib.sha256()
    for index in range(1, 40):
        invaded = ("Solid",) if index == 20 else ()
        step = make_step(
            index, every=3, peak=0.01 + 0.001 * index, collision_ns=800.0 * (index == 25), invaded_lanes=invaded
        )
        digest.update(hud.draw(step).tobytes())
    return digest.hexdigest()


def says(picture: Picture, words: str, size_px: int) -> float:
    """How well the words, in any colour, are found in the picture: 1 when they are there, letter for letter."""
    glyphs, width = lettering(words, size_px, (255, 255, 255))
    ink = np.zeros((max(glyph.get_height() for glyph, _ in glyphs), width + size_px, 3), np.uint8)
    Canvas(ink).text(words, (0, ascent_px(size_px)), size_px, (255, 255, 255))
    ink = ink[..., 0]
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    light = picture.max(axis=2)  # coloured letters on dark glass
    return float(cv2.matchTemplate(light, np.ascontiguousarray(ink), cv2.TM_CCOEFF_NORMED).max())


FOUND = 0.995
"""One wrong digit in a line scores 0.99 at best."""


def size_in(unit_size: float, height: int = 720) -> int:
    return round(unit_size * height / 720)


@pytest.fixture
def hd() -> Iterator[tuple[Hud, Step]]:
    """A HUD of 1280x720, where a unit is a pixel, and a step on plain grey."""
    step = make_step(5, size=(1280, 720))
    yield Hud(1280, 720, CARD), replace(step, frame=replace(step.frame, image=np.full((720, 1280, 3), 100, np.uint8)))


def test_same_steps_same_bytes_here_and_in_another_process() -> None:
    mine = digest_of_a_drive()
    assert digest_of_a_drive() == mine
    command = [sys.executable, "-c", "from tests.test_hud import digest_of_a_drive as d; print(d())"]
    root = Path(__file__).parent.parent
    other = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=120, env={"PATH": ""})
    assert other.stdout.split()[-1] == mine


def test_drawing_opens_no_display_and_says_nothing() -> None:
    program = (
        "from viz.hud import Hud; from tests.fakes import make_frame\n"
        "from agent.types import FULL_STOP, RunCard, Step\n"
        "Hud(64, 64, RunCard('m', 'n', '', 'off', '', 1, 0.05, 0)).draw(Step(make_frame(), FULL_STOP, None))\n"
        "import pygame; print(pygame.display.get_init())"
    )
    command, root = [sys.executable, "-c", program], Path(__file__).parent.parent
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=120, env={"PATH": ""})
    assert ran.stdout == "False\n"  # no greeting of pygame's


@pytest.mark.parametrize(
    "size", [(1920, 1080), (1280, 720), (853, 479), (800, 600), (641, 361), (320, 180), (360, 640), (64, 64), (16, 16)]
)
def test_any_size(size: tuple[int, int]) -> None:
    hud = Hud(*size, CARD)
    hud.help = hud.paused = True
    hud.notice = "a notice that is far too long for a picture of a small size, so it is cut"
    for index in (1, 2, 3):
        picture = hud.draw(make_step(index, collision_ns=5.0, invaded_lanes=("Solid", "Broken")))
    assert picture.shape == (size[1], size[0], 3)
    assert picture.dtype == np.uint8


def test_refuses_a_size_too_small() -> None:
    with pytest.raises(ValueError, match="15x300"):
        Hud(15, 300, CARD)


def test_hidden_it_is_the_overlay_and_nothing_else() -> None:
    hud, step = Hud(*SIZE, CARD), make_step()
    hud.visible = False
    assert step.saliency is not None
    glowing = overlay(step.frame.image, step.saliency, step.saliency.peak, alpha_max=ALPHA_MAX)
    assert np.array_equal(hud.draw(step), glowing)
    hud.palette = LAGOON
    assert not np.array_equal(hud.draw(step), glowing)
    hud.overlay = False
    assert np.array_equal(hud.draw(step), step.frame.image)


@pytest.mark.parametrize("seed", range(60))
def test_a_pixel_of_any_network_glows_on_its_camera_pixels_in_any_picture(seed: int) -> None:
    """Any camera, crop, network and HUD size: the glow is centred on what becomes that pixel of the network's input."""
    rng = np.random.default_rng(seed)
    wide, tall = int(rng.integers(320, 1400)), int(rng.integers(240, 900))
    edges = np.sort(rng.uniform(-0.49, 0.49, 2)) * tall / wide
    edges[1] = max(edges[1], edges[0] + 0.2 * tall / wide)
    edges -= max(0.0, edges[1] - 0.495 * tall / wide)
    band_px = round(float(edges[1] - edges[0]) * wide)
    size = int(rng.integers(8, max(9, band_px // 2))), int(rng.integers(16, wide // 2))
    preprocessing = Preprocessing(*size, float(edges[0]), float(edges[1]))
    place = preprocessing.placement(tall, wide)
    row, column = int(rng.integers(1, size[0] - 1)), int(rng.integers(1, size[1] - 1))
    step_y, step_x = place.height_px / size[0], place.width_px / size[1]
    middle = np.array([place.top_px + (row + 0.5) * step_y, place.left_px + (column + 0.5) * step_x])  # of pixel edges

    bright = np.zeros((tall, wide, 3), np.uint8)
    top, left = (round(value) for value in middle - (step_y / 4, step_x / 4))
    bright[top : top + max(1, round(step_y / 2)), left : left + max(1, round(step_x / 2))] = 255
    seen = preprocessing.network_input(bright).sum(axis=-1)
    assert np.unravel_index(seen.argmax(), size) == (row, column)

    heat = np.zeros(size, np.float32)
    heat[row, column] = 1.0
    frame = replace(make_frame(1, width=wide, height=tall), image=np.full((tall, wide, 3), 100, np.uint8))
    step = Step(frame, Control(0.0, 0.0, 1.0), Saliency(1, "gradient", "steering", heat, place, 1.0, 0.0))
    shown = int(rng.integers(0.7 * wide, 1.5 * wide)), int(rng.integers(0.7 * tall, 1.5 * tall))
    hud = Hud(*shown, CARD)
    hud.visible = False
    glowing = hud.draw(step).astype(float)
    hud.overlay = False
    glow = np.abs(glowing - hud.draw(step)).sum(axis=2)
    rows, columns = np.mgrid[0 : shown[1], 0 : shown[0]] + 0.5
    centre = np.array([(rows * glow).sum(), (columns * glow).sum()]) / glow.sum()
    fitted = fit((wide, tall), shown)
    wanted = middle * (fitted.scale_y, fitted.scale_x) + (fitted.top_px, fitted.left_px)
    assert np.abs(centre - wanted).max() < 1.0


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (800, 600)])
def test_gauges_leave_the_network_view_free(size: tuple[int, int]) -> None:
    """Only the thin outline lies on what the network sees."""
    step = make_step(size=size)
    place = Preprocessing().placement(size[1], size[0])
    inside = np.s_[place.top_px + 4 : place.top_px + place.height_px - 4, 4:-4]
    picture = Hud(*size, CARD).draw(replace(step, saliency=None))
    assert np.array_equal(picture[inside], step.frame.image[inside])


def test_the_outline_lies_on_the_rim_of_the_placement() -> None:
    step = on_grey(make_step(peak=0.0))
    assert step.saliency is not None
    place = Placement(130, 100, 120, 300)
    picture = Hud(*SIZE, CARD).draw(replace(step, saliency=replace(step.saliency, placement=place)))
    rows, columns = np.nonzero((picture[100:320] != 100).any(axis=2))
    assert (rows.min() + 100, rows.max() + 100) == (130, 249)
    assert (columns.min(), columns.max()) == (100, 399)
    assert (picture[140:240, 110:390] == 100).all()


def test_the_steps_stay_as_they_were() -> None:
    step = make_step()
    before = step.frame.image.copy()
    Hud(*SIZE, CARD).draw(step)
    assert np.array_equal(step.frame.image, before)


def test_a_step_drawn_again_changes_nothing() -> None:
    once, often = Hud(*SIZE, CARD), Hud(*SIZE, CARD)
    for index in range(1, 10):
        step = make_step(index, peak=0.001 * index)
        wanted = once.draw(step)
        for _ in range(3):
            assert np.array_equal(often.draw(step), wanted)


def test_a_seek_back_starts_afresh() -> None:
    hud = Hud(*SIZE, CARD)
    for index in range(50, 60):
        hud.draw(make_step(index, collision_ns=900.0))
    assert np.array_equal(hud.draw(make_step(3)), Hud(*SIZE, CARD).draw(make_step(3)))


def test_the_trend_forgets_after_its_time() -> None:
    history = History()
    for index in range(1, 400):
        history.add(make_step(index, size=(32, 18)))
    times = history.samples[:, 0]
    assert times[-1] - times[0] == pytest.approx(6.0, abs=0.06)


@pytest.mark.parametrize("peak", [0.0, float("nan"), float("inf")])
def test_says_when_there_is_no_gradient(hd: tuple[Hud, Step], peak: float) -> None:
    hud, step = hd
    assert step.saliency is not None
    assert says(hud.draw(step), "no gradient", 17) < FOUND
    assert says(hud.draw(step), "peak 1.0e-2", 17) > FOUND
    flat = replace(step, saliency=replace(step.saliency, peak=peak))
    picture = hud.draw(flat)
    assert says(picture, "no gradient", 17) > FOUND
    hud.visible = False
    assert np.array_equal(hud.draw(flat), step.frame.image)


def test_says_how_old_the_map_is(hd: tuple[Hud, Step]) -> None:
    hud, step = hd
    assert step.saliency is not None
    for age, words in ((0, "map 0 frames old"), (1, "map 1 frame old"), (4, "map 4 frames old")):
        aged = replace(step, saliency=replace(step.saliency, frame_index=step.frame.index - age))
        picture = hud.draw(aged)
        assert says(picture, words, 16) > FOUND
        assert says(picture, "map 9 frames old", 16) < FOUND
        assert (says(picture, "when ready", 16) > FOUND) == (age >= 2 * hud.card.every)  # a slow method's rhythm


def test_says_what_is_so(hd: tuple[Hud, Step]) -> None:
    hud, step = hd
    hud.card = replace(CARD, every=4)
    picture = hud.draw(step)
    for words, size in (
        ("35", 70),
        ("every 4 frames", 16),
        ("gradient · steering", 17),
        ("lane offset +0.10 m", 16),
        ("ClearNoon", 16),
        ("pilotnet", 16),
        ("loop", 16),
        ("0:00.25", 16),
        ("2.00×", 16),
    ):
        assert says(picture, words, size) > FOUND, words
    assert says(picture, "HardRain", 16) < FOUND


def test_no_map_yet_and_saliency_off(hd: tuple[Hud, Step]) -> None:
    hud, step = hd
    assert says(hud.draw(replace(step, saliency=None)), "no map yet", 17) > FOUND
    hud.card = replace(CARD, method="off")
    assert says(hud.draw(replace(step, saliency=None)), "saliency off", 17) > FOUND


def test_alerts_come_and_go() -> None:
    hud = Hud(1280, 720, CARD)
    shown = []
    for index in range(1, 60):
        step = make_step(
            index, size=(1280, 720), collision_ns=1240.0 * (index == 5), invaded_lanes=("Solid",) * (index == 8)
        )
        picture = hud.draw(replace(step, frame=replace(step.frame, image=np.full((720, 1280, 3), 60, np.uint8))))
        if index in (4, 6, 9, 59):
            shown.append(
                (
                    says(picture, "COLLISION  1,240 N s", 20) > FOUND,
                    says(picture, "LANE MARKING CROSSED  Solid", 20) > FOUND,
                )
            )
    assert shown == [(False, False), (True, False), (True, True), (False, False)]


def test_pause_help_and_notice(hd: tuple[Hud, Step]) -> None:
    hud, step = hd
    plain = hud.draw(step)
    hud.visible = False
    hud.paused = True
    assert says(hud.draw(step), "PAUSED   K continues", 20) > FOUND
    hud.paused, hud.help = False, True
    assert says(hud.draw(step), "pause, continue", 17) > FOUND
    hud.visible, hud.help = True, False
    assert np.array_equal(hud.draw(step), plain)


def test_a_notice_stays_for_a_while(hd: tuple[Hud, Step]) -> None:
    hud, step = hd
    plain = hud.draw(step)
    hud.notice = "weather: WetSunset"
    assert says(hud.draw(step), "weather: WetSunset", 20) > FOUND
    for _ in range(NOTICE_STEPS - 1):
        assert not np.array_equal(hud.draw(step), plain)
    assert hud.notice == ""
    assert np.array_equal(hud.draw(step), plain)


def test_a_camera_of_another_size_is_fitted_with_bars() -> None:
    hud, step = Hud(800, 600, CARD), make_step(size=(640, 360))
    hud.visible = False
    picture = hud.draw(step)
    assert not picture[:75].any()
    assert not picture[525:].any()
    assert picture[75:525].mean() > 60
    place = fit((640, 360), (800, 600)).place(Placement(120, 0, 180, 640))
    assert place == Placement(225, 0, 225, 800)


@pytest.mark.parametrize("name", ["", "a\0b", "two\nlines", "\ud800", "x" * 100_000, "漢字 🚗"])
def test_any_name_can_be_drawn(name: str) -> None:
    """Names come from files of strangers."""
    step = make_step()
    assert step.saliency is not None
    named = replace(step.frame, telemetry=replace(step.frame.telemetry, weather=name, invaded_lanes=(name,)))
    hud = Hud(*SIZE, replace(CARD, map=name, model=name))
    hud.notice = name
    hud.draw(replace(step, frame=named, saliency=replace(step.saliency, method=name, layer=name)))


def test_letterbox_passes_the_right_size_on() -> None:
    assert letterbox(GREY, SIZE) is GREY
