from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from agent.model_card import CameraCard, CropCard
from agent.training.augmentation import Augmentation, GroundView
from agent.training.settings import Augment

SHAPE = (66, 200, 3)
GROUND = GroundView.of(CameraCard(), CropCard(), 200)
NOTHING = ("flip", "shift_m", "turn_deg", "haze", "rain", "brightness", "contrast", "color", "shadow", "blur", "noise")
STILL: dict[str, Any] = dict.fromkeys(NOTHING, 0) | {"gamma": 1}


def ramp(count: int = 16) -> Any:
    """Grey rising from left to right between 64 and 192, the same in all pictures."""
    across = np.linspace(64, 192, 200).round().astype(np.uint8)
    return np.broadcast_to(across[None, None, :, None], (count, *SHAPE)).copy()


def changed(**amounts: Any) -> tuple[Any, Any]:
    steer = np.linspace(0.1, 0.2, 16).astype(np.float32)
    return Augmentation(Augment(**(STILL | amounts)), SHAPE, GROUND)(ramp(), steer, np.random.default_rng(0))


def test_amounts_of_nothing_change_nothing() -> None:
    frames, steer = changed()
    assert np.array_equal(frames, ramp())
    np.testing.assert_allclose(steer, np.linspace(0.1, 0.2, 16), rtol=1e-6)


def test_a_mirrored_picture_steers_the_other_way() -> None:
    frames, steer = changed(flip=0.5)
    falls = frames[:, 0, 0, 0] > frames[:, 0, -1, 0]
    assert 0 < falls.sum() < 16
    assert np.array_equal(falls, steer < 0)
    assert np.array_equal(frames[falls][:, :, ::-1], ramp(falls.sum()))


def test_input_is_left_alone_and_types_stay() -> None:
    given = ramp()
    frames, steer = Augmentation(Augment(), SHAPE, GROUND)(given, np.zeros(16, np.float32), np.random.default_rng(0))
    assert np.array_equal(given, ramp())
    assert (frames.dtype, steer.dtype, frames.shape) == (np.uint8, np.float32, given.shape)


def test_the_same_generator_gives_the_same_change() -> None:
    augmentation = Augmentation(Augment(), SHAPE, GROUND)
    one, same, other = (
        augmentation(ramp(), np.zeros(16, np.float32), np.random.default_rng(seed))[0] for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("amounts", "greatest_shift"),
    [
        ({"brightness": 0.1}, 26),
        ({"contrast": 0.2}, 14),
        ({"gamma": 1.5}, 40),
        ({"color": 0.1}, 20),
        ({"noise": 3.0}, 18),
    ],
)
def test_each_amount_changes_pictures_and_within_bounds(amounts: dict[str, float], greatest_shift: int) -> None:
    shift = np.abs(changed(**amounts)[0].astype(int) - ramp())
    assert shift.max() <= greatest_shift
    assert (shift.reshape(16, -1).max(axis=1) > 0).sum() >= 12


def test_color_moves_channels_apart_and_brightness_does_not() -> None:
    assert np.ptp(changed(color=0.1)[0].astype(int), axis=-1).max() > 5
    assert np.ptp(changed(brightness=0.1, contrast=0.2, gamma=1.5)[0].astype(int), axis=-1).max() == 0


def test_a_shadow_darkens_part_of_the_picture_only() -> None:
    frames, _ = changed(shadow=1)
    darker = frames < ramp()
    assert not (frames > ramp()).any()
    share = darker.reshape(16, -1).mean(axis=1)
    assert ((share > 0.02) & (share < 0.98)).sum() >= 10


def test_blur_smooths_an_edge() -> None:
    edge = np.zeros((4, *SHAPE), np.uint8)
    edge[:, :, 100:] = 240
    frames, _ = Augmentation(Augment(**(STILL | {"blur": 1})), SHAPE, GROUND)(
        edge, np.zeros(4, np.float32), np.random.default_rng(0)
    )
    assert frames[0, 30, 98:102, 0].tolist() == [0, 80, 160, 240]


def line_on_the_ground(right_m: float, ahead_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels of a line along the road, as the pin-hole camera sees it."""
    return 100 + GROUND.focal_px * right_m / ahead_m, GROUND.horizon_px + GROUND.focal_px * GROUND.height_m / ahead_m


def test_the_ground_lies_where_the_camera_sees_it() -> None:
    """A camera 1.6 m above the ground, 5 degrees down, 90 degrees wide, cut from -0.11 to 0.22 of 200 px."""
    assert GROUND.focal_px == pytest.approx(100)
    assert GROUND.horizon_px == pytest.approx(22 - 100 * np.tan(np.radians(5)), abs=1e-6)
    assert GROUND.height_m == 1.6


def test_a_camera_moved_and_turned_sees_a_line_where_geometry_says_and_steers_back() -> None:
    ahead_m, right_m, turn_rad = np.linspace(4, 20, 30), 0.5, np.radians(3)
    frame = np.zeros(SHAPE, np.uint8)
    columns, rows = line_on_the_ground(0.0, ahead_m)
    frame = cv2.polylines(frame, [np.stack([columns, rows], 1).round().astype(np.int32)], False, (255, 255, 255), 3)
    made = Augmentation(Augment(**STILL), SHAPE, GROUND)._moved(frame, right_m, turn_rad)
    wanted, rows = line_on_the_ground(-right_m, np.array([5.0, 8.0, 12.0]))
    for column, row in zip(wanted - 100 * np.tan(turn_rad), rows, strict=True):
        lit = np.flatnonzero(made[round(row), :, 0] > 100)
        assert lit.mean() == pytest.approx(column, abs=1.5)
    frames, steer = changed(shift_m=1.0)
    moved = frames[:, 60].astype(int) - ramp()[:, 60]
    assert np.corrcoef(moved[:, 20:180, 0].mean(axis=1), steer - np.linspace(0.1, 0.2, 16))[0, 1] < -0.9
    assert 0.02 < np.abs(steer - np.linspace(0.1, 0.2, 16)).max() < 0.12


def test_haze_takes_the_contrast_of_what_is_far_and_rain_draws_streaks() -> None:
    striped = np.zeros((16, *SHAPE), np.uint8)
    striped[:, :, ::2] = 240
    hazy = Augmentation(Augment(**(STILL | {"haze": 1})), SHAPE, GROUND)(
        striped, np.zeros(16, np.float32), np.random.default_rng(0)
    )[0]
    contrast = hazy.astype(int).std(axis=2).mean(axis=(0, 2))
    assert contrast[14] < 0.3 * contrast[60]
    assert contrast[60] < 120
    streaks = changed(rain=1)[0].astype(int) - ramp()
    assert ((np.abs(streaks) > 10).reshape(16, -1).mean(axis=1) > 0.005).all()
