from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.attention import CLASSES, AlarmWatch, attended, attention, read_alarm
from agent.attention_sums import MOST_ROWS, AttentionSums
from agent.errors import ConfigError
from agent.log import LogWriter, SeekableLog, read_log
from agent.types import Attention, Control, Frame, Placement, Saliency, Step
from tests.fakes import make_frame, make_saliency
from tests.logs import CARD, make_steps, network_input
from viz.attention_plot import attention_plot
from viz.explain_cards import CLASS_COLORS

ROAD, LINE, SKY = CLASSES.index("road"), CLASSES.index("road line"), CLASSES.index("sky")


def scene() -> tuple[Frame, Saliency]:
    """Sky above, road below; a map that lies on the road but for a tenth."""
    frame = make_frame(3, width=400, height=200)
    labels = np.full((200, 400), 11, np.uint8)
    labels[100:] = 1
    heat = np.zeros((50, 100), np.float32)
    heat[40, :90] = -1.0  # a sign does not matter
    heat[5, :10] = 1.0
    whole = Placement(0, 0, 200, 400)
    return replace(frame, semantic=labels), replace(make_saliency(frame), map=heat, placement=whole)


def test_shares_are_those_of_the_map_and_of_the_pixels() -> None:
    seen = attention(*scene())
    assert seen is not None
    assert seen.saliency[ROAD] == pytest.approx(0.9)
    assert seen.saliency[SKY] == pytest.approx(0.1)
    assert seen.pixels[ROAD] == seen.pixels[SKY] == pytest.approx(0.5)
    for shares in (seen.saliency, seen.sobel, seen.pixels):
        assert sum(shares) == pytest.approx(1.0)


def test_edges_are_counted_where_they_are() -> None:
    frame, saliency = scene()
    image = np.zeros((200, 400, 3), np.uint8)
    image[150:160] = 255
    seen = attention(replace(frame, image=image), saliency)
    assert seen is not None
    assert seen.sobel[ROAD] == pytest.approx(1.0)


def test_no_ledger_without_labels_for_an_older_map_or_without_a_gradient() -> None:
    frame, saliency = scene()
    assert attention(replace(frame, semantic=None), saliency) is None
    assert attention(frame, replace(saliency, frame_index=2)) is None
    assert attention(frame, replace(saliency, map=saliency.map * 0)) is None


def test_a_ledger_is_of_the_frame_its_map_explains_and_stays_with_it() -> None:
    frame, saliency = scene()
    later = [make_frame(index, width=400, height=200) for index in (4, 5)]
    sky = np.full((200, 400), 11, np.uint8)
    steps = [Step(replace(each, semantic=sky), Control(0.0, 0.0, 0.0), saliency) for each in later]
    seen = [step.attention for step in attended(steps, lambda: frame)]
    assert seen == [attention(frame, saliency)] * 2
    assert seen[0] is not None and seen[0].frame_index == 3
    assert [step.attention for step in attended(steps)] == [None, None]  # nobody knows the frame any more


def ledger(sky: float) -> Attention:
    shares = tuple(sky if number == SKY else (1 - sky) / (len(CLASSES) - 1) for number in range(len(CLASSES)))
    return Attention(1, shares, shares, shares)


def test_an_alarm_rings_once_after_its_time_and_again_after_a_pause() -> None:
    watch = AlarmWatch([read_alarm("sky > 40 % for 2 s")])
    skies = [0.5] * 30 + [0.1] + [0.5] * 30
    rung = [0.1 * n for n, sky in enumerate(skies) if watch.add(0.1 * n, ledger(sky))]
    assert rung == pytest.approx([2.0, 5.1])
    assert str(read_alarm("road line>5%for 1.5 s")) == "over 5% of the attention on road line for 1.5 s"


@pytest.mark.parametrize(
    "text", ["sky", "sky > 0.4 for 2 s", "sky > 400 % for 2 s", "sky > . % for 2 s", "ski > 4 % for 2 s"]
)
def test_an_alarm_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="attention alarm|unknown attention class 'ski': known are sky"):
        read_alarm(text)


def test_the_sums_of_a_long_run_take_no_more_room() -> None:
    sums = AttentionSums()
    for number in range(5 * MOST_ROWS):
        sums.add(0.05 * number, ledger(0.4 if number % 2 else 0.6))
    times, shares = sums.along()
    assert len(times) == len(shares) < MOST_ROWS
    assert shares.sum(axis=2) == pytest.approx(np.ones((len(times), 3)))
    assert sums.as_dict()["sky"] == {"saliency": 0.5, "sobel": 0.5, "pixels": 0.5, "ratio": 1.0}


def test_the_plot_fills_each_moment_with_its_classes() -> None:
    sums = AttentionSums()
    for number in range(100):
        sums.add(0.05 * number, ledger(0.25))
    picture = attention_plot(sums)
    column = picture[74:214, 400]
    assert (column == CLASS_COLORS["sky"]).all(axis=1).mean() == pytest.approx(0.25, abs=0.02)


def test_the_plot_shows_maps_for_as_long_as_they_were_the_newest() -> None:
    sums = AttentionSums()
    for at_s, sky in ((0.0, 0.0), (9.0, 1.0), (9.5, 1.0), (10.0, 1.0)):
        sums.add(at_s, ledger(sky))
    row = attention_plot(sums)[100, 64 : 64 + 846]
    assert (row == CLASS_COLORS["sky"]).all(axis=1).mean() == pytest.approx(0.1, abs=0.01)


def test_the_log_keeps_the_ledger(tmp_path: Path) -> None:
    first, second = make_steps(2)
    second = replace(second, saliency=first.saliency)
    with LogWriter(tmp_path / "run.mcap", CARD) as log:
        for number, step in enumerate((first, second)):
            log.write(replace(step, attention=ledger(0.3)), network_input(number))
        log.event(second.frame, "attention", "40% of the attention on sky for 2 s")
    assert [logged.step.attention for logged in read_log(tmp_path / "run.mcap")] == [ledger(0.3)] * 2
    with SeekableLog(tmp_path / "run.mcap") as found:
        assert found.topics["/saliency/attention"] == 1
        assert found.step(1).step.attention == ledger(0.3)


def test_every_class_has_a_colour_of_its_own() -> None:
    assert set(CLASS_COLORS) == set(CLASSES)
    shades = cv2.cvtColor(np.array([list(CLASS_COLORS.values())], np.uint8), cv2.COLOR_RGB2LAB)[0].astype(float)
    apart = np.linalg.norm(shades[:, None] - shades[None], axis=2) + 1e3 * np.eye(len(shades))
    assert apart.min() > 25
