"""The network drives; when it fails the car is braked, stands, and the run says why."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.driver import ModelDriver
from agent.errors import ModelError
from agent.log import read_log
from agent.model import MODELS
from agent.model_card import RescalingCard, read_card, write_card
from agent.speed import SpeedController
from agent.types import Frame
from tests.fakes import make_frame
from tests.seeded_models import steering_model


def frame_at(index: int, speed_mps: float) -> Frame:
    return replace(make_frame(index, width=640, height=360, speed_mps=speed_mps), time_s=0.05 * index)


def test_a_network_that_fails_is_braked_until_the_car_stands_then_the_drive_ends() -> None:
    model = steering_model()
    driver = ModelDriver(model, SpeedController(10.0))
    explain = driver.while_sound(lambda frame: frame.index)
    sound = [driver(frame_at(index, 8.0)) for index in range(5)]
    assert explain(frame_at(4, 8.0)) == 4
    assert sound[-1].brake < 1.0
    model.network.layers[-1].bias.assign([np.nan])
    for index, speed_mps in enumerate(np.linspace(8.0, 0.2, 20), start=5):
        control = driver(frame_at(index, float(speed_mps)))
        assert (control.throttle, control.brake, control.steer) == (0.0, 1.0, sound[-1].steer)
        assert explain(frame_at(index, float(speed_mps))) is None
    with pytest.raises(ModelError, match=r"'pilotnet' answered nan: .* \(braked at 0\.25 s, then stopped the run\)"):
        driver(frame_at(25, 0.0))


def test_a_car_that_does_not_come_to_rest_is_not_waited_for_without_end() -> None:
    model = steering_model()
    model.network.layers[-1].bias.assign([np.inf])
    driver = ModelDriver(model, SpeedController(10.0))
    driver(frame_at(0, 8.0))
    with pytest.raises(ModelError):
        [driver(frame_at(index, 8.0)) for index in range(1, 400)]


def test_a_run_whose_network_goes_wild_brakes_and_ends_with_the_reason(tmp_path: Path) -> None:
    """The shipped network, fed what it was not made for, answers what is no steering."""
    shipped = MODELS / "pilotnet"
    card = read_card(shipped / "card.yaml")
    write_card(tmp_path / "wild.yaml", card.model_copy(update={"normalisation": RescalingCard(scale=1e4, offset=0)}))
    command = [sys.executable, "-m", "scripts.drive", "--no-display", "--no-video", "--res", "320x180"]
    model = ["--model", str(shipped / "model.keras"), str(tmp_path / "wild.yaml")]
    ended = subprocess.run(
        [*command, *model, "--seconds", "60", "--out", str(tmp_path / "run")],
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("error: model 'pilotnet' answered")
    assert "Traceback" not in ended.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert "wanted -1 to 1" in summary["exit_reason"]
    steps = [logged.step for logged in read_log(tmp_path / "run" / "run.mcap")]
    assert steps
    assert {step.control.brake for step in steps} == {1.0}
    assert {step.saliency for step in steps} == {None}


def test_the_model_flag_takes_a_file_and_its_card_and_no_more(tmp_path: Path) -> None:
    for values, said in ((["a", "b", "c"], "takes a model and its card"), ([str(tmp_path)], "holds no model.keras")):
        ended = subprocess.run(
            [sys.executable, "-m", "scripts.drive", "--no-display", "--model", *values],
            capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        assert ended.returncode == 2
        assert said in ended.stderr
