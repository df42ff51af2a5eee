"""Print what steering plus saliency map cost, as a multiple of the bare forward pass: interleaved, medians."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from agent.backend import tf
from agent.model import SteeringModel, configure_tensorflow
from agent.model_card import ModelCard
from agent.saliency import make_explainer
from agent.training.architectures import ARCHITECTURES

ROUNDS = 600


def milliseconds(call: Callable[[Any], object], picture: Any) -> float:
    start = time.perf_counter()
    call(picture)
    return (time.perf_counter() - start) * 1e3


def bare_forward(model: SteeringModel) -> Callable[[Any], object]:
    """The network in a tf.function with a fixed uint8 signature, called with an array, answer read back."""
    signature = [tf.TensorSpec(model.input_shape, tf.uint8)]
    traced = tf.function(lambda picture: model.network(tf.cast(picture[None], tf.float32)), input_signature=signature)
    return lambda picture: traced(picture).numpy()


def main() -> None:
    configure_tensorflow()
    pictures = np.random.default_rng(0).integers(0, 256, (16, 66, 200, 3), dtype=np.uint8)
    for name in sys.argv[1:] or ARCHITECTURES:
        model = SteeringModel(name, "", ModelCard(), ARCHITECTURES[name]())
        calls = (bare_forward(model), make_explainer("gradient", None, model).steer_and_map)
        times = [[milliseconds(call, pictures[n % 16]) for call in calls] for n in range(ROUNDS)][ROUNDS // 10 :]
        forward, both = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name}: forward {forward:.2f} ms, steer and map {both:.2f} ms, ratio {both / forward:.2f}")


if __name__ == "__main__":
    main()
