"""A plain steering network and its gradient in NumPy at double precision, by hand: no TensorFlow in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Back = Callable[[Any], Any]
"""d answer / d output of a layer -> d answer / d its input."""


def answer_and_gradient(network: Any, picture: Any) -> tuple[float, Any]:
    """What a chain of rescaling, unpadded convolutions and dense layers answers, and d answer / d grey level.

    Args:
        network: a Keras model; only its layers' settings and weights are read.
        picture: uint8 (h, w, channels).

    Returns:
        The answer before its last activation, and its gradient, float64 (h, w, channels).
    """
    made, backs = picture.astype(np.float64), list[Back]()
    layers = [layer for layer in network.layers if type(layer).__name__ not in ("InputLayer", "Dropout")]
    for layer in layers:
        made, back = _STEPS[type(layer).__name__](layer, made)
        backs.append(back)
        if hasattr(layer, "activation") and layer is not layers[-1]:
            made, bent = _BENDS[layer.activation.__name__](made)
            backs.append(bent)
    slope: Any = np.ones(1)
    for back in reversed(backs):
        slope = back(slope)
    return float(made[0]), slope


def _rescaling(layer: Any, x: Any) -> tuple[Any, Back]:
    return x * layer.scale + layer.offset, lambda slope: slope * layer.scale


def _flatten(layer: Any, x: Any) -> tuple[Any, Back]:
    return x.ravel(), lambda slope: slope.reshape(x.shape)


def _dense(layer: Any, x: Any) -> tuple[Any, Back]:
    kernel, bias = (array.astype(np.float64) for array in layer.get_weights())
    return x @ kernel + bias, lambda slope: kernel @ slope


def _convolution(layer: Any, x: Any) -> tuple[Any, Back]:
    assert layer.padding == "valid"
    kernel, bias = (array.astype(np.float64) for array in layer.get_weights())
    (tall, wide), (down, across) = kernel.shape[:2], layer.strides
    windows = sliding_window_view(x, (tall, wide), axis=(0, 1))[::down, ::across]
    made = np.tensordot(windows, kernel, axes=([2, 3, 4], [2, 0, 1])) + bias

    def back(slope: Any) -> Any:
        into = np.zeros_like(x)
        rows, columns = slope.shape[:2]
        for row, column in np.ndindex(tall, wide):
            into[row : row + down * rows : down, column : column + across * columns : across] += (
                slope @ kernel[row, column].T
            )
        return into

    return made, back


_STEPS: dict[str, Callable[[Any, Any], tuple[Any, Back]]] = {
    "Rescaling": _rescaling,
    "Conv2D": _convolution,
    "Flatten": _flatten,
    "Dense": _dense,
}
_BENDS: dict[str, Callable[[Any], tuple[Any, Back]]] = {
    "linear": lambda z: (z, lambda slope: slope),
    "relu": lambda z: (np.maximum(z, 0.0), lambda slope: slope * (z > 0)),
    "elu": lambda z: (
        np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))),
        lambda slope: slope * np.where(z > 0, 1.0, np.exp(np.minimum(z, 0.0))),
    ),
}
