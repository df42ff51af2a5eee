"""An explainer: a method on a layer of a network, traced once, for one frame or for many."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from agent.backend import tf, traced
from agent.model import SteeringModel
from agent.saliency.anatomy import Anatomy, Scene, Target
from agent.saliency.method import Method
from agent.saliency.onward import Compute, Onward
from agent.saliency.visual_backprop import SEES
from agent.types import Float32, Frame, Saliency, UInt8, read_only

SIZES = (8, 16, 32)
"""Pictures computed at once: the smallest of these that holds them all, else the largest."""


class Explainer:
    """Steering and map out of one traced function. The driving network is never changed; its weights are shared.

    Attributes:
        method: name of the method.
        layer: what is explained or looked at.
        signed: whether the map's sign means right (positive) and left.
        unit: of the peak.
        passes: about what a map costs, in forward passes.
    """

    def __init__(self, method: Method, anatomy: Anatomy, target: Target, *, beside_driver: bool = False) -> None:
        """
        Args:
            method: how to explain.
            anatomy: of the network.
            target: what to explain.
            beside_driver: be ready for frames that the network has just steered by, which cost a forward pass less.

        Raises:
            ConfigError: the layer has no gradient.
        """
        self.method = method.name
        self.layer = layer_label(method, target)
        self.signed = method.signed
        self.unit = unit_of(method, target)
        self.passes = method.passes
        self._model: SteeringModel = anatomy.model
        compute = _computed(method, target, anatomy)
        self._trace = _tracer(compute, anatomy)
        self._onward = Onward(compute, anatomy) if beside_driver else None
        self._traced: dict[int, Any] = {} if beside_driver else {1: self._trace(1)}

    def steer_and_map(self, network_input: UInt8) -> tuple[float, Float32, float]:
        """Steer, and see what the steering hung on.

        Args:
            network_input: uint8 (h, w, channels).

        Returns:
            steer: as `SteeringModel.steer`.
            map: float32 (h, w), read-only, divided by its greatest magnitude.
            peak: that magnitude [unit], of the output before its squashing and clipping; 0 with an all-zero map where
                there is no gradient.

        Raises:
            ModelError: the network answered NaN.
        """
        return self._as_answer(self._of(1)(tf.constant(network_input[None])))

    def batch(self, inputs: UInt8) -> tuple[Float32, Float32, Float32]:
        """Many pictures, offline: the same numbers as one by one, several times faster with TensorFlow's own threads.

        Args:
            inputs: uint8 (n, h, w, channels).

        Returns:
            steer (n,), maps (n, h, w), peaks (n,), float32.

        Raises:
            ModelError: the network answered something that is no steering.
        """
        output, maps, peaks = self.maps(inputs)
        return np.array([self._model.as_steer(float(number)) for number in output], np.float32), maps, peaks

    def maps(self, inputs: UInt8) -> tuple[Float32, Float32, Float32]:
        """As `batch`, with the network's bare answers, whatever they are, for networks that are spoilt on purpose."""
        size = next((size for size in SIZES if size >= len(inputs)), SIZES[-1])
        compute, parts = self._of(size), []
        for first in range(0, len(inputs), size):
            some = inputs[first : first + size]
            missing = size - len(some)
            full = np.concatenate([some, np.repeat(some[-1:], missing, axis=0)]) if missing else some
            parts.append([tensor.numpy()[: len(some)] for tensor in compute(tf.constant(full))])
        if not parts:
            height_px, width_px = self._model.input_shape[:2]
            return np.zeros(0, np.float32), np.zeros((0, height_px, width_px), np.float32), np.zeros(0, np.float32)
        output, maps, peaks = (np.concatenate(column) for column in zip(*parts, strict=True))
        return output, maps, peaks

    def _of(self, count: int) -> Any:
        """The computation on so many pictures at once."""
        if count not in self._traced:
            self._traced[count] = self._trace(count)
        return self._traced[count]

    def _as_answer(self, tensors: Any) -> tuple[float, Float32, float]:
        """Steering, map and peak of one picture."""
        # as arrays first: taking an element of a tensor is an operation of TensorFlow's, half a forward pass long
        output, maps, peaks = (tensor.numpy() for tensor in tensors)
        saliency: Float32 = maps[0]
        read_only(saliency)
        return self._model.as_steer(float(output[0])), saliency, float(peaks[0])

    def __call__(self, frame: Frame) -> Saliency:
        """Explain a frame.

        Raises:
            ModelError: the network answered NaN.
        """
        start_s = time.perf_counter()
        network_input = self._model.preprocessor(frame)
        walked = None if self._onward is None else self._model.walked(network_input)
        if self._onward is None or walked is None:
            _, saliency, peak = self.steer_and_map(network_input)
        else:
            _, saliency, peak = self._as_answer(self._onward(walked))
        return Saliency(
            frame_index=frame.index,
            method=self.method,
            layer=self.layer,
            map=saliency,
            placement=self._model.preprocessor.placement(frame),
            peak=peak,
            elapsed_s=time.perf_counter() - start_s,
            signed=self.signed,
            unit=self.unit,
        )


def layer_label(method: Method, target: Target) -> str:
    """What is explained or looked at, for people."""
    return SEES if method.of == "none" else target.layer or target.output.name


def unit_of(method: Method, target: Target) -> str:
    """Unit of a map: of the steering, of the output explained instead, or of a layer's mean activation."""
    if method.of == "target" and target.layer is not None:
        return method.unit.replace("steering", "activation")
    return method.unit if target.output.steers else method.unit.replace("steering", target.output.name)


def factor_of(method: Method, target: Target, model: SteeringModel) -> float:
    """What brings a map from the network's numbers to steering: only maps of the steering are."""
    inside = method.of == "target" and target.layer is not None
    return model.card.steering_scale if target.output.steers and "steering" in method.unit and not inside else 1.0


def _computed(method: Method, target: Target, anatomy: Anatomy) -> Compute:
    factor = factor_of(method, target, anatomy.model)

    def answer_and_map(scene: Scene) -> tuple[Any, Any, Any]:
        scaled, peaks = scaled_and_peak(method.raw(scene, target) * (factor if method.signed else abs(factor)))
        return scene.plain.answer(anatomy.outputs[0]), scaled, peaks

    return answer_and_map


def _tracer(compute: Compute, anatomy: Anatomy) -> Any:
    def trace(count: int) -> Any:
        signature = [tf.TensorSpec((count, *anatomy.model.input_shape), tf.uint8)]
        return traced(lambda levels: compute(Scene(anatomy, levels)), signature)

    return trace


def scaled_and_peak(raw: Any) -> tuple[Any, Any]:
    """Maps (n, h, w) divided by their greatest magnitude, which comes along, (n,)."""
    peaks = tf.reduce_max(tf.abs(raw), axis=(1, 2))
    return tf.math.divide_no_nan(raw, peaks[:, tf.newaxis, tf.newaxis]), peaks
