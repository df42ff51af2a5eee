from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent.training.augmentation import Augmentation
from agent.training.settings import Augment

SHAPE = (66, 200, 3)
STILL: dict[str, Any] = {
    "flip": 0, "brightness": 0, "contrast": 0, "gamma": 1, "color": 0, "shadow": 0, "blur": 0, "noise": 0,
}  # fmt: skip


def ramp(count: int = 16) -> Any:
    """Grey rising from left to right between 64 and 192, the same in all pictures."""
    across = np.linspace(64, 192, 200).round().astype(np.uint8)
    return np.broadcast_to(across[None, None, :, None], (count, *SHAPE)).copy()


def changed(**amounts: Any) -> tuple[Any, Any]:
    steer = np.linspace(0.1, 0.2, 16).astype(np.float32)
    return Augmentation(Augment(**(STILL | amounts)), SHAPE)(ramp(), steer, np.random.default_rng(0))


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
    frames, steer = Augmentation(Augment(), SHAPE)(given, np.zeros(16, np.float32), np.random.default_rng(0))
    assert np.array_equal(given, ramp())
    assert (frames.dtype, steer.dtype, frames.shape) == (np.uint8, np.float32, given.shape)


def test_the_same_generator_gives_the_same_change() -> None:
    augmentation = Augmentation(Augment(), SHAPE)
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
    frames, _ = Augmentation(Augment(**(STILL | {"blur": 1})), SHAPE)(
        edge, np.zeros(4, np.float32), np.random.default_rng(0)
    )
    assert frames[0, 30, 98:102, 0].tolist() == [0, 80, 160, 240]
