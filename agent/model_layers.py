"""Rebuild a network from allow-listed layers and arguments and stored weights; no code from the file is run."""

from __future__ import annotations

import logging
import math
import re
from contextlib import suppress
from typing import Any

from agent.backend import keras, tf
from agent.errors import ModelError
from agent.model_card import RescalingCard
from agent.model_dialects import CODE, OLD_HARD_SIGMOID, learns
from agent.model_files import Json, StoredModel
from agent.model_graph import Chain, Outline
from agent.model_guess import Feeding
from agent.model_head import FirstChannel, other_chains, steering_chain, with_head

Shape = tuple[int, ...]
_Made = dict[tuple[int, str], Any]

ACTIVATIONS = {
    *("linear", "relu", "relu6", "elu", "selu", "gelu", "silu", "swish", "leaky_relu", "tanh", "sigmoid"),
    *("hard_sigmoid", "softplus", "softsign", "softmax", "exponential", OLD_HARD_SIGMOID),
}
ELEMENTS = 1 << 25  # of one layer's output, 128 MiB: a padding of a million pixels is three words of JSON
_CONV = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "activation", "use_bias")
_POOL = ("pool_size", "strides", "padding")
_ALLOWED: dict[str, tuple[str, ...]] = {
    "Conv2D": _CONV,
    "Dense": ("units", "activation", "use_bias"),
    "Flatten": (),
    **{"Dropout": ("rate",), "SpatialDropout2D": ("rate",), "AlphaDropout": ("rate",)},
    **{"GaussianDropout": ("rate",), "GaussianNoise": ("stddev",), "ActivityRegularization": ()},
    "BatchNormalization": ("axis", "epsilon", "center", "scale"),
    "MaxPooling2D": _POOL,
    "AveragePooling2D": _POOL,
    "GlobalAveragePooling2D": ("keepdims",),
    "GlobalMaxPooling2D": ("keepdims",),
    "ZeroPadding2D": ("padding",),
    "Cropping2D": ("cropping",),
    "Activation": ("activation",),
    "ELU": ("alpha",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "LeakyReLU": ("negative_slope",),
    "Softmax": ("axis",),
    "Rescaling": ("scale", "offset"),
}
"""Arguments that are taken over; initialisers, regularisers, constraints and data types only matter in training."""
_LOG = logging.getLogger(__name__)


USUAL_RESCALING = RescalingCard(scale=1 / 127.5, offset=-1.0)
"""Of NVIDIA's PilotNet and most of its descendants."""


def rebuild(stored: StoredModel, seen: Outline, feeding: Feeding) -> Any:
    """Make the network and give it the stored weights.

    Args:
        stored: from `read_model_file`.
        seen: its outline.
        feeding: input size, which output steers, and what stands in for a Lambda, or before a network that has none;
            without that a Lambda is taken for `USUAL_RESCALING`, with a warning.

    Returns:
        keras.Model, (None, h, w, 3) -> (None, 1), float32; where it answers more than the steering, that comes first in
        a list with the others, (None, n) each.

    Raises:
        ModelError: a layer or argument that is not allowed, weights that do not fit, not one number out.
    """
    chain, cut = steering_chain(seen, feeding.output, stored)
    start = image = keras.Input((*feeding.size, 3), name="image")
    if seen.channels == 1:
        start = FirstChannel(name="grey")(image)
    made: _Made = {}
    tensor = with_head(_along(chain, start, cut, feeding, made), chain, feeding.output)
    if tuple(tensor.shape) != (None, 1):
        raise ModelError(f"its output has shape {tuple(tensor.shape)}, wanted (None, 1): one steering number")
    rows = []
    others, stored = other_chains(seen, feeding.output, stored)
    for other in others:
        with suppress(ModelError):  # what cannot be rebuilt cannot be explained: no reason not to drive
            rows.append(_along(other, start, stored, feeding, made))
    rows = [row for row in rows if len(row.shape) == 2]  # a picture is no number to explain
    try:
        return keras.Model(image, [tensor, *rows] if rows else tensor, name="network")
    except ValueError as error:
        raise ModelError(f"its layers do not make a model: {str(error).splitlines()[0]:.160}") from error


def _along(chain: Chain, tensor: Any, stored: StoredModel, feeding: Feeding, made: _Made) -> Any:
    """What comes out at the end of a chain; the beginning that it shares with another chain is made once.

    Raises:
        ModelError: see `rebuild`.
    """
    for record in _with_rescaling(list(chain.records), feeding.card.rescaling):
        name, key = _name(record), (id(tensor), str(record))
        if key not in made:
            weights = stored.weights.get(record["config"].get("name"), ())
            try:
                made[key] = _apply(_layer(record, name), name, tensor, weights)
            except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
                raise ModelError(f"layer '{name}' makes no sense: {str(error).splitlines()[0]:.160}") from error
        tensor = made[key]
    return tensor


def _with_rescaling(records: list[Json], rescaling: RescalingCard | None) -> list[Json]:
    """The chain with its Lambda replaced, or with a rescaling put first where the card asks for one.

    Lambdas that follow each other are one: a course's `x / 127.5` and `x - 1`.
    """
    places = [place for place, record in enumerate(records) if record.get("class_name") in CODE]
    first, after = (places[0], places[-1] + 1) if places else (0, 0)
    if len(places) != after - first or any(learns(record) for record in records[:first]):
        raise ModelError("it has a Lambda layer inside: its code is never run; export the model without it")
    if places and rescaling is None:
        _LOG.warning("the model's Lambda layer is not run: taken for x/127.5-1; state normalisation in its card if not")
        rescaling = USUAL_RESCALING
    if rescaling is None:
        return records
    config = {"name": "rescaling_by_card", "scale": rescaling.scale, "offset": rescaling.offset}
    return [*records[:first], {"class_name": "Rescaling", "config": config}, *records[after:]]


def _name(record: Json) -> str:
    return re.sub(r"[^\w.-]", "_", str(record["config"].get("name")))[:64]


def _layer(record: Json, name: str) -> Any:
    kind, config = str(record.get("class_name")), record["config"]
    if kind not in _ALLOWED:
        raise ModelError(f"layer '{name}' is a {kind:.40}, which is not supported (known: {', '.join(_ALLOWED)})")
    if config.get("data_format") not in (None, "channels_last"):
        raise ModelError(f"layer '{name}' wants channels first; export the model with channels last")
    given = {key: config[key] for key in _ALLOWED[kind] if key in config}
    if "activation" in given:
        given["activation"] = _activation(given["activation"], name)
    for key, value in given.items():
        if not _is_plain(value):
            raise ModelError(f"layer '{name}' has {key} = {value!r:.60}, wanted plain numbers")
    if given.get("activation") == OLD_HARD_SIGMOID:
        given["activation"] = _old_hard_sigmoid
    return getattr(keras.layers, kind)(**given, name=name, dtype="float32")


def _old_hard_sigmoid(number: Any) -> Any:
    return tf.clip_by_value(0.2 * number + 0.5, 0.0, 1.0)


def _activation(stored: object, name: str) -> str:
    named = stored.get("config") if isinstance(stored, dict) else stored  # a dict: {"class_name": "function", ...}
    if named is None:
        return "linear"
    if not isinstance(named, str) or named not in ACTIVATIONS:
        raise ModelError(
            f"layer '{name}' has the activation {named!r:.40}, wanted one of {' '.join(sorted(ACTIVATIONS))}"
        )
    return named


def _is_plain(value: object, depth: int = 0) -> bool:
    if isinstance(value, list):
        return depth < 2 and len(value) <= 4 and all(_is_plain(each, depth + 1) for each in value)
    if isinstance(value, str):
        return len(value) <= 20
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= 1 << 20)


def _apply(layer: Any, name: str, tensor: Any, arrays: tuple[Any, ...]) -> Any:
    """Append a layer and set its weights, having checked all sizes before anything is allocated."""
    wanted = _weight_shapes(layer, tuple(tensor.shape))
    got = [array.shape for array in arrays]
    if got != wanted:
        raise ModelError(f"layer '{name}' needs weights of shapes {wanted}, the file has {got}")
    made = layer.compute_output_shape(tuple(tensor.shape))
    if not all(size > 0 for size in made[1:]) or math.prod(made[1:]) > ELEMENTS:
        raise ModelError(f"layer '{name}' would make a picture of shape {made}")
    after = layer(tensor)
    if arrays:
        layer.set_weights(list(arrays))
    return after


def _weight_shapes(layer: Any, shape: Shape) -> list[Shape]:
    if isinstance(layer, keras.layers.Conv2D):
        kernel = (*layer.kernel_size, shape[-1] // layer.groups, layer.filters)
        return [kernel, (layer.filters,)] if layer.use_bias else [kernel]
    if isinstance(layer, keras.layers.Dense):
        return [(shape[-1], layer.units), (layer.units,)] if layer.use_bias else [(shape[-1], layer.units)]
    if isinstance(layer, keras.layers.BatchNormalization):
        return [(shape[layer.axis],)] * (2 + bool(layer.center) + bool(layer.scale))
    return []
