"""Where the person sits: what the keys carry out, on SDL's dummy driver."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pygame
import pytest

from agent.config import DriveConfig
from agent.log.records import json_of
from agent.saliency import make_explainer
from agent.types import FULL_STOP, RunCard, Step
from scripts import live
from tests.fakes import make_frame, make_saliency
from tests.seeded_models import steering_model
from tests.test_hud import FOUND, says
from viz.cockpit import ProgressCockpit, WindowCockpit
from viz.hud import Hud
from viz.palettes import EMBER
from viz.window import Window

CARD = RunCard("loop", "pilotnet", "0" * 64, "gradient", "steering", 1, 0.05, 7)
STEP = Step(make_frame(5), FULL_STOP, make_saliency(make_frame(5)))
WEATHERS = ("ClearNoon", "CloudyNoon", "WetNoon", "HardRainNoon")


class Seat:
    """A cockpit, and what it was asked for."""

    def __init__(self, window: Window, folder: Path) -> None:
        self.hud = Hud(320, 180, CARD)
        self.stopped = False
        self.asked: list[str] = []
        self.cockpit = WindowCockpit(
            window,
            self.hud,
            weathers=WEATHERS,
            set_weather=self.asked.append,
            folder=folder,
            stopped=lambda: self.stopped,
        )

    def press(self, *keys: int, mod: int = 0) -> None:
        """Press keys while a step is on show."""
        for key in keys:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode="", mod=mod))
        self.cockpit.show(STEP, self.hud.draw(STEP))


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Seat]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    with Window(320, 180, "test") as window:
        window.events()
        yield Seat(window, tmp_path)


def test_each_key_turns_its_switch(seat: Seat) -> None:
    hud = seat.hud
    seat.press(pygame.K_e, pygame.K_F1, pygame.K_h, pygame.K_y)
    assert (hud.overlay, hud.visible, hud.help) == (False, False, True)
    assert hud.palette != EMBER
    assert hud.notice == f"palette: {hud.palette.name}"
    seat.press(pygame.K_e, pygame.K_F1, pygame.K_h)
    assert (hud.overlay, hud.visible, hud.help) == (True, True, False)
    assert not seat.cockpit.closed
    seat.press(pygame.K_ESCAPE)
    assert seat.cockpit.closed


def test_the_weather_key_goes_on_though_the_next_step_is_not_there_yet(seat: Seat) -> None:
    seat.press(pygame.K_c, pygame.K_c, pygame.K_c, pygame.K_c)
    assert seat.asked == ["CloudyNoon", "WetNoon", "HardRainNoon", "ClearNoon"]
    seat.press(pygame.K_c, mod=pygame.KMOD_LSHIFT)
    assert seat.asked[-1] == "HardRainNoon"
    assert seat.hud.notice == "weather: HardRainNoon"


@pytest.mark.parametrize(("mod", "first"), [(0, "WetNoon"), (pygame.KMOD_LSHIFT, "HardRainNoon")])
def test_from_a_weather_without_a_name_it_starts_at_an_end(seat: Seat, mod: int, first: str) -> None:
    seat.cockpit._weathers = WEATHERS[2:]  # the step's is not among them
    seat.press(pygame.K_c, mod=mod)
    assert seat.asked == [first]


def test_the_picture_on_show_is_saved(seat: Seat, tmp_path: Path) -> None:
    seat.press(pygame.K_F12)
    saved = cv2.cvtColor(cv2.imread(str(tmp_path / "frame-000005.png")), cv2.COLOR_BGR2RGB)
    assert np.array_equal(saved, Hud(320, 180, CARD).draw(STEP))
    assert seat.hud.notice == "saved frame-000005.png"
    seat.press(pygame.K_F12)
    assert seat.hud.notice == "saved frame-000005-2.png"


def test_a_picture_that_cannot_be_saved_is_said_so(seat: Seat, tmp_path: Path) -> None:
    tmp_path.rmdir()
    seat.press(pygame.K_F12)
    assert seat.hud.notice == "cannot save frame-000005.png: No such file or directory"


def test_a_pause_lasts_until_the_person_goes_on(seat: Seat) -> None:
    seat.hud.paused = True
    go_on = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_k, unicode="", mod=0)
    threading.Timer(0.3, pygame.event.post, [go_on]).start()
    seat.cockpit.present(STEP, seat.hud.draw(STEP))  # does not wait: a pause is no part of showing
    assert seat.hud.paused
    assert seat.cockpit.wait_while_paused() >= 0.2
    assert not seat.hud.paused
    assert seat.cockpit.wait_while_paused() < 0.2


@pytest.mark.parametrize("how", ["stopped", "closed"])
def test_a_pause_ends_when_the_run_is_stopped_or_the_window_closed(seat: Seat, how: str) -> None:
    seat.hud.paused = True

    def end() -> None:
        time.sleep(0.1)
        if how == "stopped":
            seat.stopped = True
        else:
            pygame.event.post(pygame.event.Event(pygame.QUIT))

    threading.Thread(target=end).start()
    seat.press()
    assert seat.cockpit.closed == (how == "closed")
    assert seat.hud.paused


def test_without_a_window_the_steps_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    cockpit = ProgressCockpit(2)
    cockpit.read(STEP)
    cockpit.read(STEP)
    cockpit.close()
    assert "2 of 2 frames" in capsys.readouterr().err
    assert not cockpit.closed


class TestRunCard:
    """What the HUD is told of a live run."""

    def test_a_run_without_saliency_says_so_on_the_picture(self) -> None:
        model = steering_model()
        card = live.run_card(DriveConfig(method="none"), model, make_explainer("none", None, model), "loop")
        assert (card.method, card.layer) == ("off", "")
        step = Step(make_frame(5, width=1280, height=720), FULL_STOP, None)
        assert says(Hud(1280, 720, card).draw(step), "saliency off", 17) > FOUND

    def test_the_layer_is_the_one_that_is_explained(self) -> None:
        model = steering_model("batch_normalised")
        card = live.run_card(DriveConfig(), model, make_explainer("gradient", None, model), "loop")
        assert (card.method, card.layer) == ("gradient", model.network.layers[-1].name)
        assert card.layer != "steering"

    def test_arguments_that_are_no_utf_8_can_be_recorded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.argv", ["drive", "--out", "caf\udce9"])
        model = steering_model()
        model.name = "n\udce9t"
        card = live.run_card(DriveConfig(method="none"), model, make_explainer("none", None, model), "loop")
        assert b"caf" in json_of(card)
        assert card.model == "n\\udce9t"
