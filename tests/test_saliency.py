from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent.backend import keras, tf
from agent.errors import ConfigError, ModelError
from agent.model import SteeringModel
from agent.model_card import ModelCard
from agent.saliency import METHODS, Explainer, layer_names, make_explainer, method_names
from agent.saliency.anatomy import Anatomy
from agent.saliency.strided import convolve, has_phases
from tests.fakes import make_frame
from tests.seeded_models import NETWORKS, seeded_network, steering_model

SHAPE = (66, 200, 3)


def picture(seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, SHAPE, np.uint8)


def explainer(method: str, model: SteeringModel, layer: str | None = None, output: str | None = None) -> Explainer:
    made = make_explainer(method, layer, model, output=output)
    assert isinstance(made, Explainer)
    return made


@pytest.mark.parametrize("architecture", NETWORKS)
def test_the_peak_says_how_far_a_grey_level_moves_the_steering(architecture: str) -> None:
    model = steering_model(architecture, 1, ModelCard(steering_scale=-0.05))
    seen = np.clip(picture(1), 1, 254)
    steer, saliency, peak = explainer("gradient", model).steer_and_map(seen)
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
    steer, saliency, peak = explainer("gradient", model).steer_and_map(picture(0))
    assert steer == 1.0
    assert peak > 0
    assert saliency.max() == 1.0


def test_no_method_changes_the_driving_network() -> None:
    model = steering_model("dave2")
    config, weights = model.network.to_json(), [weight.copy() for weight in model.network.get_weights()]
    nodes = [len(layer._inbound_nodes) for layer in model.network.layers]
    before = model.steer(picture(0))
    for method in ("gradient", "guided", "grad_cam", "visual_backprop"):  # each way through the network
        explainer(method, model).steer_and_map(picture(0))
    assert model.network.to_json() == config
    assert [len(layer._inbound_nodes) for layer in model.network.layers] == nodes
    assert all(np.array_equal(*pair) for pair in zip(weights, model.network.get_weights(), strict=True))
    assert model.steer(picture(0)) == before


def test_the_explainer_shares_the_driving_weights() -> None:
    model = steering_model()
    explain = explainer("gradient", model)
    _, _, before = explain.steer_and_map(picture(0))
    kernel = model.network.layers[-1].kernel
    kernel.assign(kernel * 2)
    assert explain.steer_and_map(picture(0))[2] == pytest.approx(2 * before, rel=1e-5)


def test_without_a_gradient_the_map_and_the_peak_are_zero() -> None:
    model = steering_model("pilotnet")
    kernel = model.network.layers[-1].kernel
    kernel.assign(kernel * 0)
    for method in ("gradient", "gradient_x_input", "grad_cam", "guided"):
        _, saliency, peak = explainer(method, model).steer_and_map(picture(0))
        assert peak == 0.0
        assert not saliency.any()


def test_a_network_that_answers_nan_is_an_error_not_a_picture() -> None:
    model = steering_model()
    model.network.layers[-1].bias.assign([np.nan])
    with pytest.raises(ModelError, match="answered nan"):
        explainer("gradient", model).steer_and_map(picture(0))


@pytest.mark.parametrize("method", METHODS)
def test_the_value_of_a_frame(method: str) -> None:
    model = steering_model(card=ModelCard(steering_scale=0.1))
    explain = explainer(method, model)
    frame = make_frame(7, width=640, height=360)
    saliency = explain(frame)
    assert (saliency.frame_index, saliency.method, saliency.layer) == (7, method, explain.layer)
    assert (saliency.map.shape, saliency.map.dtype) == ((66, 200), np.float32)
    assert (saliency.signed, saliency.unit) == (explain.signed, explain.unit)
    assert np.abs(saliency.map).max() == pytest.approx(1.0)
    assert saliency.map.min() >= (-1.0 if explain.signed else 0.0)
    assert saliency.placement == model.preprocessor.placement(frame)
    assert saliency.elapsed_s > 0
    with pytest.raises(ValueError, match="read-only"):
        saliency.map[0, 0] = 0


def test_maps_do_not_share_memory() -> None:
    explain = explainer("gradient", steering_model(), "steering")
    first = explain(make_frame(1))
    kept = first.map.copy()
    explain(make_frame(2))
    assert np.array_equal(first.map, kept)


@pytest.mark.parametrize("method", ["gradient", "integrated_gradients", "visual_backprop"])
def test_many_pictures_at_once_give_what_one_by_one_gives(method: str) -> None:
    model = steering_model("dave2", card=ModelCard(steering_scale=-0.5))
    explain = explainer(method, model)
    pictures = np.stack([picture(seed) for seed in range(11)])
    steer, maps, peaks = explain.batch(pictures)
    assert (maps.dtype, steer.dtype, peaks.dtype) == (np.float32,) * 3
    singles = [explain.steer_and_map(each) for each in pictures]
    np.testing.assert_allclose(steer, [single[0] for single in singles], atol=1e-6)
    np.testing.assert_allclose(maps, [single[1] for single in singles], atol=1e-5)
    np.testing.assert_allclose(peaks, [single[2] for single in singles], rtol=1e-4)
    assert [len(part) for part in explain.batch(pictures[:0])] == [0, 0, 0]


def test_nothing_is_traced_after_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    walks = []
    walk = Anatomy.walk
    monkeypatch.setattr(Anatomy, "walk", lambda anatomy, *given, **how: walks.append(1) or walk(anatomy, *given, **how))
    model = steering_model()
    alone, beside = explainer("smoothgrad", model), make_explainer("smoothgrad", None, model, beside_driver=True)
    made = len(walks)
    for index in range(3):
        frame = make_frame(index)
        alone(frame)
        model.steer(model.preprocessor(frame))
        beside(frame)
    assert len(walks) == made > 0


@pytest.mark.parametrize("method", METHODS)
def test_beside_the_driver_a_map_goes_on_from_where_the_steering_left_off(method: str) -> None:
    for architecture in NETWORKS:
        model = steering_model(architecture)
        alone = explainer(method, model)
        beside = make_explainer(method, None, model, beside_driver=True)
        frames = [make_frame(1, width=640, height=360), make_frame(2, width=640, height=360)]
        model.steer(model.preprocessor(frames[0]))
        for frame in frames:  # the second one has not been steered by
            wanted, got = alone(frame), beside(frame)
            np.testing.assert_allclose(got.map, wanted.map, atol=1e-6)
            assert got.peak == pytest.approx(wanted.peak, rel=1e-5)


def test_beside_the_driver_the_network_is_not_walked_again() -> None:
    model = steering_model()
    beside = make_explainer("activations", None, model, beside_driver=True)
    frame = make_frame(1)
    model.steer(model.preprocessor(frame))
    walked = model.walked(model.preprocessor(frame))
    assert walked is not None
    black = [tf.zeros_like(tensor) for tensor in walked]
    model._newest = (model.preprocessor(frame), black)  # what it is told that the layers made counts
    assert beside(frame).peak == 0.0
    assert model.walked(picture(0)) is None


@pytest.mark.parametrize(("stride", "kernel"), [(2, (5, 5)), (2, (3, 4)), (3, (5, 8)), (4, (4, 4)), (2, (2, 7))])
@pytest.mark.parametrize("size", [(33, 40), (34, 41)])
def test_the_way_back_through_a_strided_convolution_is_its_plain_gradient(
    stride: int, kernel: tuple[int, int], size: tuple[int, int]
) -> None:
    rng = np.random.default_rng(stride)
    layer = keras.layers.Conv2D(8, kernel, stride, activation="elu")
    keras.Model(image := keras.Input((*size, 3)), layer(image))
    assert has_phases(layer)
    given = tf.constant(rng.normal(size=(2, *size, 3)).astype(np.float32))
    slopes = []
    for way in (layer, lambda tensor: convolve(layer, tensor)):
        with tf.GradientTape() as tape:
            tape.watch(given)
            made = way(given)
            sum_ = tf.reduce_sum(tf.sin(made) * made)
        slopes.append(tape.gradient(sum_, given).numpy())
    np.testing.assert_allclose(slopes[1], slopes[0], atol=2e-6 * np.abs(slopes[0]).max())


def test_a_network_that_does_not_end_in_a_dense_layer_is_explained_as_it_is() -> None:
    layers = keras.layers
    image = keras.Input(SHAPE)
    answer = layers.GlobalAveragePooling2D()(layers.Conv2D(1, 5, activation="tanh")(layers.Rescaling(1 / 255)(image)))
    model = SteeringModel("pooled", "", ModelCard(), keras.Model(image, answer))
    steer, saliency, peak = explainer("gradient", model).steer_and_map(picture(0))
    levels = tf.Variable(picture(0)[None].astype(np.float32))
    with tf.GradientTape() as tape:
        output = model.network(levels)[0, 0]
    raw = np.abs(tape.gradient(output, levels).numpy()[0]).max(axis=-1)
    np.testing.assert_allclose(saliency * peak, raw, atol=1e-7)
    assert steer == pytest.approx(float(output), abs=1e-6)


def test_layers_go_by_name_and_by_index() -> None:
    model = steering_model()
    assert layer_names(model) == [
        *("normalisation", "conv1", "conv2", "conv3", "conv4", "conv5", "flatten"),
        *("dense1", "dense2", "dense3", "steering"),
    ]
    assert layer_names(model, "grad_cam") == ["normalisation", "conv1", "conv2", "conv3", "conv4", "conv5"]
    assert layer_names(model, "visual_backprop") == layer_names(model, "none") == []
    assert explainer("gradient", model, "2").layer == "conv2"
    assert explainer("gradient", model, "-1").layer == "steering"
    assert explainer("gradient", model, "conv2").unit == "activation per grey level"
    assert explainer("grad_cam", model).layer == "conv2"
    assert explainer("activations", model).layer == "conv1"
    assert explainer("visual_backprop", model).layer == "what the conv stack sees"


def test_unknown_names_list_the_known_ones() -> None:
    model = steering_model()
    assert method_names() == [*METHODS, "none"]
    for method, layer, words in (
        ("gradeint", None, "unknown saliency method 'gradeint': known are gradient, "),
        ("gradient", "cnov3", "unknown layer 'cnov3': known are conv3, "),
        ("gradient", "99", "unknown layer '99': known are "),
        ("grad_cam", "dense1", "layer 'dense1' has no picture to look at: known are normalisation, conv1"),
        ("visual_backprop", "conv1", "visual_backprop shows the whole conv stack: give it no layer"),
    ):
        with pytest.raises(ConfigError) as refusal:
            make_explainer(method, layer, model)
        assert str(refusal.value).startswith(words)
    with pytest.raises(ConfigError, match="unknown output 'throttel': known are steering"):
        make_explainer("gradient", None, model, output="throttel")


def test_the_seeded_networks_are_not_saturated() -> None:
    for architecture in ("dave2", "batch_normalised"):
        outputs = seeded_network(architecture)(np.stack([picture(seed) for seed in range(8)]).astype(np.float32))
        assert np.abs(outputs).max() < 0.999
