"""Who follows a run: in which order, how often a picture is drawn, what is timed."""

from __future__ import annotations

import numpy as np
import pytest

from agent.stages import Stages
from agent.types import FULL_STOP, Picture, Step
from tests.fakes import make_frame
from viz.audience import Audience


class Film:
    """Draws, counts and hears."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.pictures: list[Picture] = []

    def draw(self, step: Step) -> Picture:
        self.told.append("draw")
        return np.full((4, 6, 3), step.frame.index, np.uint8)

    def show(self, step: Step, picture: Picture) -> None:
        self.told.append("show")
        self.pictures.append(picture)

    def read(self, step: Step) -> None:
        self.told.append("read")


def step_of(index: int) -> Step:
    return Step(make_frame(index), FULL_STOP, None)


def test_readers_first_then_one_picture_for_all_viewers() -> None:
    film, stages = Film(), Stages()
    audience = Audience(film.draw, stages)
    for stage in ("video", "window"):
        audience.add_viewer(stage, film.show)
    for stage in ("log", "summary"):
        audience.add_reader(stage, film.read)
    for index in (1, 2):
        audience(step_of(index))
    assert film.told == ["read", "read", "draw", "show", "show"] * 2
    assert film.pictures[0] is film.pictures[1]
    assert film.pictures[0] is not film.pictures[2]
    assert {name: numbers["count"] for name, numbers in stages.summary().items()} == dict.fromkeys(
        ("hud", "video", "window", "log", "summary"), 2
    )


def test_nothing_is_drawn_when_nobody_looks() -> None:
    film = Film()
    audience = Audience(film.draw, Stages())
    audience.add_reader("log", film.read)
    audience(step_of(1))
    assert film.told == ["read"]


def test_no_viewer_can_change_what_the_next_one_sees() -> None:
    film = Film()
    audience = Audience(film.draw, Stages())

    def scribble(step: Step, picture: Picture) -> None:
        picture[0] = 9

    audience.add_viewer("video", scribble)
    with pytest.raises(ValueError, match="read-only"):
        audience(step_of(1))


def test_the_last_step_is_in_the_log_when_a_viewer_fails() -> None:
    film = Film()
    audience = Audience(film.draw, Stages())

    def fail(step: Step, picture: Picture) -> None:
        raise OSError

    audience.add_viewer("video", fail)
    audience.add_reader("log", film.read)
    with pytest.raises(OSError):
        audience(step_of(1))
    assert film.told[0] == "read"
