from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.errors import ConfigError
from agent.model_card import CameraCard, CropCard
from agent.training.augmentation import Augmentation, GroundView
from agent.training.dataset import Recorded, held_out_batches, open_dataset, shares_drawn, steering, training_batches
from agent.training.settings import Augment, Balance, Split
from tests.drawn_roads import write_dataset

SHAPE = (66, 200, 3)
STILL = Augment(haze=0, rain=0, flip=0, brightness=0, contrast=0, gamma=1, color=0, shadow=0, blur=0, noise=0)
GROUND = GroundView.of(CameraCard(), CropCard(), 200)
ALL = np.ones(20, np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "roads", runs=9, frames=16)


def opened(folder: Path, share: float, seed: int = 0, **held_out: Any) -> Recorded:
    return open_dataset((folder,), Split(share, seed=seed, **held_out))


def batches_of(recorded: Recorded, seed: int, augment: Augment = STILL) -> list[Any]:
    epoch = training_batches(recorded, Augmentation(augment, SHAPE, GROUND), Balance(), ALL, batch=8, seed=seed)
    return list(epoch.as_numpy_iterator())


def fingerprints(frames: Any) -> set[bytes]:
    return {frame.tobytes() for frame in frames}


def test_whole_runs_are_held_out_weathers_in_turn(folder: Path) -> None:
    recorded = opened(folder, 1 / 3, 4)
    assert len(recorded.held_out) == 3
    assert {shard.weather for shard in recorded.held_out} == {"W0", "W1", "W2"}
    assert not {shard.file for shard in recorded.held_out} & {shard.file for shard in recorded.training}
    assert len(recorded.training) == 6
    assert opened(folder, 1 / 3, 4) == recorded
    assert {opened(folder, 1 / 3, seed).held_out for seed in range(6)} != {recorded.held_out}


@pytest.mark.parametrize(("share", "runs"), [(0.001, 1), (0.1, 1), (0.12, 2), (0.999, 8)])
def test_some_run_is_held_out_and_some_is_left(folder: Path, share: float, runs: int) -> None:
    assert len(opened(folder, share).held_out) == runs


def test_an_epoch_has_every_training_frame_once_and_no_held_out_one(folder: Path) -> None:
    recorded = opened(folder, 0.3)
    trained = np.concatenate([frames for frames, _ in batches_of(recorded, seed=1)])
    held = np.concatenate([frames for frames, _ in held_out_batches(recorded, 8).as_numpy_iterator()])
    assert (len(trained), len(fingerprints(trained))) == (96, 96)
    assert (len(held), len(fingerprints(held))) == (48, 48)
    assert not fingerprints(trained) & fingerprints(held)
    assert trained.dtype == np.uint8


def test_labels_stay_with_their_pictures(folder: Path) -> None:
    recorded = opened(folder, 0.3)
    one, other = (
        {
            frame.tobytes(): steer
            for frames, labels in batches_of(recorded, seed)
            for frame, steer in zip(frames, labels, strict=True)
        }
        for seed in (1, 2)
    )
    assert one == other
    np.testing.assert_allclose(sorted(one.values()), np.sort(steering(recorded.training)))


def test_the_order_follows_the_seed(folder: Path) -> None:
    recorded = opened(folder, 0.3)
    first, same, other = (np.concatenate([s for _, s in batches_of(recorded, seed, Augment())]) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_no_bin_gives_more_than_its_cap() -> None:
    labels = np.concatenate([np.zeros(800), np.full(150, 0.05), np.full(50, -0.9)]).astype(np.float32)
    shares, drawn = shares_drawn(labels, Balance(bins=4, widest=0.2, cap=0.25))
    np.testing.assert_allclose(shares, [250 / 800, 1, 1, 1])
    assert drawn == 450


def test_an_epoch_is_thinned_out_as_the_shares_say(folder: Path) -> None:
    recorded = opened(folder, 0.3)
    none_straight = np.array([0, 1], np.float32)
    balance = Balance(bins=2, widest=0.1)
    epoch = training_batches(recorded, Augmentation(STILL, SHAPE, GROUND), balance, none_straight, batch=1, seed=0)
    drawn = np.concatenate([steer for _, steer in epoch.as_numpy_iterator()])
    labels = steering(recorded.training)
    np.testing.assert_allclose(np.sort(drawn), np.sort(labels[np.abs(labels) >= 0.05]))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda listing: listing.pop("camera"), "camera: Field required"),
        (lambda listing: listing["shards"][0].update(file="../../etc/passwd"), "shards.0.file"),
        (lambda listing: listing["shards"][0].update(file="gone.tfrecord"), "gone.tfrecord is listed but missing"),
        (lambda listing: listing.update(shards=listing["shards"][:1]), "holds 1 runs"),
        (lambda listing: listing.update(height_px=-1), "height_px"),
    ],
)
def test_a_foul_listing_is_one_line(tmp_path: Path, change: Any, fault: str) -> None:
    folder = write_dataset(tmp_path / "roads", runs=2, frames=1)
    listing = json.loads((folder / "dataset.json").read_text())
    change(listing)
    (folder / "dataset.json").write_text(json.dumps(listing))
    with pytest.raises(ConfigError) as caught:
        opened(folder, 0.5)
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="record one with scripts.collect"):
        opened(tmp_path, 0.1)


def test_weathers_and_maps_are_held_out_whole(folder: Path) -> None:
    recorded = opened(folder, 0.0, weathers=("W1",))
    assert {shard.weather for shard in recorded.held_out} == {"W1"}
    assert {shard.weather for shard in recorded.training} == {"W0", "W2"}
    assert Split(0.1, maps=("hills",)).excludes("configs/maps/hills.xodr", "ClearNoon")
    with pytest.raises(ConfigError, match="0 of them to train on"):
        opened(folder, 0.1, weathers=("W0", "W1", "W2"))


def test_two_datasets_are_trained_on_as_one_if_their_camera_is_the_same(folder: Path, tmp_path: Path) -> None:
    other = write_dataset(tmp_path / "more", runs=2, frames=4)
    both = open_dataset((folder, other), Split(0.3))
    assert len(both.training) + len(both.held_out) == 11
    assert len(steering((*both.training, *both.held_out))) == 9 * 16 + 2 * 4
    listing = json.loads((other / "dataset.json").read_text())
    listing["camera"]["z_m"] = 2.0
    (other / "dataset.json").write_text(json.dumps(listing))
    with pytest.raises(ConfigError, match="differ in picture size, crop, colour or camera"):
        open_dataset((folder, other), Split(0.3))
