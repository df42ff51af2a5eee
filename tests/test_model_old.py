"""Models of Keras 1 and 2 answer as they did where they come from."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.errors import ModelError
from agent.model import load_model
from agent.model_card import ModelCard, OutputCard, RangeCard, write_card
from tests.old_models import Keras1Course

tf_keras = pytest.importorskip("tf_keras")
old = tf_keras.layers


def pictures(count: int, shape: tuple[int, int, int]) -> Any:
    """Noise between levels of its own in each picture, column by column: they look different to a network."""
    rng = np.random.default_rng(1)
    levels = rng.integers(0, 200, (count, 1, shape[1] // 10, shape[2])).repeat(10, axis=2)
    return (levels + rng.integers(0, 56, (count, *shape))).astype(np.uint8)


def agree(path: Path, wanted: Any, seen: Any) -> None:
    model = load_model(str(path))
    assert np.ptp(wanted) > 1e-3, "the pictures must tell the answers apart"
    np.testing.assert_allclose([model.steer(each) for each in seen], wanted, atol=1e-5)


@pytest.mark.parametrize(
    "layout", [{}, {"functional": True}, {"whole": False}, {"backend": "tensorflow"}, {"backend": "theano"}], ids=str
)
def test_a_keras_1_file_answers_as_numpy_says(tmp_path: Path, layout: dict[str, Any]) -> None:
    course, seen = Keras1Course(), pictures(4, (60, 80, 3))
    agree(course.write(tmp_path / "course.h5", **layout), course.answer(seen), seen)


def test_weights_without_their_json_say_what_is_missing(tmp_path: Path) -> None:
    path = Keras1Course().write(tmp_path / "course.h5", whole=False)
    path.with_suffix(".json").unlink()
    with pytest.raises(ModelError, match=r"no model_config, and there is no course\.json beside it"):
        load_model(str(path))


def test_a_keras_1_network_that_normalises_by_the_batch_is_refused(tmp_path: Path) -> None:
    course = Keras1Course()
    layers = course.layers()
    layers[5]["config"]["mode"] = 2
    course.layers = lambda: layers  # type: ignore[method-assign]
    with pytest.raises(ModelError, match="normalises by the batch"):
        load_model(str(course.write(tmp_path / "course.h5")))


def seeded(network: Any, gain: float = 1.0) -> Any:
    """Every weight random, moving averages too."""
    rng = np.random.default_rng(7)
    for weight in network.weights:
        positive = "variance" in weight.name or "gamma" in weight.name
        spread = gain * (0.1 if weight.shape.rank == 1 else np.sqrt(2 / np.prod(weight.shape[:-1])))
        weight.assign(rng.uniform(0.5, 1.5, weight.shape) if positive else rng.normal(0, spread, weight.shape))
    return network


def every_layer() -> Any:
    """Keras 2: all layers that a steering network of its time may have."""
    return tf_keras.Sequential(
        [
            old.Cropping2D(((8, 4), (0, 0)), input_shape=(66, 120, 3)),
            old.Lambda(lambda x: x / 127.5 - 1.0),
            old.ZeroPadding2D(((1, 0), (2, 1))),
            old.Conv2D(6, 5, strides=2, activation=old.LeakyReLU(alpha=0.2)),
            old.BatchNormalization(epsilon=1e-2),
            old.ELU(0.7),
            old.MaxPooling2D(2, padding="same"),
            old.Conv2D(8, 3, dilation_rate=2, use_bias=False),
            old.ReLU(max_value=3.0, negative_slope=0.1),
            old.SpatialDropout2D(0.2),
            old.AveragePooling2D((2, 3), strides=(1, 2)),
            old.Conv2D(8, (3, 2), padding="same", groups=2),
            old.LeakyReLU(0.05),
            old.GaussianNoise(0.1),
            old.Flatten(),
            old.Dense(20, activation="hard_sigmoid"),
            old.Dropout(0.5),
            old.Dense(10, activation=old.ELU()),
            old.Activation("softsign"),
            old.Dense(1, activation="tanh"),
        ]
    )


def pooled() -> Any:
    """Keras 2, functional: global pooling, rescaling, no Flatten."""
    image = tf_keras.Input((40, 60, 3))
    x = old.Rescaling(1 / 255.0, -0.5)(image)
    x = old.Conv2D(16, 3, activation="relu")(x)
    x = old.BatchNormalization(scale=False)(x)
    x = old.GlobalMaxPooling2D()(x)
    return tf_keras.Model(image, old.Dense(1, activation="softsign")(x))


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5")
@pytest.mark.parametrize("suffix", [".h5", ".hdf5", ".keras"])
@pytest.mark.parametrize(("build", "shape"), [(every_layer, (66, 120, 3)), (pooled, (40, 60, 3))])
def test_a_keras_2_file_answers_as_keras_2_does(tmp_path: Path, build: Any, shape: Any, suffix: str) -> None:
    network, seen = seeded(build(), 1.2), pictures(4, shape)
    network.save(tmp_path / f"net{suffix}")
    agree(tmp_path / f"net{suffix}", network(seen.astype(np.float32), training=False).numpy()[:, 0], seen)


def donkey(outputs: Any) -> Any:
    """The front of donkeycar's networks (donkeycar/parts/keras.py), with whatever answers it ends in."""
    image = tf_keras.Input((60, 80, 3), name="img_in")
    x = old.Conv2D(12, 5, strides=2, activation="relu", name="conv2d_1")(image)
    x = old.Dropout(0.2)(x)
    x = old.Conv2D(16, 5, strides=2, activation="relu", name="conv2d_2")(x)
    x = old.Flatten(name="flattened")(x)
    x = old.Dense(30, activation="relu")(x)
    return seeded(tf_keras.Model(image, outputs(x)), 0.8)


def test_donkeycars_two_outputs_steer_by_the_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    network = donkey(lambda x: [old.Dense(1, name="n_outputs0")(x), old.Dense(1, name="n_outputs1")(x)])
    network.save(tmp_path / "linear.keras")
    seen = pictures(3, (60, 80, 3))
    with caplog.at_level(logging.WARNING):
        agree(tmp_path / "linear.keras", network(seen / np.float32(255))[0].numpy()[:, 0], seen)
    assert "guessing RGB 0..1" in caplog.text
    assert "output 'n_outputs0' of 2 steers" in caplog.text


@pytest.mark.parametrize("choose", ["likeliest", "mean"])
def test_donkeycars_classes_steer(tmp_path: Path, caplog: pytest.LogCaptureFixture, choose: str) -> None:
    network = donkey(
        lambda x: [
            old.Dense(20, activation="softmax", name="throttle_out")(x),
            old.Dense(15, activation="softmax", name="angle_out")(x),
        ]
    )
    head = network.get_layer("angle_out")
    head.kernel.assign(head.kernel * 50)  # sure of itself, and of another class for another picture
    network.save(tmp_path / "categorical.keras")
    seen = pictures(8, (60, 80, 3))
    classes = network(seen / np.float32(255))[1].numpy()
    angles = np.linspace(-1, 1, 15)
    wanted = angles[classes.argmax(axis=1)] if choose == "likeliest" else classes @ angles
    if choose == "mean":
        bins = {"choose": "mean"}
        card = ModelCard(
            normalisation=RangeCard(low=0, high=1), output=OutputCard.model_validate({"index": 1, "bins": bins})
        )
        write_card(tmp_path / "card.yaml", card)
    with caplog.at_level(logging.WARNING):
        agree(tmp_path / "categorical.keras", wanted, seen)
    assert ("output 'angle_out' of 2 steers, 15 classes" in caplog.text) == (choose == "likeliest")


@pytest.mark.parametrize("index", [0, 1])
def test_one_output_of_steer_and_throttle(tmp_path: Path, index: int) -> None:
    network = donkey(lambda x: old.Activation("tanh")(old.Dense(2)(x)))
    network.save(tmp_path / "both.keras")
    card = ModelCard(normalisation=RangeCard(low=0, high=1), output=OutputCard(index=index), steering_scale=-0.5)
    write_card(tmp_path / "card.yaml", card)
    seen = pictures(3, (60, 80, 3))
    agree(tmp_path / "both.keras", -0.5 * network(seen / np.float32(255)).numpy()[:, index], seen)
