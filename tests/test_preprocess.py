import cv2
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
    image[place.top_px - 2 : place.top_px + place.height_px + 2] = (10, 20, 30)
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


@pytest.mark.parametrize("size", [(720, 1280), (360, 640), (540, 960), (270, 480), (176, 400), (361, 642), (251, 333)])
def test_a_picture_is_reduced_as_by_area_and_not_moved(size):
    """A smooth picture, whose every pixel tells where it is: within a fraction of a network pixel."""
    view = Preprocessing()
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]] / size[1]
    image = np.stack([columns * 250, rows * 400, 128 + 80 * np.sin(rows * 60) * np.cos(columns * 40)], axis=2)
    image = image.round().clip(0, 255).astype(np.uint8)
    place = view.placement(*size)
    band = image[place.top_px : place.top_px + place.height_px]
    exact = cv2.resize(band, (200, 66), interpolation=cv2.INTER_AREA)
    difference = np.abs(view.network_input(image).astype(int) - exact)
    assert difference.max() <= 4
    assert difference.mean() < 0.8
