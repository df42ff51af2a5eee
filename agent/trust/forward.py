"""Many predictions at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from agent.backend import tf, traced
from agent.model import SteeringModel
from agent.types import Float32

BATCH = 16


class Forward:
    """Pictures with a hole, float32 grey levels (n, h, w, 3) -> steering (n,), traced once."""

    def __init__(self, model: SteeringModel) -> None:
        network, scale = model.network, model.card.steering_scale
        signature = [tf.TensorSpec((BATCH, *model.input_shape), tf.float32)]

        def forward(levels: Any) -> Any:
            return network(levels, training=False)[:, 0] * scale

        self._function = traced(forward, signature)

    def __call__(self, levels: Float32) -> Float32:
        """Clipped to [-1, 1] as the car would do it."""
        answers = []
        for first in range(0, len(levels), BATCH):
            some = levels[first : first + BATCH]
            full = np.concatenate([some, np.repeat(some[-1:], BATCH - len(some), axis=0)])
            (answer,) = self._function(tf.constant(full))
            answers.append(answer.numpy()[: len(some)])
        steer: Float32 = np.clip(np.concatenate(answers), -1.0, 1.0)
        return steer
