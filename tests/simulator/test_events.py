"""The event camera against its definition: thresholds crossed between two pictures, in the order of time."""

import math

import numpy as np
import pytest

from agent.simulator.sensing.events import EVENT, EventCamera, Retina

PLAIN = EventCamera(0.3, 0.3, 0.0, 0.0, 0, True, 0.001)


def retina(camera=PLAIN) -> Retina:
    return Retina(camera, np.random.default_rng(1))


def picture(gray: int, size=(4, 6)) -> np.ndarray:
    return np.full((*size, 4), gray, np.uint8)


def level(gray: int) -> float:
    return math.log(0.001 + gray * (0.114 + 0.587 + 0.2989) / 255.0)


def test_an_event_is_13_bytes():
    event = np.array([(1, 258, 3, True)], EVENT)
    assert event.tobytes().hex() == "0100" + "0201" + "0300000000000000" + "01"


def test_the_first_picture_and_one_like_the_last_say_nothing():
    eye = retina()
    assert len(eye.see(picture(100), 1.0)) == 0
    assert len(eye.see(picture(100), 1.05)) == 0


@pytest.mark.parametrize(("then", "now"), [(40, 160), (160, 40)])
def test_each_threshold_crossed_is_an_event_at_its_time(then, now):
    eye = retina()
    eye.see(picture(then), 1.0)
    changed = picture(then)
    changed[2, 5] = now
    events = eye.see(changed, 1.1)
    change = level(now) - level(then)
    assert len(events) == int(abs(change) / 0.3) >= 4
    assert set(zip(events["x"].tolist(), events["y"].tolist(), strict=True)) == {(5, 2)}
    assert set(events["pol"].tolist()) == {now > then}
    at_s = 1.0 + 0.1 * 0.3 * np.arange(1, len(events) + 1) / abs(change)
    assert events["t"] / 1e9 == pytest.approx(at_s, abs=1e-8)


def test_what_is_left_below_the_threshold_counts_next_time():
    eye = retina()
    eye.see(picture(100), 1.0)
    assert len(eye.see(picture(120), 1.1)) == 0  # 0.18
    assert len(eye.see(picture(140), 1.2)) == 24  # and 0.15 more


def test_a_pixel_rests_after_an_event():
    eye = retina(EventCamera(0.3, 0.3, 0.0, 0.0, 10**9, True, 0.001))
    eye.see(picture(20), 1.0)
    assert len(eye.see(picture(200), 1.1)) == 24
    assert len(eye.see(picture(20), 1.2)) == 0
    assert len(eye.see(picture(200), 2.3)) == 24


def test_thresholds_may_differ_from_pixel_to_pixel():
    eye = retina(EventCamera(0.3, 0.3, 0.1, 0.0, 0, True, 0.001))
    eye.see(picture(40, (60, 60)), 1.0)
    events = eye.see(picture(160, (60, 60)), 1.1)
    first = np.unique(events["y"].astype(int) * 60 + events["x"], return_index=True)[1]
    contrast = (events["t"][first] / 1e9 - 1.0) / 0.1 * (level(160) - level(40))
    assert np.mean(contrast) == pytest.approx(0.3, abs=0.01)
    assert np.std(contrast) == pytest.approx(0.1, abs=0.01)
    assert np.all(np.diff(events["t"]) >= 0)
