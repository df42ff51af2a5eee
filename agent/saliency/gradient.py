"""Gradient saliency: which pixels would move the steering if they changed a little.

After Simonyan et al., "Deep Inside Convolutional Networks" (2013), as keras-vis computes it for a regression output,
with two differences: the output is made linear (at full lock a tanh has no gradient, and the map would be black), and
the map is divided by its own maximum, which is kept as `peak`, rather than stretched between minimum and maximum.
"""

from __future__ import annotations

import time
from typing import Any

from agent.backend import keras, tf
from agent.model import SteeringModel
from agent.types import Float32, Frame, Saliency, UInt8, read_only

_SQUASHES = (keras.layers.Activation, keras.layers.ReLU, keras.layers.ELU, keras.layers.LeakyReLU, keras.layers.Dropout)


class GradientSaliency:
    """Steering and its saliency map out of one forward and one backward pass, traced once.

    The driving network is never changed: the linear output is computed from the same weights beside it.
    """

    method = "gradient"

    def __init__(self, model: SteeringModel) -> None:
        self.layer: str = model.network.layers[-1].name
        self._model = model
        self._function = _trace(model)

    def steer_and_map(self, network_input: UInt8) -> tuple[float, Float32, float]:
        """Steer, and see what the steering hung on.

        Args:
            network_input: uint8 (h, w, 3).

        Returns:
            steer: as `SteeringModel.steer`.
            map: float32 (h, w), read-only, |d steer / d pixel| at its most sensitive channel, divided by its maximum.
            peak: that maximum [steering per grey level], of the output before its squashing and clipping; 0 with an
                all-zero map where there is no gradient.

        Raises:
            ModelError: the network answered NaN.
        """
        output, scaled, peak = self._function(tf.constant(network_input))
        saliency: Float32 = scaled.numpy()
        read_only(saliency)
        return self._model.as_steer(float(output)), saliency, float(peak)

    def __call__(self, frame: Frame) -> Saliency:
        """Explain the steering in a frame.

        Raises:
            ModelError: the network answered NaN.
        """
        start_s = time.perf_counter()
        _, saliency, peak = self.steer_and_map(self._model.preprocessor(frame))
        return Saliency(
            frame_index=frame.index,
            method=self.method,
            layer=self.layer,
            map=saliency,
            placement=self._model.preprocessor.placement(frame),
            peak=peak,
            elapsed_s=time.perf_counter() - start_s,
        )


def _trace(model: SteeringModel) -> Any:
    trunk, linear, squash = _split(model.network)
    scale = abs(model.card.steering_scale)

    @tf.function(input_signature=[tf.TensorSpec(model.input_shape, tf.uint8)])  # type: ignore[untyped-decorator]
    def steer_and_map(network_input: Any) -> tuple[Any, Any, Any]:
        grey_levels = tf.cast(network_input[tf.newaxis], tf.float32)  # d/d(uint8) does not exist
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(grey_levels)
            before = linear(trunk(grey_levels, training=False))
        raw = tf.reduce_max(tf.abs(tape.gradient(before, grey_levels)[0]), axis=-1)
        peak = tf.reduce_max(raw)
        return squash(before)[0, 0], tf.math.divide_no_nan(raw, peak), peak * scale

    return steer_and_map.get_concrete_function()


def _split(network: Any) -> tuple[Any, Any, Any]:
    """The network as squash(linear(trunk(x))), sharing its weights.

    Layers at the end that only bend the number (a tanh, an ELU) are the squash, like the last Dense layer's own
    activation; without a Dense layer before them nothing is taken apart.
    """
    bending = 0
    while isinstance(network.layers[-1 - bending], _SQUASHES):
        bending += 1
    dense = network.layers[-1 - bending]
    tail = network.layers[len(network.layers) - bending :]
    if not isinstance(dense, keras.layers.Dense):
        return network, tf.identity, tf.identity

    def linear(features: Any) -> Any:
        product = tf.linalg.matmul(features, dense.kernel)
        return product + dense.bias if dense.use_bias else product

    def squash(number: Any) -> Any:
        for bend in (dense.activation, *tail):
            number = bend(number)
        return number

    return keras.Model(network.input, dense.input), linear, squash
