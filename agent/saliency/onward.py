"""Maps from where the driver left off: it has just gone through the network, only the way back is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agent.backend import tf, traced
from agent.saliency.anatomy import Anatomy, Scene

Compute = Callable[[Scene], Any]
"""What is computed of a scene: tensors."""


class Onward:
    """A computation on one picture without what the driver has computed already."""

    def __init__(self, compute: Compute, anatomy: Anatomy) -> None:
        self._places: list[int] = []
        walked: list[Any] = []

        def whole(network_inputs: Any) -> Any:
            scene = Scene(anatomy, network_inputs)
            for place, tensor in enumerate([network_inputs, *scene.plain.made]):
                if all(tensor is not known for known in walked):  # a layer may pass on what it is given
                    walked.append(tensor)
                    self._places.append(place)
            return compute(scene)

        graph = tf.compat.v1.wrap_function(whole, [tf.TensorSpec((1, *anatomy.model.input_shape), tf.uint8)])
        rest = graph.prune(walked, graph.structured_outputs)
        signature = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in walked]
        self._function = traced(rest, signature)

    def __call__(self, walked: Sequence[Any]) -> Any:
        """As `compute`, of what `SteeringModel.walked` gives."""
        return self._function(*(walked[place] for place in self._places))
