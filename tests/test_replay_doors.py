"""Replays of a real run, through the door: what a person asks for and gets."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.errors import ModelError
from agent.footage import Footage, open_footage
from agent.footage.footage import weather_of
from agent.log import LogWriter, SeekableLog
from agent.model import MODELS, load_model
from agent.stopping import Stop
from agent.types import Saliency, Step
from scripts.replay import run
from scripts.replay_flags import parse
from scripts.replay_window import Looks
from tests.logs import CARD, make_steps, network_input
from tests.screens import Screen, eventually, screen, screens_missing
from viz.hud import Hud
from viz.keys import Key
from viz.palettes import next_palette
from viz.replay_keys import Ask, ask_for
from viz.video import read_video

Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("tensorflow_as_it_is")


def replay(*arguments: object) -> None:
    run(parse([*map(str, arguments), "--no-display"]), Stop())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a real run whose log keeps the pictures to the bit."""
    made = tmp_path_factory.mktemp("drive") / "run"
    flags = ["--no-display", "--frames", "60", "--res", "320x180", "--log-camera", "png", "--out", str(made)]
    command = [sys.executable, "-m", "scripts.drive", *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return made


def test_as_logged_the_pictures_are_those_of_the_drive_to_the_bit(folder: Path, tmp_path: Path) -> None:
    """The same pictures make the same video: one bit of one pixel would show in what is encoded after it."""
    replay(folder, "--out", tmp_path / "again.mp4")
    live, again = list(read_video(folder / "drive.mp4")), list(read_video(tmp_path / "again.mp4"))
    assert len(live) == len(again) == 60
    for (then_s, then), (now_s, now) in zip(live, again, strict=True):
        assert now_s == then_s
        assert now.tobytes() == then.tobytes()
    assert len({picture.tobytes() for _, picture in live}) == 60
    preprocessing = load_model("pilotnet").preprocessor.preprocessing
    with closing(open_footage(folder)) as footage:
        for number in range(60):
            logged = footage.step(number)
            assert np.array_equal(preprocessing.network_input(logged.step.frame.image), logged.network_input)


@pytest.fixture(scope="module")
def bumpy(folder: Path) -> Path:
    """The same run with a collision at 1 s and a lane invasion at 2.5 s."""
    made = folder.parent / "bumpy"
    made.mkdir()
    happened = {20: {"collision_ns": 1500.0}, 50: {"invaded_lanes": ("Solid",)}}
    with SeekableLog(folder / "run.mcap") as log, LogWriter(made / "run.mcap", log.card, camera="png") as copy:
        for number in range(len(log)):
            logged = log.step(number)
            frame, seen = logged.step.frame, logged.network_input
            assert seen is not None
            telemetry = replace(frame.telemetry, **happened.get(number, {}))
            copy.write(replace(logged.step, frame=replace(frame, telemetry=telemetry)), seen)
    return made


def watched(footage: Footage, number: int) -> tuple[Hud, Step]:
    """The HUD of somebody who has watched up to a step, and the step."""
    hud = Hud(*footage.size_px, footage.card)
    for earlier in range(number):
        hud.history.add(footage.step(earlier).step)
    return hud, footage.step(number).step


@pytest.mark.skipif(screens_missing(), reason="Xvfb or xdotool is not installed")
def test_a_window_obeys_the_keyboard(bumpy: Path) -> None:
    with screen() as there, closing(open_footage(bumpy)) as footage:
        environment = {**os.environ, "DISPLAY": there.display, "SDL_VIDEODRIVER": "x11"}
        command = [sys.executable, "-m", "scripts.replay", str(bumpy), "--speed", "0.125"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as door:
            try:
                _watch(there, footage, bumpy)
                there.press("Escape")
                assert door.communicate(timeout=60)[1] == ""
            finally:
                door.kill()
    assert door.returncode == 0


def _watch(there: Screen, footage: Footage, folder: Path) -> None:
    place = there.window_at()
    assert eventually(lambda: _moves(there), 30)  # it plays by itself
    there.press("space")
    assert eventually(lambda: not _moves(there), 30)
    for keys, number in ((("1", "period", "5", "Return"), 30), (("Right",), 31), (("Left", "Left"), 29)):
        there.press(*keys)
        hud, step = watched(footage, number)
        assert there.shows(hud.draw(step), *place)
    there.press("Prior")  # Page Up
    assert eventually(lambda: not there.shows(hud.draw(step), *place, limit_s=0), 10)
    hud, step = watched(footage, 20)
    assert there.shows(hud.draw(step), *place)  # when the words about the event are gone
    there.press("y")
    hud.palette = next_palette(hud.palette)
    lagoon = hud.draw(step)
    assert there.shows(lagoon, *place)
    there.press("F12", "F1", "e")
    hud.visible = hud.overlay = False
    assert there.shows(step.frame.image, *place)
    saved = cv2.imread(str(folder / f"frame-{step.frame.index:06d}.png"), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(saved, lagoon)
    there.press("e", "j")  # through the network, by another method
    assert eventually(lambda: not there.shows(step.frame.image, *place, limit_s=0), 60)


@pytest.mark.parametrize(
    ("name", "shift", "asked"),
    [
        ("j", False, Ask.NEXT_METHOD),
        ("j", True, Ask.PREVIOUS_METHOD),
        ("u", False, Ask.NEXT_LAYER),
        ("u", True, Ask.PREVIOUS_LAYER),
        ("f2", False, Ask.PANEL),
        ("f3", False, Ask.CAUSAL_CHECK),
        ("f4", False, Key.ATTENTION),
    ],
)
def test_keys_of_the_explanations(name: str, shift: bool, asked: Ask | Key) -> None:
    text = (name.upper() if shift else name) if len(name) == 1 else ""
    assert ask_for(name, text, shift=shift) is asked


def test_a_replay_looks_by_every_method_layer_and_way(folder: Path) -> None:
    with closing(open_footage(folder)) as footage:
        looks = Looks(parse([str(folder), "--no-display"]), footage)

        def look() -> Saliency | None:
            return looks.view([30], [footage.step(30)])[0].saliency

        logged = look()
        assert looks.next_method(-1) == "off of nothing, recomputed"
        assert look() is None
        assert looks.toggle_check() == "no saliency: nothing to hide"
        assert looks.next_method() == "gradient of steering, recomputed"
        seen = look()
        assert logged is not None and seen is not None and seen.check is None
        np.testing.assert_allclose(seen.map, logged.map, atol=1e-5)
        assert looks.toggle_check() == "causal check on: the hottest region is hidden"
        checked = look()
        assert checked is not None and checked.check is not None
        assert checked.check.steer == pytest.approx(footage.step(30).step.control.steer, abs=1e-6)
        assert looks.next_layer(-1) == "gradient of dense3, recomputed"
        assert looks.next_layer(+1) == "gradient of steering, recomputed"
        assert looks.toggle_panel() == "gradient of steering, recomputed · all convolutions"
        layered = look()
        assert layered is not None and layered.check == checked.check
        assert [panel.layer for panel in layered.panels] == [*(f"conv{n}" for n in range(1, 6)), "steering"]
        np.testing.assert_allclose(layered.panels[-1].map, seen.map, atol=1e-5)
        assert looks.as_logged() == "as it was logged"
        again = look()
        assert again is not None and (again.check, again.panels) == (None, ())


def _moves(there: Screen) -> bool:
    before = there.picture()
    time.sleep(1.0)  # 1/8 of real time: two steps
    return not np.array_equal(there.picture(), before)


def test_the_video_of_a_drive_says_the_weather(folder: Path) -> None:
    with closing(open_footage(folder)) as log, closing(open_footage(folder / "drive.mp4")) as video:
        assert weather_of(video, range(1)) == weather_of(log, range(1)) != "unknown"


def test_a_network_and_its_card_by_their_files(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `scripts.drive` takes them, before or after the run."""
    weights, card = tmp_path / "mine.keras", tmp_path / "elsewhere" / "of_mine.yaml"
    card.parent.mkdir()
    shutil.copy(MODELS / "pilotnet" / "model.keras", weights)
    shutil.copy(MODELS / "pilotnet" / "card.yaml", card)
    replay(folder, "--model", weights, card, "--verify")
    assert "60 predictions recomputed: largest difference of the steering 0;" in capsys.readouterr().out
    flags = parse(["--model", "pilotnet", str(folder), "--compare", str(weights), str(card)])
    assert (flags.source, flags.model, flags.card) == (folder, "pilotnet", None)
    assert (flags.compare, flags.compare_card) == (str(weights), card)
    with pytest.raises(SystemExit):
        parse(["--model", str(weights), str(card)])
    assert "required: source" in capsys.readouterr().err


def test_a_run_whose_network_is_not_here(tmp_path: Path) -> None:
    with LogWriter(tmp_path / "run.mcap", replace(CARD, model="gone")) as log:
        log.write(make_steps(1)[0], network_input(0))
    with pytest.raises(ModelError, match="driven by a network that is not here: unknown model 'gone'.* with --model"):
        replay(tmp_path, "--verify")
