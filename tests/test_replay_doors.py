"""Replays of a real run, through the door: what a person asks for and gets."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.errors import ModelError
from agent.footage import open_footage
from agent.log import LogWriter
from agent.model import MODELS, configure_tensorflow, load_model
from agent.stopping import Stop
from scripts.replay import run
from scripts.replay_flags import parse
from tests.logs import CARD, make_steps, network_input
from viz.video import read_video

Capture = pytest.CaptureFixture[str]


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
    configure_tensorflow()
    preprocessing = load_model("pilotnet").preprocessor.preprocessing
    with closing(open_footage(folder)) as footage:
        for number in range(60):
            logged = footage.step(number)
            assert np.array_equal(preprocessing.network_input(logged.step.frame.image), logged.network_input)


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
