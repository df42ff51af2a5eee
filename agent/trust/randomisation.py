"""The sanity check: spoil the network, from the output down or one layer alone, and see whether the map notices.

After Adebayo et al., "Sanity Checks for Saliency Maps" (2018): a map that stays the same when the weights are shuffled
cannot be about what the network has learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from agent.model import SteeringModel
from agent.types import Float32


def cascade(twin: SteeringModel) -> Iterator[str]:
    """Shuffle the weights of one more layer at a time, output first; yields the layer's name after each.

    Shuffling keeps each array's values, so activations keep about their size. The twin is spoilt for good.
    """
    rng = np.random.default_rng(0)
    for layer, arrays in _learning(twin):
        layer.set_weights(_shuffled(rng, arrays))
        yield layer.name


def one_by_one(twin: SteeringModel) -> Iterator[str]:
    """Shuffle the weights of one layer alone, output first; yields its name, and puts the weights back after it."""
    rng = np.random.default_rng(0)
    for layer, arrays in _learning(twin):
        layer.set_weights(_shuffled(rng, arrays))
        yield layer.name
        layer.set_weights(arrays)


def _learning(twin: SteeringModel) -> list[tuple[Any, list[Any]]]:
    """Layers with weights, output first, and these."""
    return [(layer, arrays) for layer in reversed(twin.network.layers) if (arrays := layer.get_weights())]


def _shuffled(rng: np.random.Generator, arrays: list[Any]) -> list[Any]:
    return [rng.permutation(array.ravel()).reshape(array.shape) for array in arrays]


def dense_layers(model: SteeringModel) -> int:
    """How many layers with weights come after the last convolution: the steering head."""
    kinds = [type(layer).__name__ for layer in model.network.layers if layer.get_weights()]
    convs = [number for number, kind in enumerate(kinds) if kind == "Conv2D"]
    return len(kinds) - 1 - convs[-1] if convs else len(kinds)


def similarities(before: Float32, after: Float32) -> Float32:
    """Spearman's rank correlation of the magnitudes of maps (n, h, w), by pair: (n,); 0 where a map is flat."""
    pairs = zip(before, after, strict=True)
    return np.array([_correlation(_ranks(np.abs(a)), _ranks(np.abs(b))) for a, b in pairs], np.float32)


def _ranks(values: Any) -> Any:
    """Ranks with ties sharing their mean."""
    _, inverse, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]


def _correlation(a: Any, b: Any) -> float:
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / norm) if norm > 0.0 else 0.0
