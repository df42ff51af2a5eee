"""VisualBackProp: what the convolutions respond to, brought back to pixels; blind to how the steering uses it."""

from __future__ import annotations

from typing import Any

import numpy as np

from agent.backend import keras, tf
from agent.saliency.anatomy import Scene, Target
from agent.saliency.geometry import padding_before, window
from agent.saliency.method import Method

SEES = "what the conv stack sees"
"""Said wherever the map is shown: it cannot change when the dense layers do."""


def visual_backprop(scene: Scene, _: Target) -> Any:
    """The mean positive maps of all convolutions, deepest first, each enlarged to the one before and multiplied by it.

    Bojarski et al., "VisualBackProp" (2018): enlarged by a transposed convolution of ones with the layer's own window
    and stride. After each multiplication the map is divided by its maximum, which changes nothing but keeps five
    factors within float32's range; the peak is therefore in units of the first layer's activation.
    """
    stack = _stack(scene)
    heat = None
    for layer, source, mean in reversed(stack):
        if heat is None:
            heat = mean
        elif mean is not None:
            heat = _scaled(heat) * mean
        heat = _enlarged(layer, heat, source)
    return heat


def _stack(scene: Scene) -> list[tuple[Any, Any, Any]]:
    """Spatial layers in order: (layer, its input, mean over channels of what comes of it or None for a pooling)."""
    spatial = [layer for layer in scene.anatomy.layers if _is_spatial(layer)]
    stack = []
    for number, layer in enumerate(spatial):
        following = spatial[number + 1] if number + 1 < len(spatial) else None
        after = _last_picture_before(scene, layer, following)
        mean = tf.reduce_mean(tf.nn.relu(after), axis=-1) if isinstance(layer, keras.layers.Conv2D) else None
        stack.append((layer, layer.input.shape[1:3], mean))
    while stack and stack[-1][2] is None:
        stack.pop()  # a pooling after the last convolution has nothing to multiply
    return stack


def _is_spatial(layer: Any) -> bool:
    moving = (keras.layers.Conv2D, keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
    return isinstance(layer, (*moving, keras.layers.ZeroPadding2D, keras.layers.Cropping2D))


def _last_picture_before(scene: Scene, layer: Any, following: Any) -> Any:
    """The convolution's map after its normalisation and activation, where these are layers of their own."""
    layers = scene.anatomy.layers
    last = layers.index(following) if following is not None else len(layers)
    same = [
        each
        for each in layers[layers.index(layer) : last]
        if tuple(each.output.shape) == tuple(layer.output.shape) and len(each.output.shape) == 4
    ]
    return scene.plain.layer(same[-1].name)


def _scaled(heat: Any) -> Any:
    return tf.math.divide_no_nan(heat, tf.reduce_max(tf.abs(heat), axis=(1, 2), keepdims=True))


def _enlarged(layer: Any, heat: Any, size: tuple[int, int]) -> Any:
    """A map over a layer's output (n, rows, columns) over its input (n, *size)."""
    if isinstance(layer, keras.layers.ZeroPadding2D):
        (top, _), (left, _) = layer.padding
        return heat[:, top : top + size[0], left : left + size[1]]
    if isinstance(layer, keras.layers.Cropping2D):
        return tf.pad(heat, [(0, 0), *layer.cropping])
    rows, columns = window(layer)
    ones = np.zeros((rows, columns, 1, 1), np.float32)
    down, across = layer.dilation_rate if isinstance(layer, keras.layers.Conv2D) else (1, 1)
    ones[::down, ::across] = 1.0
    top, left = padding_before(layer)
    strides = (layer.strides[0], layer.strides[1])
    whole = [
        (cells - 1) * step + reach for cells, step, reach in zip(heat.shape[1:], strides, (rows, columns), strict=True)
    ]
    full = tf.nn.conv2d_transpose(
        heat[..., tf.newaxis], ones, (tf.shape(heat)[0], *whole, 1), strides, padding="VALID"
    )[..., 0]
    below, right = (max(0, want + edge - have) for want, edge, have in zip(size, (top, left), whole, strict=True))
    padded = tf.pad(full, [(0, 0), (0, below), (0, right)])
    return padded[:, top : top + size[0], left : left + size[1]]


VISUAL_BACKPROP = Method("visual_backprop", visual_backprop, "activation", 1.4, SEES, False, "none")
