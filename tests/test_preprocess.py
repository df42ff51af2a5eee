import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.preprocess import Preprocessing, Preprocessor
from tests.fakes import make_frame


def test_network_sees_the_same_angles_whatever_the_picture():
    view = Preprocessing()
    tangents = []
    for width, height in ((1280, 720), (640, 360), (640, 480), (333, 251)):
        place = view.placement(height, width)
        tangents.append(((place.top_px - height / 2) / width, (place.top_px + place.height_px - height / 2) / width))
    spread = np.ptp(np.array(tangents), axis=0)
    assert (spread < 2 / 333).all()


@given(width=st.integers(200, 2000), ratio=st.floats(0.45, 1.2))
def test_placement_lies_inside_the_picture(width, ratio):
    height = round(width * ratio)
    place = Preprocessing().placement(height, width)
    assert place.top_px >= 0
    assert place.top_px + place.height_px <= height
    assert place.width_px == width


def test_a_flat_picture_is_refused_with_a_hint():
    with pytest.raises(ConfigError, match=r"1000x300.*0\.44"):
        Preprocessing().placement(300, 1000)


def test_input_is_the_band_in_the_right_order():
    image = np.zeros((360, 640, 3), np.uint8)
    place = Preprocessing().placement(360, 640)
    image[place.top_px : place.top_px + place.height_px] = (10, 20, 30)
    assert (Preprocessing().network_input(image) == (10, 20, 30)).all()
    assert (Preprocessing(color="BGR").network_input(image) == (30, 20, 10)).all()


def test_left_stays_left_and_top_stays_top():
    image = np.zeros((360, 640, 3), np.uint8)
    place = Preprocessing().placement(360, 640)
    image[place.top_px : place.top_px + 20, :40] = 255
    small = Preprocessing().network_input(image)
    assert small[:5, :10].mean() > 200
    assert small[30:, :].max() == 0
    assert small[:, 100:].max() == 0


def test_one_conversion_per_frame():
    preprocessor = Preprocessor(Preprocessing())
    frame, other = make_frame(index=1), make_frame(index=2)
    first = preprocessor(frame)
    assert preprocessor(frame) is first
    assert preprocessor(other) is not first
    assert not first.flags.writeable
