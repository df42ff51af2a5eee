from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent.backend import keras, tf
from agent.errors import ConfigError, ModelError
from agent.model import SteeringModel
from agent.model_card import ModelCard
from agent.saliency import METHODS, make_explainer
from agent.saliency.gradient import GradientSaliency
from agent.types import Float32
from tests.fakes import make_frame
from tests.seeded_models import NETWORKS, seeded_network, steering_model

SHAPE = (66, 200, 3)


def picture(seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, SHAPE, np.uint8)


def plain_map(network: Any, seen: Any, scale: float) -> tuple[Float32, float]:
    """The definition, step by step: |d output / d pixel| of the network with its last activation taken off."""
    linear = keras.models.clone_model(network)
    linear.set_weights(network.get_weights())
    while not isinstance(linear.layers[-1], keras.layers.Dense):
        linear = keras.Model(linear.inputs[0], linear.layers[-2].output)
    linear.layers[-1].activation = keras.activations.linear
    levels = tf.Variable(seen[None].astype(np.float32))
    with tf.GradientTape() as tape:
        output = linear(levels, training=False)[0, 0] * scale
    raw = np.abs(tape.gradient(output, levels).numpy()[0]).max(axis=-1)
    return raw / raw.max(), float(raw.max())


@pytest.mark.parametrize("architecture", NETWORKS)
@pytest.mark.parametrize("seed", range(4))
def test_the_map_equals_a_plain_gradient_tape(architecture: str, seed: int) -> None:
    model = steering_model(architecture, seed, ModelCard(steering_scale=0.25))
    steer, saliency, peak = GradientSaliency(model).steer_and_map(picture(seed))
    wanted, wanted_peak = plain_map(model.network, picture(seed), 0.25)
    np.testing.assert_allclose(saliency, wanted, atol=1e-6)
    assert peak == pytest.approx(wanted_peak, rel=1e-5)
    assert steer == pytest.approx(model.steer(picture(seed)), abs=1e-6)


@pytest.mark.parametrize("architecture", NETWORKS)
def test_the_peak_says_how_far_a_grey_level_moves_the_steering(architecture: str) -> None:
    model = steering_model(architecture, 1, ModelCard(steering_scale=-0.05))
    seen = np.clip(picture(1), 1, 254)
    steer, saliency, peak = GradientSaliency(model).steer_and_map(seen)
    place = np.unravel_index(saliency.argmax(), saliency.shape)
    moved = []
    for channel in range(3):
        up, down = seen.astype(np.float32), seen.astype(np.float32)
        up[(*place, channel)] += 0.5
        down[(*place, channel)] -= 0.5
        moved.append(abs(float(model.network(up[None])[0, 0] - model.network(down[None])[0, 0])) * 0.05)
    slope = 1.0 if architecture == "pilotnet" else 1 - (steer / 0.05) ** 2  # of the tanh that the map leaves out
    assert max(moved) == pytest.approx(peak * slope, rel=0.05)


def test_a_saturated_tanh_still_has_a_map_and_the_real_steering() -> None:
    model = steering_model("dave2")
    model.network.layers[-1].bias.assign([50.0])
    steer, saliency, peak = GradientSaliency(model).steer_and_map(picture(0))
    assert steer == 1.0
    assert peak > 0
    assert saliency.max() == 1.0


def test_the_driving_network_is_left_as_it_was() -> None:
    model = steering_model("dave2")
    config, weights = model.network.to_json(), [weight.copy() for weight in model.network.get_weights()]
    before = model.steer(picture(0))
    GradientSaliency(model).steer_and_map(picture(0))
    assert model.network.to_json() == config
    assert all(np.array_equal(*pair) for pair in zip(weights, model.network.get_weights(), strict=True))
    assert model.steer(picture(0)) == before


def test_the_explainer_shares_the_driving_weights() -> None:
    model = steering_model()
    explainer = GradientSaliency(model)
    _, _, before = explainer.steer_and_map(picture(0))
    kernel = model.network.layers[-1].kernel
    kernel.assign(kernel * 2)
    assert explainer.steer_and_map(picture(0))[2] == pytest.approx(2 * before, rel=1e-5)


def test_without_a_gradient_the_map_and_the_peak_are_zero() -> None:
    model = steering_model("pilotnet")
    kernel = model.network.layers[-1].kernel
    kernel.assign(kernel * 0)
    _, saliency, peak = GradientSaliency(model).steer_and_map(picture(0))
    assert peak == 0.0
    assert not saliency.any()


def test_a_network_that_answers_nan_is_an_error_not_a_picture() -> None:
    model = steering_model()
    model.network.layers[-1].bias.assign([np.nan])
    with pytest.raises(ModelError, match="answered nan"):
        GradientSaliency(model).steer_and_map(picture(0))


def test_the_value_of_a_frame() -> None:
    model = steering_model(card=ModelCard(steering_scale=0.1))
    explain = make_explainer("gradient", None, model)
    frame = make_frame(7, width=640, height=360)
    saliency = explain(frame)
    assert (saliency.frame_index, saliency.method, saliency.layer) == (7, "gradient", "steering")
    assert (saliency.map.shape, saliency.map.dtype) == ((66, 200), np.float32)
    assert saliency.placement == model.preprocessor.placement(frame)
    assert saliency.elapsed_s > 0
    with pytest.raises(ValueError, match="read-only"):
        saliency.map[0, 0] = 0


def test_maps_do_not_share_memory() -> None:
    explain = make_explainer("gradient", "steering", steering_model())
    first = explain(make_frame(1))
    kept = first.map.copy()
    explain(make_frame(2))
    assert np.array_equal(first.map, kept)


def test_nothing_is_traced_after_the_first_call() -> None:
    explainer = GradientSaliency(steering_model())
    operations = len(explainer._function.graph.get_operations())
    for seed in range(3):
        explainer.steer_and_map(picture(seed))
    assert len(explainer._function.graph.get_operations()) == operations


def test_a_network_that_does_not_end_in_a_dense_layer_is_explained_as_it_is() -> None:
    layers = keras.layers
    image = keras.Input(SHAPE)
    answer = layers.GlobalAveragePooling2D()(layers.Conv2D(1, 5, activation="tanh")(layers.Rescaling(1 / 255)(image)))
    model = SteeringModel("pooled", "", ModelCard(), keras.Model(image, answer))
    steer, saliency, peak = GradientSaliency(model).steer_and_map(picture(0))
    levels = tf.Variable(picture(0)[None].astype(np.float32))
    with tf.GradientTape() as tape:
        output = model.network(levels)[0, 0]
    raw = np.abs(tape.gradient(output, levels).numpy()[0]).max(axis=-1)
    np.testing.assert_allclose(saliency * peak, raw, atol=1e-7)
    assert steer == pytest.approx(float(output), abs=1e-6)


def test_unknown_names_list_the_known_ones() -> None:
    model = steering_model()
    assert "gradient" in METHODS
    with pytest.raises(ConfigError, match="unknown saliency method 'gradeint': known are gradient"):
        make_explainer("gradeint", None, model)
    with pytest.raises(ConfigError, match="unknown layer 'sterring': known are steering"):
        make_explainer("gradient", "sterring", model)


def test_the_seeded_networks_are_not_saturated() -> None:
    for architecture in ("dave2", "batch_normalised"):
        outputs = seeded_network(architecture)(np.stack([picture(seed) for seed in range(8)]).astype(np.float32))
        assert np.abs(outputs).max() < 0.999
