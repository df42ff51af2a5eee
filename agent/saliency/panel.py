"""The gradient of every convolution and of the output at once, from one shared forward pass."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from agent.backend import tf, traced
from agent.saliency.anatomy import Anatomy, Scene, Target
from agent.saliency.explainer import scaled_and_peak
from agent.saliency.gradient import GRADIENT, gradient
from agent.types import Frame, LayerMap, Saliency, UInt8, read_only


class PanelExplainer:
    """An explainer whose Saliency, the output's gradient, brings those of all convolutions along.

    Attributes:
        method, layer, signed, unit, passes: as of `Explainer`.
        layers: the convolutions in order, then the output.
    """

    method = GRADIENT.name
    signed = GRADIENT.signed
    unit = GRADIENT.unit

    def __init__(self, anatomy: Anatomy, output: str | None = None) -> None:
        """
        Raises:
            ConfigError: no such output.
        """
        answer = anatomy.output(output)
        self.layer = answer.name
        self.layers = [*anatomy.convs, answer.name]
        self.passes = 1.3 * len(self.layers)
        self._model = anatomy.model
        self._function = _trace(anatomy, [*(Target(answer, conv) for conv in anatomy.convs), Target(answer)])

    def maps(self, network_input: UInt8) -> tuple[float, tuple[LayerMap, ...]]:
        """Steering and the maps, uint8 (h, w, channels) in.

        Raises:
            ModelError: the network answered NaN.
        """
        output, maps, heights = (tensor.numpy() for tensor in self._function(tf.constant(network_input[None])))
        read_only(maps)
        panels = tuple(LayerMap(name, maps[n], float(heights[n])) for n, name in enumerate(self.layers))
        return self._model.as_steer(float(output[0])), panels

    def __call__(self, frame: Frame) -> Saliency:
        """Explain a frame; see `maps`."""
        start_s = time.perf_counter()
        _, panels = self.maps(self._model.preprocessor(frame))
        return Saliency(
            frame_index=frame.index,
            method=self.method,
            layer=self.layer,
            map=panels[-1].map,
            placement=self._model.preprocessor.placement(frame),
            peak=panels[-1].peak,
            elapsed_s=time.perf_counter() - start_s,
            unit=self.unit,
            panels=panels,
        )


def _trace(anatomy: Anatomy, targets: list[Target]) -> Any:
    factors = np.ones(len(targets), np.float32)
    factors[-1] = abs(anatomy.model.card.steering_scale)

    def answer_and_maps(network_input: Any) -> tuple[Any, Any, Any]:
        scene = Scene(anatomy, network_input)
        scaled, peaks = scaled_and_peak(tf.concat([gradient(scene, target) for target in targets], axis=0))
        return scene.plain.answer(anatomy.outputs[0]), scaled, peaks * factors

    signature = [tf.TensorSpec((1, *anatomy.model.input_shape), tf.uint8)]
    return traced(answer_and_maps, signature)
