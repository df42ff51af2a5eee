"""The window: keys, sizes, no display; on SDL's dummy driver and, where Xvfb is installed, for real."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import numpy as np
import pygame
import pytest

from agent.errors import DisplayError, UserError
from tests.screens import screen, screens_missing
from viz.keys import BINDINGS, Key, key_for
from viz.window import Window, display_available

MANUAL_CONTROL = {
    "w",
    "a",
    "s",
    "d",
    "up",
    "down",
    "left",
    "right",
    "q",
    "space",
    "p",
    "m",
    "tab",
    "backspace",
    "r",
    "g",
}
"""Keys that CARLA's manual_control gives another meaning."""


@pytest.fixture
def dummy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def on_screen() -> np.ndarray:
    surface = pygame.display.get_surface()
    raw = pygame.image.tobytes(surface, "RGB")
    return np.frombuffer(raw, np.uint8).reshape(surface.get_height(), surface.get_width(), 3)


def press(key: int, unicode: str = "", mod: int = 0) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=unicode, mod=mod))


def test_shows_the_picture(dummy: None) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (180, 320, 3), np.uint8)
    with Window(320, 180, "test") as window:
        window.show(picture)
        assert np.array_equal(on_screen(), picture)
        assert window.size_px == (320, 180)


def test_keeps_the_aspect_in_a_window_of_another_shape(dummy: None) -> None:
    with Window(320, 180, "test") as window:
        pygame.display.set_mode((400, 400), pygame.RESIZABLE)  # what SDL does when the person pulls at the rim
        window.show(np.full((180, 320, 3), 200, np.uint8))
        shown = on_screen()
    assert shown.shape == (400, 400, 3)
    rows = np.nonzero(shown.any(axis=(1, 2)))[0]
    assert (rows[0], rows[-1]) == (87, 311)
    assert (shown[87:312] == 200).all()


def test_keys_become_wishes(dummy: None) -> None:
    with Window(64, 64, "test") as window:
        window.events()
        for key, text, mod in (
            (pygame.K_k, "k", 0),
            (pygame.K_c, "c", 0),
            (pygame.K_c, "C", pygame.KMOD_LSHIFT),
            (pygame.K_8, "e", pygame.KMOD_RALT),  # what is typed counts, whatever the keyboard
            (pygame.K_F1, "", 0),
            (pygame.K_F12, "", 0),
            (pygame.K_w, "w", 0),
            (pygame.K_ESCAPE, "\x1b", 0),
        ):
            press(key, text, mod)
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        wanted = (Key.PAUSE, Key.NEXT_WEATHER, Key.PREVIOUS_WEATHER, Key.OVERLAY)
        assert window.events() == (*wanted, Key.HUD, Key.SCREENSHOT, Key.QUIT, Key.QUIT)
        assert window.events() == ()


def test_every_wish_has_one_key_and_none_is_taken() -> None:
    presses = [(row.name, row.shift) for row in BINDINGS]
    assert len(set(presses)) == len(presses)
    assert {row.key for row in BINDINGS} == set(Key)
    assert not {row.name for row in BINDINGS} & MANUAL_CONTROL
    for row in BINDINGS:
        assert key_for(row.name, "", shift=row.shift) is row.key


def test_shift_matters_only_where_the_table_says_so() -> None:
    assert key_for("k", "K", shift=True) is Key.PAUSE
    assert key_for("c", "C", shift=True) is Key.PREVIOUS_WEATHER
    assert key_for("x", "x", shift=False) is None
    assert key_for("", "", shift=False) is None


def test_no_display_is_the_users_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    no_display(monkeypatch)
    assert not display_available()
    with pytest.raises(DisplayError, match="--no-display") as caught:
        Window(320, 180, "test")
    assert isinstance(caught.value, UserError)


@pytest.mark.parametrize("name", ["SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"])
def test_a_display_is_told_by_the_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    no_display(monkeypatch)
    monkeypatch.setenv(name, "x")
    assert display_available()
    assert not pygame.display.get_init()


def test_a_dead_display_is_the_users_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    no_display(monkeypatch)
    monkeypatch.setenv("DISPLAY", "127.0.0.1:6553")
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    with pytest.raises(DisplayError, match="no window can be opened"):
        Window(320, 180, "test")
    assert not pygame.display.get_init()


def test_closing_twice_and_opening_again(dummy: None) -> None:
    window = Window(64, 64, "test")
    window.close()
    window.close()
    with Window(64, 64, "again") as again:
        window.close()  # an old one closes nothing that is not its own
        again.show(np.zeros((64, 64, 3), np.uint8))


@pytest.fixture
def xvfb(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if screens_missing():
        pytest.skip("Xvfb or xdotool is not installed")
    with screen() as there:
        monkeypatch.setenv("DISPLAY", there.display)
        monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
        yield


def test_a_real_window_fits_its_screen_and_hears_keys(xvfb: None) -> None:
    with Window(1280, 720, "real") as window:
        assert pygame.display.get_driver() == "x11"
        assert window.size_px == (922, 518)  # nine tenths of a screen 1024 wide
        heard: list[Key] = []
        deadline = time.monotonic() + 20.0
        while Key.QUIT not in heard and time.monotonic() < deadline:
            window.show(np.full((720, 1280, 3), 90, np.uint8))
            heard += window.events()
            if not heard:
                subprocess.run(["xdotool", "key", "e"], check=True, timeout=10)
            elif Key.HELP not in heard:
                subprocess.run(["xdotool", "key", "y", "shift+c", "F1", "h"], check=True, timeout=10)
            else:
                subprocess.run(["xdotool", "key", "Escape"], check=True, timeout=10)
        assert list(dict.fromkeys(heard)) == [
            Key.OVERLAY,
            Key.NEXT_PALETTE,
            Key.PREVIOUS_WEATHER,
            Key.HUD,
            Key.HELP,
            Key.QUIT,
        ]
