"""All that the seed article shows of one picture: activations, and the saliency of layer after layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from agent.backend import tf, traced
from agent.errors import ConfigError, unknown
from agent.saliency.anatomy import Anatomy, Scene, Target
from agent.saliency.gradient import gradient
from agent.types import Float32, LayerMap, UInt8, read_only

Mode = Literal["ours", "keras_vis", "article"]
KERAS_VIS_EPSILON = 1e-7
"""Of keras-vis's `normalize`; on convolutions, whose gradients are tiny, it keeps the map from reaching 1."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a network makes of one picture.

    Attributes:
        steer: [-1, 1].
        activations: of one layer, float32 (rows, columns, channels).
        maps: by layer, as asked for.
    """

    steer: float
    activations: Float32
    maps: tuple[LayerMap, ...]


class Figures:
    """Network input -> Figure, traced once.

    Args:
        anatomy: of the network.
        layers: to be explained, in order.
        shown: layer whose activations are shown; None: the first convolution.
        mode: "ours": the gradient of a layer's mean activation, of the output before its squashing, divided by its
            maximum. "keras_vis": what keras-vis 0.4's `visualize_saliency(model, layer)` returns: after the activation,
            stretched between minimum and maximum. "article": what the seed article's snippet computes, which counts a
            Sequential model's layers in a functional one: the layer before the one that is named.

    Raises:
        ConfigError: an unknown layer, or one without a picture to show.
    """

    def __init__(self, anatomy: Anatomy, layers: list[str], shown: str | None = None, mode: Mode = "ours") -> None:
        for layer in layers:
            if layer not in anatomy.names:
                raise ConfigError(unknown("layer", layer, anatomy.names))
        pictures = anatomy.pictures
        if shown is not None and shown not in pictures:
            raise ConfigError(unknown("layer with a picture", shown, pictures))
        if not pictures:
            raise ConfigError("the network has no layer with a picture: there are no activations to show")
        self.shown = shown or (anatomy.convs or pictures)[0]
        self.layers = layers
        self._model, self._steering = anatomy.model, anatomy.outputs[0].name
        self._function = _trace(anatomy, [_target(anatomy, layer, mode) for layer in layers], self.shown)
        self._mode = mode

    def __call__(self, network_input: UInt8) -> Figure:
        """The figure of a picture, uint8 (h, w, 3).

        Raises:
            ModelError: the network answered NaN.
        """
        output, shown, raw = (tensor.numpy() for tensor in self._function(tf.constant(network_input[None])))
        maps = tuple(self._scaled(name, each) for name, each in zip(self.layers, raw, strict=True))
        return Figure(self._model.as_steer(float(output[0])), shown[0], maps)

    def _scaled(self, name: str, raw: Float32) -> LayerMap:
        low, high = (0.0, float(raw.max())) if self._mode == "ours" else (float(raw.min()), float(raw.max()))
        span = high - low + (0.0 if self._mode == "ours" else KERAS_VIS_EPSILON)
        scaled = ((raw - low) / span if span > 0.0 else raw * 0.0).astype(np.float32)
        read_only(scaled)
        steers = name == self._steering and self._mode == "ours"
        return LayerMap(name, scaled, high * (abs(self._model.card.steering_scale) if steers else 1.0))


def _target(anatomy: Anatomy, layer: str, mode: Mode) -> Target | None:
    """What is explained where a layer is named; None: the picture itself, whose gradient is the same everywhere."""
    if mode == "article":
        order = [each.name for each in anatomy.layers]
        place = order.index(layer.split("[", maxsplit=1)[0])
        if place == 0:
            return None
        layer = order[place - 1]
    outputs = [output for output in anatomy.outputs if output.name == layer]
    target = Target(outputs[0]) if outputs else Target(anatomy.outputs[0], layer)
    return Target(target.output, target.layer, squashed=mode != "ours")


def _trace(anatomy: Anatomy, targets: list[Target | None], shown: str) -> Any:
    def figure(network_input: Any) -> tuple[Any, Any, Any]:
        scene = Scene(anatomy, network_input)
        flat = tf.zeros((1, *anatomy.model.input_shape[:2]))
        raw = [flat if target is None else gradient(scene, target) for target in targets]
        return scene.plain.answer(anatomy.outputs[0]), scene.plain.layer(shown), tf.concat(raw, axis=0)

    signature = [tf.TensorSpec((1, *anatomy.model.input_shape), tf.uint8)]
    return traced(figure, signature)
