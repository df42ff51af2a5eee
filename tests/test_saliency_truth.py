"""The maps against other people's programs and against what must be true of them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from agent.backend import keras, tf
from agent.model import SteeringModel, load_model
from agent.model_card import CropCard, ModelCard
from agent.saliency import Explainer, make_explainer
from agent.saliency.anatomy import Anatomy, Scene, Target
from agent.saliency.averaged import NOISE, integrated, noise_bank
from agent.saliency.blur import blurred
from agent.saliency.figure import Figures
from agent.saliency.geometry import grids, spread
from agent.saliency.layers import _activation_and_slope
from agent.saliency.method import Method
from agent.types import Saliency
from tests import golden_xplique
from tests.numpy_network import answer_and_gradient
from tests.seeded_models import NETWORKS, steering_model
from viz.blend import overlay

layers = keras.layers
SAME = 1e-5


def picture(shape: tuple[int, int, int], seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def model_of(answer: Any, image: Any, **card: Any) -> SteeringModel:
    card.setdefault("steering_scale", 1e-3)  # random weights answer large numbers
    return SteeringModel("made", "", ModelCard(**card), keras.Model(image, answer))


def odd_one() -> SteeringModel:
    """Odd sizes, padding, dilation, a stride that leaves a rest, average pooling, SELU."""
    image = keras.Input((47, 91, 3))
    made = layers.Rescaling(1 / 255)(image)
    made = layers.Conv2D(6, 5, strides=3, padding="same", activation="selu", name="first")(made)
    made = layers.AveragePooling2D(2, padding="same")(made)
    made = layers.Conv2D(5, 3, dilation_rate=2, activation="relu", name="second")(made)
    made = layers.Dense(7, activation="elu")(layers.Flatten()(made))
    keras.utils.set_random_seed(3)
    return model_of(layers.Dense(1, activation="tanh", name="angle")(made), image)


def two_outputs() -> SteeringModel:
    keras.utils.set_random_seed(4)
    image = keras.Input((33, 65, 3))
    made = layers.Conv2D(4, 5, strides=2, activation="relu")(layers.Rescaling(1 / 255)(image))
    made = layers.Dense(6, activation="relu")(layers.Flatten()(made))
    steer = layers.Dense(1, activation="tanh", name="steer")(made)
    pedals = layers.Dense(2, name="pedals")(made)
    return SteeringModel("two", "", ModelCard(), keras.Model(image, [steer, pedals]))


MODELS: dict[str, Any] = {
    **{name: lambda name=name: steering_model(name) for name in NETWORKS},
    "trained": lambda: load_model("pilotnet"),
    "odd": odd_one,
    "two": two_outputs,
}


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> SteeringModel:
    made: SteeringModel = MODELS[request.param]()
    return made


def explainer(method: str, model: SteeringModel, layer: str | None = None, output: str | None = None) -> Explainer:
    made = make_explainer(method, layer, model, output=output)
    assert isinstance(made, Explainer)
    return made


def linear_twin(model: SteeringModel, column: int = 0, number: int = 0) -> Any:
    """One output of the network without its last activation, as a Keras model of its own."""
    network = model.whole
    tensor = network.outputs[number]
    while not isinstance(layer := next(each for each in network.layers if each.output is tensor), layers.Dense):
        tensor = layer.input
    twin = layers.Dense(1, name="linear_twin")
    made = keras.Model(network.inputs[0], twin(layer.input))
    twin.set_weights([layer.kernel.numpy()[:, column : column + 1], layer.bias.numpy()[column : column + 1]])
    return made


def tape(network: Any, levels: Any) -> Any:
    variable = tf.Variable(levels.astype(np.float32))
    with tf.GradientTape() as recorder:
        answer = tf.reduce_sum(network(variable, training=False))
    return recorder.gradient(answer, variable).numpy()


def scaled(raw: Any) -> Any:
    return raw / np.abs(raw).max()


def test_gradients_equal_a_plain_tape(model: SteeringModel) -> None:
    seen = picture(model.input_shape)
    slope = tape(linear_twin(model), seen[None])[0]
    wanted = np.abs(slope).max(axis=-1)
    _, heat, peak = explainer("gradient", model).steer_and_map(seen)
    np.testing.assert_allclose(heat, scaled(wanted), atol=SAME)
    assert peak == pytest.approx(wanted.max() * abs(model.card.steering_scale), rel=1e-4)
    away = seen - blurred(tf.constant(seen[None].astype(np.float32))).numpy()[0]
    _, heat, _ = explainer("gradient_x_input", model).steer_and_map(seen)
    sign = np.sign(model.card.steering_scale)
    np.testing.assert_allclose(heat, sign * scaled((slope * away).sum(axis=-1)), atol=SAME)


@pytest.mark.parametrize("name", ["pilotnet", "dave2", "trained"])
def test_steering_and_gradient_equal_numpy_at_double_precision(name: str) -> None:
    model = MODELS[name]()
    seen = picture(model.input_shape, 8)
    answer, slope = answer_and_gradient(model.network, seen)
    assert float(linear_twin(model)(seen[None].astype(np.float32))[0, 0]) == pytest.approx(answer, rel=1e-4, abs=1e-5)
    wanted = np.abs(slope).max(axis=-1)
    _, heat, peak = explainer("gradient", model).steer_and_map(seen)
    np.testing.assert_allclose(heat, scaled(wanted), atol=SAME)
    assert peak == pytest.approx(wanted.max() * abs(model.card.steering_scale), rel=1e-4)


def test_saliency_and_smoothgrad_equal_tf_keras_vis(model: SteeringModel) -> None:
    saliency = pytest.importorskip("tf_keras_vis.saliency")
    seen = picture(model.input_shape, 1)
    theirs = saliency.Saliency(linear_twin(model), clone=False)
    levels = seen[None].astype(np.float32)
    raw = theirs(lambda output: output[:, 0], levels, normalize_map=False)[0]
    np.testing.assert_allclose(explainer("gradient", model).steer_and_map(seen)[1], scaled(raw), atol=SAME)
    bank = noise_bank(16, *model.input_shape)
    noisy = np.stack([levels[0] + NOISE * noise for noise in bank])
    slopes = tape(linear_twin(model), noisy)
    wanted = np.abs(slopes.mean(axis=0)).max(axis=-1)
    np.testing.assert_allclose(explainer("smoothgrad", model).steer_and_map(seen)[1], scaled(wanted), atol=SAME)


def test_grad_cam_equals_tf_keras_vis(model: SteeringModel) -> None:
    """Before either enlarges it: ours puts each cell where it looks, theirs stretches."""
    gradcam = pytest.importorskip("tf_keras_vis.gradcam")
    layer = Anatomy(model).convs[-1 if len(Anatomy(model).convs) < 3 else 2]
    seen = picture(model.input_shape, 2)
    twin = linear_twin(model)
    theirs = gradcam.Gradcam(twin, clone=False)
    raw = theirs(
        lambda output: output[:, 0], seen[None].astype(np.float32),
        penultimate_layer=layer, seek_penultimate_conv_layer=False, normalize_cam=False, expand_cam=False,
    )  # fmt: skip
    cells = np.asarray(raw[0] if isinstance(raw, list) else raw)[0]
    anatomy = Anatomy(model)
    rows, columns = grids(anatomy, layer)
    tall = spread(model.input_shape[0], cells.shape[0], rows)
    wide = spread(model.input_shape[1], cells.shape[1], columns)
    levels = tf.constant(seen[None].astype(np.float32))

    @tf.function
    def ours() -> Any:
        made, slope = _activation_and_slope(Scene(anatomy, levels), Target(anatomy.outputs[0], layer))
        return tf.reduce_sum(tf.reduce_mean(slope, axis=(1, 2), keepdims=True) * made, axis=-1)[0]

    cam = ours().numpy()
    top = max(cells.max(), np.maximum(cam, 0).max(), 1e-30)
    np.testing.assert_allclose(np.maximum(cam, 0) / top, cells / top, atol=SAME)
    _, heat, peak = explainer("grad_cam", model, layer).steer_and_map(seen)
    wanted = tall @ cam @ wide.T * model.card.steering_scale
    np.testing.assert_allclose(heat * peak, wanted, atol=SAME * np.abs(wanted).max() + 1e-12)


def test_guided_equals_a_network_with_guided_activations() -> None:
    """tf-keras-vis has no guided backpropagation any more: a second network with its rule written into every ReLU."""
    keras.utils.set_random_seed(5)
    image = keras.Input((20, 30, 3))
    conv, dense, last = layers.Conv2D(4, 3, activation="relu"), layers.Dense(5, activation="relu"), layers.Dense(1)
    model = model_of(last(dense(layers.Flatten()(conv(image)))), image)

    @tf.custom_gradient
    def relu(x: Any) -> Any:
        return tf.nn.relu(x), lambda back: back * tf.cast(back > 0, tf.float32) * tf.cast(x > 0, tf.float32)

    seen = picture((20, 30, 3))
    levels = tf.Variable(seen[None].astype(np.float32))
    with tf.GradientTape() as recorder:
        first = relu(tf.nn.conv2d(levels, conv.kernel, 1, "VALID") + conv.bias)
        second = relu(tf.reshape(first, (1, -1)) @ dense.kernel + dense.bias)
        answer = second @ last.kernel + last.bias
    wanted = np.abs(recorder.gradient(answer, levels).numpy()[0]).max(axis=-1)
    np.testing.assert_allclose(explainer("guided", model).steer_and_map(seen)[1], scaled(wanted), atol=SAME)


@pytest.mark.parametrize("name", ["trained", "odd", "two"])
def test_integrated_gradients_add_up_to_the_change_of_the_output(name: str) -> None:
    """Completeness (Sundararajan et al.): with many steps the map sums to f(picture) - f(baseline)."""
    model = MODELS[name]()
    method = Method("many_steps", integrated(steps=128, smoothing_px=0.0), "steering", 1.0, "", signed=True)
    anatomy = Anatomy(model)
    seen = picture(model.input_shape, 3)
    soft = cv2.GaussianBlur(seen, (0, 0), 2.0)  # noise has steep ReLU corners that no sum of steps gets right
    _, heat, peak = Explainer(method, anatomy, Target(anatomy.outputs[0])).steer_and_map(soft)
    twin, levels = linear_twin(model), soft[None].astype(np.float32)
    change = float(twin(levels)[0, 0] - twin(blurred(tf.constant(levels)))[0, 0]) * model.card.steering_scale
    assert float(heat.sum()) * peak == pytest.approx(change, abs=float(5e-3 * np.abs(heat).sum() * peak))


@pytest.mark.parametrize("name", [*NETWORKS, "trained"])
def test_the_gradient_is_xpliques(name: str) -> None:
    model = golden_xplique.models()[name]
    ours, theirs = explainer("gradient", model), np.load(golden_xplique.GOLDEN)[name]
    for seen, raw in zip(golden_xplique.pictures(model), theirs, strict=True):
        np.testing.assert_allclose(ours.steer_and_map(seen)[1], np.abs(raw) / np.abs(raw).max(), atol=SAME)


def test_outputs_are_explained_one_by_one() -> None:
    model = two_outputs()
    seen = picture(model.input_shape, 4)
    assert [output.name for output in Anatomy(model).outputs] == ["steer", "pedals[0]", "pedals[1]"]
    for name, number, column in (("steer", 0, 0), ("pedals[0]", 1, 0), ("pedals[1]", 1, 1)):
        wanted = scaled(np.abs(tape(linear_twin(model, column, number), seen[None])[0]).max(axis=-1))
        for made in (explainer("gradient", model, name), explainer("gradient", model, output=name)):
            np.testing.assert_allclose(made.steer_and_map(seen)[1], wanted, atol=SAME)


@pytest.mark.parametrize("name", ["dave2", "odd"])
def test_the_article_is_reproduced(name: str) -> None:
    model = MODELS[name]()
    anatomy, seen = Anatomy(model), picture(model.input_shape, 5)
    names = [*anatomy.convs, anatomy.outputs[0].name]
    theirs, literal = (Figures(anatomy, names, mode=mode)(seen) for mode in ("keras_vis", "article"))  # type: ignore[arg-type]
    order = [layer.name for layer in anatomy.layers]
    for index, layer in enumerate(names):
        for figure, meant in ((theirs, layer), (literal, order[order.index(layer) - 1])):
            within = keras.Model(model.network.inputs[0], model.network.get_layer(meant).output)
            mean = lambda x, training, within=within: tf.reduce_mean(within(x, training=training))  # noqa: E731
            raw = np.abs(tape(mean, seen[None])[0]).max(axis=-1)
            wanted = (raw - raw.min()) / (raw.max() - raw.min() + 1e-7)
            np.testing.assert_allclose(figure.maps[index].map, wanted, atol=SAME)
    assert literal.maps[0].map.max() == 0  # "no saliency and we only see the original image"


def test_a_network_that_looks_at_one_patch_has_its_map_there() -> None:
    image = keras.Input((30, 60, 3))
    patch = layers.Cropping2D(((10, 12), (20, 30)))(image)  # 8 x 10 pixels at row 10, column 20
    answer = layers.Dense(1, name="steer")(layers.Flatten()(layers.Conv2D(3, 3, padding="same")(patch)))
    model = model_of(answer, image)
    for method in ("gradient", "gradient_x_input", "smoothgrad", "guided"):
        heat = explainer(method, model).steer_and_map(picture((30, 60, 3)))[1].copy()
        assert np.abs(heat[10:18, 20:30]).max() == pytest.approx(1.0)
        heat[10:18, 20:30] = 0.0
        assert not heat.any()


def test_flipping_a_linear_network_flips_the_signed_maps() -> None:
    image = keras.Input((20, 40, 3))
    last = layers.Dense(1, name="steer")
    model = model_of(last(layers.Flatten()(layers.Conv2D(3, 3, name="conv")(image))), image)
    seen = picture((20, 40, 3))
    signed = ("gradient_x_input", "integrated_gradients", "grad_cam", "gradient_x_activation", "occlusion")
    made = {name: explainer(name, model) for name in signed}
    before = {name: each.steer_and_map(seen)[1] for name, each in made.items()}
    last.set_weights([-array for array in last.get_weights()])
    for name, each in made.items():
        np.testing.assert_allclose(each.steer_and_map(seen)[1], -before[name], atol=SAME)


def test_visual_backprop_of_one_convolution_is_its_mean_map_spread_by_ones() -> None:
    keras.utils.set_random_seed(6)
    image = keras.Input((21, 33, 3))
    conv = layers.Conv2D(4, 5, strides=2, activation="relu")
    model = model_of(layers.Dense(1)(layers.Flatten()(conv(image))), image)
    seen = picture((21, 33, 3))
    mean = conv(seen[None].astype(np.float32)).numpy()[0].mean(axis=-1)
    wanted = np.zeros((21, 33), np.float32)
    for row, column in np.ndindex(mean.shape):
        wanted[2 * row : 2 * row + 5, 2 * column : 2 * column + 5] += mean[row, column]
    np.testing.assert_allclose(explainer("visual_backprop", model).steer_and_map(seen)[1], scaled(wanted), atol=SAME)


def test_cells_lie_where_their_receptive_fields_are() -> None:
    """A convolution that only asks for a bright centre responds at the cell whose centre the geometry names."""
    model = odd_one()
    anatomy = Anatomy(model)
    for name in ("first", "second"):
        rows, columns = grids(anatomy, name)
        within = keras.Model(model.network.inputs[0], model.network.get_layer(name).output)
        shape = within.output.shape[1:3]
        cell = (shape[0] // 2, shape[1] // 2)

        def at_cell(x: Any, training: bool, within: Any = within, cell: Any = cell) -> Any:
            return tf.reduce_sum(within(x, training=training)[:, cell[0], cell[1]] ** 2)

        seen = picture(model.input_shape, 7)
        field = np.argwhere(np.abs(tape(at_cell, seen[None])[0]).max(axis=-1) > 0)
        centre = (field.min(axis=0) + field.max(axis=0)) / 2
        assert rows.offset + rows.stride * cell[0] == pytest.approx(centre[0], abs=0.51)
        assert columns.offset + columns.stride * cell[1] == pytest.approx(centre[1], abs=0.51)


@pytest.mark.parametrize("crop", [(-0.11, 0.22), (0.0, 0.25), (-0.25, 0.25)])
@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (801, 457)])
def test_one_hot_pixel_lands_on_its_camera_pixels(crop: tuple[float, float], size: tuple[int, int]) -> None:
    card = ModelCard(crop=CropCard(top_widths=crop[0], bottom_widths=crop[1]))
    preprocessing = card.preprocessing(66, 200)
    image, place = np.zeros((size[1], size[0], 3), np.uint8), preprocessing.placement(size[1], size[0])
    heat = np.zeros((66, 200), np.float32)
    heat[40, 150] = 1.0
    shown = overlay(image, Saliency(1, "", "", heat, place, 1.0, 0.0), 0.4).astype(float).sum(axis=-1)
    lit = np.argwhere(shown > 0.5 * shown.max())
    centre = (lit.min(axis=0) + lit.max(axis=0)) / 2
    # the camera pixels that the network's pixel is made of, by asking the preprocessing where it comes from
    step_y, step_x = place.height_px / 66, place.width_px / 200
    assert abs(centre[0] - (place.top_px + 40.5 * step_y - 0.5)) < 1.0
    assert abs(centre[1] - (place.left_px + 150.5 * step_x - 0.5)) < 1.0
    bright = image.copy()
    bright[round(centre[0]), round(centre[1])] = 255
    seen = preprocessing.network_input(bright)
    assert np.unravel_index(seen.sum(axis=-1).argmax(), (66, 200)) == (40, 150)
