"""Files from strangers: each is refused in one line, and nothing in it is run."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import agent.model_files
from agent.backend import keras
from agent.errors import ModelError
from agent.model import load_model
from tests.seeded_models import seeded_network

layers = keras.layers
Config = dict[str, Any]


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(str(path))
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    return line


def saved(path: Path, network: Any | None = None) -> Path:
    (network or seeded_network("batch_normalised")).save(path)
    return path


def repacked(
    path: Path, *, config: Callable[[Config], object] | None = None, h5: Callable[[Any], object] | None = None
) -> Path:
    """The .keras file with its JSON or its weights changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if config is not None:
        read = json.loads(members["config.json"])
        config(read)
        members["config.json"] = json.dumps(read).encode()
    if h5 is not None:
        buffer = io.BytesIO(members["model.weights.h5"])
        with h5py.File(buffer, "r+") as file:
            h5(file)
        members["model.weights.h5"] = buffer.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def layer(config: Config, kind: str) -> Config:
    found: Config = next(each for each in config["config"]["layers"] if each["class_name"] == kind)
    return found


def test_missing_and_strange_files(tmp_path: Path) -> None:
    assert "no model file" in refused(tmp_path / "gone.keras")
    (tmp_path / "net.onnx").write_bytes(b"x")
    assert "wanted one of .keras .h5" in refused(tmp_path / "net.onnx")
    for name in ("words.keras", "words.h5"):
        (tmp_path / name).write_text("I am no model")
        assert "is not a" in refused(tmp_path / name)
    (tmp_path / "empty").mkdir()
    assert "holds no model.keras" in refused(tmp_path / "empty")


def test_a_saved_model_folder_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "exported").mkdir()
    (tmp_path / "exported" / "saved_model.pb").write_bytes(b"")
    assert "could run any operation" in refused(tmp_path / "exported")


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_truncated_file(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"net{suffix}")
    whole = path.read_bytes()
    for share in (0.0, 0.3, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        refused(path)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_file_with_any_byte_changed_loads_or_is_refused(tmp_path: Path, suffix: str) -> None:
    network = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1)])
    path = saved(tmp_path / f"net{suffix}", network)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for place in rng.integers(0, len(whole), 60):
        path.write_bytes(whole[:place] + bytes([int(rng.integers(256))]) + whole[place + 1 :])
        try:
            load_model(str(path))
        except ModelError as error:
            assert "\n" not in str(error)


def test_weights_without_a_model(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["kernel"] = np.ones(3)
    assert "no model_config" in refused(tmp_path / "weights.h5")


@pytest.mark.parametrize(
    ("network", "fault"),
    [
        ([keras.Input((66, 200, 4)), layers.Flatten(), layers.Dense(1)], "input shape is (None, 66, 200, 4)"),
        ([keras.Input((64,)), layers.Dense(1)], "input shape is (None, 64)"),
        ([keras.Input((None, None, 3)), layers.GlobalAveragePooling2D(), layers.Dense(1)], "leaves the size of its"),
        ([keras.Input((66, 200, 3)), layers.Flatten(), layers.Dense(5)], "it answers 5 numbers: say in a card"),
        ([keras.Input((66, 200, 3)), layers.Conv2D(1, 3)], "wanted (None, 1): one steering number"),
        ([keras.Input((66, 200, 3)), layers.Reshape((39600,)), layers.Dense(1)], "is a Reshape, which is not supp"),
    ],
)
def test_networks_of_another_kind(tmp_path: Path, network: list[Any], fault: str) -> None:
    assert fault in refused(saved(tmp_path / "net.keras", keras.Sequential(network)))


def test_graphs_that_are_no_chain(tmp_path: Path) -> None:
    image, speed = keras.Input((8, 8, 3), name="image"), keras.Input((1,), name="speed")
    flat = layers.Flatten()(image)
    steer, throttle = layers.Dense(1)(flat), layers.Dense(1)(flat)
    joined = layers.Dense(1)(layers.Concatenate()([flat, speed]))
    refused(saved(tmp_path / "speed.keras", keras.Model([image, speed], joined)))
    added = layers.Add()([steer, throttle])
    assert "joins 2 inputs" in refused(saved(tmp_path / "sum.keras", keras.Model(image, added)))


@pytest.mark.parametrize(
    ("kind", "argument", "value", "fault"),
    [
        ("Conv2D", "filters", 10**9, "wanted plain numbers"),
        ("Conv2D", "filters", 9, "needs weights of shapes"),
        ("Conv2D", "data_format", "channels_first", "wants channels first"),
        ("Conv2D", "strides", [0, 0], "makes no sense"),
        ("Conv2D", "kernel_size", {"class_name": "__lambda__"}, "wanted plain numbers"),
        ("ZeroPadding2D", "padding", [[0, 99999], [0, 99999]], "would make a picture of shape"),
        ("MaxPooling2D", "pool_size", [999, 999], ""),
        ("Activation", "activation", "os.system", "has the activation 'os.system'"),
        ("Activation", "activation", {"module": "os", "class_name": "system", "config": "true"}, "has the activation"),
        ("Rescaling", "scale", {"class_name": "__numpy__", "config": {"value": [1]}}, "wanted plain numbers"),
        ("Dropout", "rate", "NaN", ""),
        ("Dense", "units", 5, "it answers 5 numbers"),
        ("BatchNormalization", "axis", 7, ""),
    ],
)
def test_layers_with_foul_arguments(tmp_path: Path, kind: str, argument: str, value: object, fault: str) -> None:
    def change(config: Config) -> None:
        layer(config, kind)["config"][argument] = value

    assert fault in refused(repacked(saved(tmp_path / "net.keras"), config=change))


def test_only_listed_classes_are_built(tmp_path: Path) -> None:
    def change(config: Config) -> None:
        layer(config, "ELU").update(module="subprocess", class_name="Popen", registered_name="Popen")

    assert "is a Popen, which is not supported" in refused(repacked(saved(tmp_path / "net.keras"), config=change))


def test_a_lambda_inside_the_network_is_refused(tmp_path: Path) -> None:
    def change(config: Config) -> None:
        layer(config, "ELU").update(class_name="Lambda")

    assert "a Lambda layer inside" in refused(repacked(saved(tmp_path / "net.keras"), config=change))


@pytest.mark.parametrize("value", [[], "x", {"class_name": "Sequential"}, {"class_name": "Functional", "config": {}}])
def test_json_that_is_no_model(tmp_path: Path, value: object) -> None:
    path = saved(tmp_path / "net.keras")
    with zipfile.ZipFile(path) as archive:
        weights = archive.read("model.weights.h5")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(value))
        archive.writestr("model.weights.h5", weights)
    refused(path)


def test_json_nested_without_end(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "deep.keras", "w") as archive:
        archive.writestr("config.json", "[" * 200_000)
        archive.writestr("model.weights.h5", b"")
    refused(tmp_path / "deep.keras")


def test_a_graph_that_goes_round(tmp_path: Path) -> None:
    image = keras.Input((8, 8, 3), name="image")
    network = keras.Model(image, layers.Dense(1, name="b")(layers.Flatten(name="a")(image)))

    def change(config: Config) -> None:
        by_name = {each["config"]["name"]: each for each in config["config"]["layers"]}
        by_name["a"]["inbound_nodes"] = json.loads(json.dumps(by_name["b"]["inbound_nodes"]))

    assert "broken at layer" in refused(repacked(saved(tmp_path / "net.keras", network), config=change))


def test_weights_of_nan(tmp_path: Path) -> None:
    def spoil(file: Any) -> None:
        file["layers/dense/vars/0"][0] = np.nan

    assert "NaN" in refused(repacked(saved(tmp_path / "net.keras"), h5=spoil))


def test_links_out_of_the_file_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["kernel"] = np.zeros((8, 1), np.float32)

    def external(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(secret), "kernel")

    def soft(file: Any) -> None:
        del file["layers/dense/vars"]
        file["layers/dense/vars"] = h5py.SoftLink("/layers/conv2d/vars")

    def stored_outside(file: Any) -> None:
        del file["layers/dense/vars/0"]
        (tmp_path / "raw").write_bytes(bytes(32))
        shape = (8, 1)
        file["layers/dense/vars"].create_dataset("0", shape, "f4", external=[(os.fspath(tmp_path / "raw"), 0, 32)])

    def virtual(file: Any) -> None:
        del file["layers/dense/vars/0"]
        layout = h5py.VirtualLayout((8, 1), "f4")
        layout[...] = h5py.VirtualSource(str(secret), "kernel", (8, 1))
        file["layers/dense/vars"].create_virtual_dataset("0", layout)

    for spoil in (external, soft):
        assert "link to elsewhere" in refused(repacked(saved(tmp_path / "net.keras"), h5=spoil))
    for spoil in (stored_outside, virtual):
        assert "stored outside the file" in refused(repacked(saved(tmp_path / "net.keras"), h5=spoil))


def test_weights_that_claim_to_be_terabytes(tmp_path: Path) -> None:
    def spoil(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset("0", (1 << 20, 1 << 20), "f4", chunks=(64, 64), compression="gzip")

    assert "unpack to more than 512 MiB" in refused(repacked(saved(tmp_path / "net.keras"), h5=spoil))


def test_a_zip_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (agent.model_files.CONFIG_BYTES + 1))
    assert "unpacks to more than 4 MiB" in refused(tmp_path / "bomb.keras")
    with zipfile.ZipFile(tmp_path / "many.keras", "w") as archive:
        for number in range(agent.model_files.MEMBERS + 1):
            archive.writestr(str(number), b"")
    assert "holds 65 files" in refused(tmp_path / "many.keras")
    monkeypatch.setattr(agent.model_files, "WEIGHTS_BYTES", 1 << 20)
    (tmp_path / "large.h5").write_bytes(bytes((1 << 20) + 1))
    assert "larger than 1 MiB" in refused(tmp_path / "large.h5")
