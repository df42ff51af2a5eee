"""What Keras 1 and 2 call a layer and its arguments -> what Keras 3 calls them; pure.

Names of Keras 1 from its layers' get_config (keras 1.2.2, keras/layers/convolutional.py, core.py, pooling.py,
normalization.py); of Keras 2 from keras 2.15.
"""

from __future__ import annotations

import math
from typing import Any, cast

from agent.errors import ModelError
from agent.model_files import Json

CODE = ("Lambda", "TFOpLambda")
"""Layers that are nothing but code of the author's."""
_KINDS = {
    **{"Convolution2D": "Conv2D", "AtrousConvolution2D": "Conv2D", "AtrousConv2D": "Conv2D"},
    **{"MaxPool2D": "MaxPooling2D", "AvgPool2D": "AveragePooling2D"},
    **{"GlobalMaxPool2D": "GlobalMaxPooling2D", "GlobalAvgPool2D": "GlobalAveragePooling2D"},
    "BatchNormalizationV1": "BatchNormalization",
    "ReLUV1": "ReLU",
}
_KEYS = {  # Keras 1
    **{"nb_filter": "filters", "subsample": "strides", "border_mode": "padding", "atrous_rate": "dilation_rate"},
    **{"output_dim": "units", "bias": "use_bias", "p": "rate", "sigma": "stddev"},
}
_CHANNELS = {"tf": "channels_last", "th": "channels_first"}
_SQUASHES = ("ELU", "ReLU", "LeakyReLU", "Softmax")
"""Layers that were also given as the `activation` of another layer."""
SOFTMAX = "softmax"
OLD_HARD_SIGMOID = "old_hard_sigmoid"
"""0.2 x + 0.5 between 0 and 1; Keras 3 has x/6 + 0.5 under the old name."""


def modern(record: Json, *, old: bool) -> list[Json]:
    """One stored layer as Keras 3 would store it; two where an activation was given as a layer.

    Args:
        record: of a layer, with class_name and config.
        old: the file is of Keras 1 or 2.

    Raises:
        ModelError: batch statistics at driving time (`mode` of Keras 1), which no driver has.
    """
    kind = str(record.get("class_name"))
    config = {_KEYS.get(key, key): value for key, value in record["config"].items()}
    kind = _KINDS.get(kind, kind)
    if "nb_row" in config and "nb_col" in config:
        config["kernel_size"] = [config.pop("nb_row"), config.pop("nb_col")]
    if "dim_ordering" in config:
        config["data_format"] = _CHANNELS.get(str(config.pop("dim_ordering")), "channels_first")
    if kind == "ZeroPadding2D":
        config["padding"] = _four_sides(config.get("padding"))
    if kind == "BatchNormalization":
        if config.get("mode", 0) != 0:
            raise ModelError(f"layer '{config.get('name')}' normalises by the batch (mode {config['mode']!r:.20})")
        if isinstance(config.get("axis"), list) and config["axis"]:
            config["axis"] = config["axis"][0]
    if kind == "LeakyReLU" and "alpha" in config:
        config["negative_slope"] = config.pop("alpha")
    if old and _named(config.get("activation")) == "hard_sigmoid":
        config["activation"] = OLD_HARD_SIGMOID
    return _split({**record, "class_name": kind, "config": config}, old=old)


def _split(record: Json, *, old: bool) -> list[Json]:
    """A layer whose activation is a layer itself as two: `Dense(10, activation=ELU())`."""
    stored = record["config"].get("activation")
    if not isinstance(stored, dict) or stored.get("class_name") not in _SQUASHES:
        return [record]
    inner = stored.get("config")
    name = f"{record['config'].get('name')}_activation"
    squash = {**stored, "config": {**(inner if isinstance(inner, dict) else {}), "name": name}}
    return [{**record, "config": {**record["config"], "activation": "linear"}}, *modern(squash, old=old)]


def _named(activation: object) -> object:
    """Its name, also where it is stored as {"class_name": "function", "config": name}."""
    return cast("dict[str, Any]", activation).get("config") if isinstance(activation, dict) else activation


def _four_sides(padding: object) -> object:
    """Padding of Keras 1, which also knew four numbers or a dict: top, bottom, left, right."""
    if isinstance(padding, dict):
        padding = [padding.get(f"{side}_pad", 0) for side in ("top", "bottom", "left", "right")]
    if isinstance(padding, list) and len(padding) == 4 and not any(isinstance(each, list) for each in padding):
        return [padding[:2], padding[2:]]
    return padding


def is_softmax(record: Json) -> bool:
    """Whether a layer ends in a softmax: its outputs are probabilities of classes."""
    return record["config"].get("activation") == SOFTMAX or record.get("class_name") == "Softmax"


def normalises(record: Json) -> bool:
    """Whether a layer turns grey levels into small numbers, or may do so."""
    return record.get("class_name") in ("Rescaling", "BatchNormalization", "Normalization", *CODE)


def learns(record: Json) -> bool:
    """Whether a layer has a kernel: what comes before the first one is preparation of the picture."""
    return record.get("class_name") in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense")


def is_size(value: object, most: float = math.inf) -> bool:
    """A whole number of at least 1."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
