from itertools import islice

import pytest

from agent.loop import drive
from agent.types import Control
from tests.fakes import FakeWorld, make_frame, make_saliency


def straight_on(frame):
    return Control(steer=0.0, throttle=0.5, brake=0.0)


def test_every_third_frame_is_explained_and_the_newest_map_travels_on():
    frames = [make_frame(index) for index in (1, 2, 3, 5, 8, 9, 10)]  # indices may skip
    steps = list(drive(FakeWorld(frames), straight_on, make_saliency, every=3))
    assert [step.frame.index for step in steps] == [1, 2, 3, 5, 8, 9, 10]
    assert [step.saliency.frame_index for step in steps] == [1, 1, 1, 5, 5, 5, 10]


def test_the_car_comes_before_the_explanation():
    order = []
    world = FakeWorld([make_frame(1)])
    world.apply = lambda control: order.append("apply")

    def explain(frame):
        order.append("explain")
        return make_saliency(frame)

    list(drive(world, straight_on, explain, every=1))
    assert order == ["apply", "explain"]


def test_a_limit_asks_for_no_frame_too_many():
    world = FakeWorld([make_frame(index) for index in range(1, 10)])
    list(islice(drive(world, straight_on, make_saliency, every=1), 4))
    assert world.seen == 4
    assert len(world.applied) == 4


def test_every_zero_is_refused():
    with pytest.raises(ValueError, match="every is 0"):
        list(drive(FakeWorld([]), straight_on, make_saliency, every=0))
