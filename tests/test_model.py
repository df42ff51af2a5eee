from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import agent.model
from agent.backend import keras, tf
from agent.errors import ModelError
from agent.model import SteeringModel, load_model
from agent.model_card import ModelCard, RescalingCard, write_card
from agent.saliency import Explainer, make_explainer
from agent.saliency.anatomy import Anatomy
from tests.fakes import make_frame
from tests.seeded_models import NETWORKS, seeded_network, steering_model, write_model

layers = keras.layers


def pictures(count: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (count, 66, 200, 3), np.uint8)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("architecture", NETWORKS)
def test_a_loaded_model_answers_like_the_one_that_was_saved(tmp_path: Path, architecture: str, suffix: str) -> None:
    network = seeded_network(architecture, seed=3)
    network.save(tmp_path / f"net{suffix}")
    model = load_model(str(tmp_path / f"net{suffix}"))
    seen = pictures(4)
    wanted = np.clip(network(seen.astype(np.float32), training=False).numpy()[:, 0], -1, 1)
    answered = [model.steer(each) for each in seen]
    assert np.ptp(wanted) > 1e-3, "the pictures must tell the answers apart"
    np.testing.assert_allclose(answered, wanted, atol=2e-6)


def test_a_sequential_and_its_functional_twin_are_the_same_model(tmp_path: Path) -> None:
    sequential = seeded_network("batch_normalised")
    sequential.save(tmp_path / "sequential.keras")
    keras.Model(sequential.inputs[0], sequential.outputs[0]).save(tmp_path / "functional.keras")
    one, other = (load_model(str(tmp_path / f"{name}.keras")) for name in ("sequential", "functional"))
    assert [one.steer(each) for each in pictures(3)] == [other.steer(each) for each in pictures(3)]


def test_a_name_means_a_folder_of_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model(tmp_path / "driver", card=ModelCard(color="YUV"))
    monkeypatch.setattr(agent.model, "MODELS", tmp_path)
    model = load_model("driver")
    assert (model.name, model.card.color) == ("driver", "YUV")
    assert model.sha256 == hashlib.sha256((tmp_path / "driver" / "model.keras").read_bytes()).hexdigest()
    with pytest.raises(ModelError, match="unknown model 'driven': known are driver"):
        load_model("driven")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x" * 300 + ".keras", "File name too long"),
        ("x" * 300, "File name too long"),
        ("nul\0.h5", "null byte"),
    ],
)
def test_a_name_that_cannot_be_looked_up_is_one_line(name: str, reason: str) -> None:
    with pytest.raises(ModelError, match=f"cannot open the model .*: .*{reason}"):
        load_model(name)


def test_without_a_card_the_likeliest_one_is_guessed_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seeded_network().save(tmp_path / "net.keras")
    with caplog.at_level(logging.WARNING):
        model = load_model(str(tmp_path / "net.keras"))
    assert model.card == ModelCard()
    assert [record.message for record in caplog.records if "guessing RGB" in record.message]


def test_the_preprocessor_makes_what_the_network_takes() -> None:
    model = steering_model()
    seen = model.preprocessor(make_frame(width=640, height=360))
    assert seen.shape == model.input_shape == (66, 200, 3)
    assert -1 <= model.steer(seen) <= 1


def test_steering_is_the_output_times_its_scale_clipped() -> None:
    plain, seen = steering_model(), pictures(1)[0]
    output = float(plain.network(seen[None].astype(np.float32))[0, 0])
    assert abs(output) > 0.02
    tenth = SteeringModel("tenth", "", ModelCard(steering_scale=0.1), plain.network)
    over = SteeringModel("over", "", ModelCard(steering_scale=-1.2 / abs(output)), plain.network)
    assert tenth.steer(seen) == pytest.approx(output / 10, abs=1e-6)
    assert over.steer(seen) == -np.sign(output)


def test_an_answer_far_outside_is_no_steering() -> None:
    plain, seen = steering_model(), pictures(1)[0]
    degrees = SteeringModel("degrees", "", ModelCard(steering_scale=100), plain.network)
    with pytest.raises(ModelError, match=r"'degrees' answered .*, a steer of .*: wanted -1 to 1; give .* in its card"):
        degrees.steer(seen)


def test_a_network_that_answers_nan_is_named() -> None:
    model = steering_model()
    model.network.layers[-1].bias.assign([np.nan])
    with pytest.raises(ModelError, match="'pilotnet' answered nan"):
        model.steer(pictures(1)[0])


def test_a_number_that_does_not_steer_is_kept_to_be_explained(tmp_path: Path) -> None:
    image = keras.Input((66, 200, 3))
    seen = layers.Flatten()(layers.Conv2D(4, 5, strides=4, activation="relu", name="sees")(image))
    angle, throttle = layers.Dense(1, name="angle")(seen), layers.Dense(1, name="throttle")(seen)
    both = layers.Activation("tanh", name="squashed")(layers.Dense(2, name="controls")(seen))
    for output, names in (([angle, throttle], ["angle", "throttle"]), (both, ["squashed", "squashed_1"])):
        keras.Model(image, output).save(tmp_path / "several.keras")
        model = load_model(str(tmp_path / "several.keras"))
        (height_px, width_px), network_input = model.input_shape[:2], pictures(1)[0]
        anatomy = Anatomy(model)
        assert [each.name for each in anatomy.outputs] == names
        assert [each.steers for each in anatomy.outputs] == [True, False]
        assert [layer.name for layer in anatomy.layers].count("sees") == 1  # what both need is there once
        answers = [float(answer[0, 0]) for answer in model.whole(network_input[None].astype(np.float32))]
        assert float(model.network(network_input[None].astype(np.float32))[0, 0]) == answers[0] != answers[1]
        other = make_explainer("gradient", None, model, output=names[1])
        assert isinstance(other, Explainer)
        steer, heat, peak = other.steer_and_map(network_input)
        assert steer == model.steer(network_input)
        assert heat.shape == (height_px, width_px) and peak > 0.0
        assert other.unit == f"{names[1]} per grey level"


def test_steering_is_traced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = steering_model()
    calls: list[int] = []
    monkeypatch.setattr(type(model.layers[0]), "__call__", lambda *given, **how: calls.append(1))
    for each in pictures(3):
        model.steer(each)
    assert not calls
    with pytest.raises((tf.errors.InvalidArgumentError, TypeError, ValueError)):
        model.steer(pictures(1)[0, :33])


def old_keras_file(path: Path, card: ModelCard | None = None) -> Any:
    """A Keras 2 file of a course: Sequential, a Lambda with marshalled code first, layers named by weight_names."""
    network = seeded_network("dave2", seed=5)
    configs = [
        {"class_name": "Lambda", "config": {"name": "lambda_1", "batch_input_shape": [None, 66, 200, 3], "function": [
            "4wEAAAAAAAAAAAAAAAEAAAACAAAAQwAAAHMMAAAA", None, None]}}
    ]  # fmt: skip
    with h5py.File(path, "w") as file:
        for layer in network.layers[2:]:
            config = layer.get_config()
            kept = {key: config[key] for key in ("name", "units", "filters", "strides", "padding") if key in config}
            if "activation" in config:
                kept |= {"activation": config["activation"], "use_bias": True}
            if "kernel_size" in config:
                kept["kernel_size"] = list(config["kernel_size"])
            configs.append({"class_name": type(layer).__name__, "config": kept})
            group = file.create_group(f"model_weights/{layer.name}")
            names = [f"{layer.name}/{part}:0" for part in ("kernel", "bias")] if layer.weights else []
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.weights, strict=True):
                group[name] = weight.numpy()
        config = {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": configs}}
        file.attrs["model_config"] = json.dumps(config).encode()
    if card is not None:
        write_card(path.with_name("card.yaml"), card)
    return network


def test_the_lambda_of_a_keras_2_file_is_taken_for_the_usual_rescaling_and_never_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network = old_keras_file(tmp_path / "course.h5")
    with caplog.at_level(logging.WARNING):
        model = load_model(str(tmp_path / "course.h5"))
    assert any("Lambda layer is not run" in record.message for record in caplog.records)
    seen = pictures(3)
    wanted = network(seen.astype(np.float32)).numpy()[:, 0]
    np.testing.assert_allclose([model.steer(each) for each in seen], wanted, atol=2e-6)


def test_the_card_says_what_the_lambda_did(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rescaling = RescalingCard(scale=1 / 255, offset=-0.5)
    network = old_keras_file(tmp_path / "course.h5", ModelCard(normalisation=rescaling))
    with caplog.at_level(logging.WARNING):
        model = load_model(str(tmp_path / "course.h5"))
    assert not caplog.records
    seen = pictures(1)[0]
    # the seeded network rescales by x/127.5-1 itself: give it levels that then are x/255-0.5
    as_if = (seen[None].astype(np.float32) / 255 - 0.5 + 1) * 127.5
    assert model.steer(seen) == pytest.approx(float(network(as_if)[0, 0]), abs=2e-6)


def test_a_card_can_rescale_before_a_network_that_does_not(tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((8, 16, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    network.save(tmp_path / "net.keras")
    write_card(tmp_path / "card.yaml", ModelCard(normalisation=RescalingCard(scale=1 / 2550, offset=0.01)))
    model = load_model(str(tmp_path / "net.keras"))
    seen = pictures(1)[0, :8, :16]
    wanted = float(network(seen[None] / np.float32(2550) + np.float32(0.01))[0, 0])
    assert model.steer(seen) == pytest.approx(np.clip(wanted, -1, 1), abs=1e-6)
