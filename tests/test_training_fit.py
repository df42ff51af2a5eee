"""Training on a small drawn dataset: it learns, it stops, it goes on where it stopped."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.config import load_settings
from agent.errors import ConfigError
from agent.model import MODELS, load_model
from agent.model_card import ModelCard
from agent.training.architectures import ARCHITECTURES, dave2, pilotnet
from agent.training.collect_plan import CollectConfig
from agent.training.dataset import open_dataset
from agent.training.fit import Epoch, Fit
from agent.training.outcome import write_judgement, write_model, write_record
from agent.training.settings import Augment, Balance, TrainConfig
from tests.drawn_roads import draw_road, write_dataset
from tests.seeded_models import write_model as write_model_of

GENTLE = Augment(haze=0, rain=0, brightness=0.05, contrast=0.1, gamma=1.1, shadow=0, blur=0, noise=2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "roads", runs=5, frames=96)


@pytest.fixture
def config(data: Path, tmp_path: Path) -> TrainConfig:
    return TrainConfig(
        data=(data,),
        out=tmp_path / "drawn",
        record=tmp_path / "record",
        epochs=6,
        batch=32,
        held_out=0.2,
        augment=GENTLE,
    )


def fit_of(config: TrainConfig) -> Fit:
    return Fit(config, open_dataset(config.data, config.split))


def test_pilotnet_has_nvidias_number_of_parameters() -> None:
    assert pilotnet().count_params() == 252_219
    assert pilotnet(dropout=0.5).count_params() == 252_219
    assert pilotnet().input_shape == (None, 66, 200, 3)
    assert [layer.output.shape[1:] for layer in pilotnet().layers if "conv" in layer.name] == [
        (31, 98, 24), (14, 47, 36), (5, 22, 48), (3, 20, 64), (1, 18, 64),
    ]  # fmt: skip


def test_dave2_small_is_small() -> None:
    assert 50_000 < ARCHITECTURES["dave2-small"]().count_params() < 120_000


def test_dave2_ends_in_tanh() -> None:
    assert dave2().layers[-1].activation.__name__ == "tanh"
    assert dave2().count_params() == 1_595_511


def test_training_learns_and_ships_a_model_that_loads(config: TrainConfig) -> None:
    fit = fit_of(config)
    epochs = list(fit)
    write_record(fit)
    model = load_model(str(write_model(fit)))
    write_judgement(fit)
    assert cv2.imread(str(config.record_folder / "predicted.png")).shape == (360, 640, 3)
    assert cv2.imread(str(config.record_folder / "worst.png")).shape == (6 * 88, 4 * 206, 3)
    assert model.card.training is not None
    guess = model.card.training.constant_guess_mae_steer
    assert guess is not None
    assert epochs[-1].loss < epochs[0].loss
    assert fit.best.mae < 0.6 * guess
    assert model.card == ModelCard(steering_scale=0.1, training=model.card.training)
    assert (model.card.training.frames, model.card.training.held_out_frames) == (384, 96)

    rng = np.random.default_rng(1)
    left, right = (model.steer(draw_road(rng, curve=curve, offset=0.0)) for curve in (-1, 1))
    assert left < -0.03 < 0.03 < right

    for name in ("loss", "error", "steering"):
        assert cv2.imread(str(config.record_folder / f"{name}.png")).shape == (360, 640, 3)
    assert len(json.loads((config.record_folder / "history.json").read_text())) == len(epochs)


def test_a_resumed_training_ends_where_an_unbroken_one_does(config: TrainConfig, tmp_path: Path) -> None:
    short = config.model_copy(update={"epochs": 2})
    unbroken = list(fit_of(short))

    broken = short.model_copy(update={"record": tmp_path / "broken"})
    list(islice(fit_of(broken), 1))
    resumed = fit_of(broken.model_copy(update={"resume": True}))
    assert [epoch.number for epoch in resumed.history] == [1]
    list(resumed)
    again = resumed.history
    assert [epoch.number for epoch in again] == [1, 2]
    assert again[1].loss == pytest.approx(unbroken[1].loss, rel=1e-3)
    assert again[1].mae == pytest.approx(unbroken[1].mae, rel=0.02)


def test_training_may_begin_with_the_weights_of_a_model(config: TrainConfig, tmp_path: Path) -> None:
    folder = write_model_of(tmp_path / "begun", card=ModelCard(steering_scale=0.2))
    fit, model = fit_of(config.model_copy(update={"start": str(folder)})), load_model(str(folder))
    seen = draw_road(np.random.default_rng(0), curve=0.5, offset=0.0)
    answered = config.steering_scale * float(fit.network(seen[None].astype(np.float32), training=False)[0, 0])
    assert answered == pytest.approx(model.steer(seen), abs=1e-5)
    with pytest.raises(ConfigError, match="is no dave2"):
        fit_of(config.model_copy(update={"start": str(folder), "architecture": "dave2"}))


def test_the_shipped_recipe_is_valid() -> None:
    recipe = MODELS / "pilotnet"
    collected = load_settings(CollectConfig, recipe / "collect.yaml", {"out": Path("data/pilotnet")})
    trained = load_settings(TrainConfig, recipe / "train.yaml", {})
    assert trained.data == (collected.out,)
    assert not {"hills", "town"} & set(collected.maps)
    assert not {"WetCloudySunset", "MidRainyNoon"} & set(collected.weathers)


def test_training_stops_when_patience_ends(config: TrainConfig) -> None:
    fit = fit_of(config.model_copy(update={"patience": 1}))
    fit.history = [Epoch(1, 1, 0.0, 0.0, 0.0, 0), Epoch(2, 1, 0.1, 0.1, 0.1, 0)]
    assert list(fit) == []


def test_nothing_to_resume_from(config: TrainConfig) -> None:
    with pytest.raises(ConfigError, match="nothing to resume"):
        fit_of(config.model_copy(update={"resume": True}))


def test_the_record_of_another_network_is_not_taken_up(config: TrainConfig) -> None:
    list(islice(fit_of(config.model_copy(update={"batch": 96})), 1))
    with pytest.raises(ConfigError, match="another network"):
        fit_of(config.model_copy(update={"resume": True, "architecture": "dave2"}))


def test_too_few_frames_for_a_batch(config: TrainConfig) -> None:
    with pytest.raises(ConfigError, match="too few frames"):
        next(iter(fit_of(config.model_copy(update={"batch": 4096}))))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[list[str]]:
    yield [sys.executable, "-m", "scripts.train", "--out", str(tmp_path / "net"), "--record", str(tmp_path / "rec")]


def test_the_door_trains(door: list[str], data: Path, tmp_path: Path) -> None:
    config = tmp_path / "train.yaml"
    config.write_text("batch: 64\nbalance: {cap: 0.5}\n")
    command = [*door, "--data", str(data), "--epochs", "1", "--config", str(config)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "epoch 1/1" in ended.stdout
    assert (tmp_path / "net" / "model.keras").is_file()


def test_the_door_refuses_in_one_line(door: list[str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [*door, "--data", str(tmp_path / "none")], capture_output=True, text=True, timeout=200, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "record one with scripts.collect" in ended.stderr


@pytest.mark.parametrize(
    ("flag", "below"), [("--record", ""), ("--record", "checkpoints"), ("--record", "under/it"), ("--out", "")]
)
def test_a_file_in_the_way_is_told_before_the_first_epoch(
    door: list[str], data: Path, tmp_path: Path, flag: str, below: str
) -> None:
    place = tmp_path / "place"
    blocked = place / Path(below).parts[0] if below else place
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("precious")
    command = [*door, "--data", str(data), flag, str(place / below if "under" in below else place)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert f"choose another {flag}" in ended.stderr
    assert blocked.read_text() == "precious"


FULL = """
import resource, sys
from pathlib import Path
from agent.errors import RecordingError
from agent.training.dataset import open_dataset
from agent.training.fit import Fit
from agent.training.outcome import write_model, write_record
from agent.training.settings import Split, TrainConfig
data, out, full = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
config = TrainConfig(data=(data,), out=out, record=out.parent / "record", epochs=1, batch=64, balance={"cap": 0.5})
fit = Fit(config, open_dataset((data,), Split(0.2)))
config.record_folder.mkdir()
def fill_the_disk():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
if full == "checkpoint":
    fill_the_disk()
try:
    list(fit)
    fill_the_disk()
    (write_model if full == "model" else write_record)(fit)
except RecordingError as error:
    print(error)
"""


@pytest.mark.parametrize(("full", "flag"), [("checkpoint", "--record"), ("record", "--record"), ("model", "--out")])
def test_a_full_disk_is_one_line(data: Path, tmp_path: Path, full: str, flag: str) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "model.keras").write_text("the one before")
    command = [sys.executable, "-c", FULL, str(data), str(tmp_path / "net"), full]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("\n") == 1
    assert "File too large: free some space or choose another " + flag in ended.stdout
    assert (tmp_path / "net" / "model.keras").read_text() == "the one before"
    assert len(list((tmp_path / "net").iterdir())) == 1


def test_a_damaged_shard_is_one_line(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "roads", runs=2, frames=40)
    config = TrainConfig(data=folder, out=tmp_path / "net", record=tmp_path / "record", batch=16, held_out=0.5)
    fit = fit_of(config)
    for shard in folder.glob("*.tfrecord"):
        content = bytearray(shard.read_bytes())
        content[len(content) // 2] ^= 255
        shard.write_bytes(content)
    for read in (lambda: list(fit), lambda: fit_of(config)):
        with pytest.raises(ConfigError, match="cannot be read: corrupted record at .*: record it again") as caught:
            read()
        assert "\n" not in str(caught.value)
    assert "{{" not in str(caught.value)


def test_a_damaged_checkpoint_is_one_line(config: TrainConfig) -> None:
    list(islice(fit_of(config.model_copy(update={"batch": 96})), 1))
    for file in (config.record_folder / "checkpoints").glob("*.index"):
        file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(ConfigError, match="is damaged: leave --resume out"):
        fit_of(config.model_copy(update={"resume": True}))


def test_the_shipped_file_is_valid_and_says_what_the_code_says() -> None:
    shipped = load_settings(TrainConfig, Path("configs/train.yaml"), {})
    assert shipped == TrainConfig(data=(Path("data/base"),), out=Path("configs/models/pilotnet"))
    assert shipped.augment.flip == 0


def test_balance_defaults_thin_out_the_straights() -> None:
    assert Balance().cap * Balance().bins > 1, "or no frame of any bin could all be drawn"
