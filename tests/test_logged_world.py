from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import RecordingError
from agent.logged_world import LoggedWorld
from agent.loop import drive
from agent.types import Control
from tests.fakes import make_saliency
from tests.logs import CARD, make_steps, write_log


def test_the_loop_runs_over_a_log(tmp_path: Path) -> None:
    steps = make_steps(10)
    world = LoggedWorld(write_log(tmp_path / "run.mcap", steps))
    other = Control(steer=-1.0, throttle=0.0, brake=0.0)
    again = list(drive(world, lambda frame: other, make_saliency, every=4))
    assert world.run.card == CARD
    assert [step.frame.index for step in again] == [step.frame.index for step in steps]
    assert [step.frame.telemetry for step in again] == [step.frame.telemetry for step in steps]  # went where it went
    assert {step.control for step in again} == {other}
    explained = [step.saliency.frame_index for step in again if step.saliency is not None]
    assert explained == [1000] * 4 + [1008] * 4 + [1016] * 2


def test_it_can_be_driven_twice_and_left_early(tmp_path: Path) -> None:
    world = LoggedWorld(write_log(tmp_path / "run.mcap", make_steps(10)))
    assert next(iter(world.frames())).index == 1000
    assert len(list(world.frames())) == 10


def test_no_log(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        LoggedWorld(tmp_path / "run.mcap")
