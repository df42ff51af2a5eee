"""The first convolution with a faster way back: its gradient for the picture as one ordinary convolution.

The gradient of a convolution of stride s sends every output to its own s x s phases of the input. Kernels for colour
pictures make three channels at a time of it, the slowest shape there is; all phases together are s x s x 3 channels of
a convolution of stride 1, which are then put in their places (Shi et al., "Real-Time Single Image and Video
Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network", 2016). The same sums in another order.
"""

from __future__ import annotations

from typing import Any

from agent.backend import keras, tf

_FEW = 4
"""Input channels up to which this is faster: 0.5 to 0.75 of the time with 3, 1.05 to 1.2 with 24."""


def has_phases(layer: Any) -> bool:
    """Whether the layer is a convolution that gains by it."""
    return (
        type(layer) is keras.layers.Conv2D
        and layer.strides[0] == layer.strides[1] > 1
        and layer.dilation_rate == (1, 1)
        and layer.groups == 1
        and layer.padding == "valid"
        and layer.data_format == "channels_last"
        and layer.input.shape[-1] <= _FEW
        and min(layer.kernel_size) >= layer.strides[0]
    )


def convolve(layer: Any, given: Any) -> Any:
    """What the layer makes of `given`, float32 (n, h, w, channels), its gradient computed by phases."""
    made = _convolution(layer.strides[0])(given, tf.convert_to_tensor(layer.kernel))
    return layer.activation(tf.nn.bias_add(made, layer.bias) if layer.use_bias else made)


def _convolution(stride: int) -> Any:
    def convolution(given: Any, kernel: Any) -> tuple[Any, Any]:
        def back(slope: Any) -> tuple[Any, None]:
            return _to_input(slope, kernel, stride, *given.shape[1:3]), None

        return tf.nn.conv2d(given, kernel, stride, "VALID"), back

    return tf.custom_gradient(convolution)


def _to_input(slope: Any, kernel: Any, stride: int, height: int, width: int) -> Any:
    """d / d input, (n, height, width, channels): input pixel s i + p gets, over t, slope[i - t] x kernel[s t + p]."""
    rows, columns, channels, made = kernel.shape
    tall, wide = -(-rows // stride), -(-columns // stride)  # taps of a phase
    filled = tf.pad(kernel, [[0, tall * stride - rows], [0, wide * stride - columns], [0, 0], [0, 0]])
    parted = tf.reverse(tf.reshape(filled, (tall, stride, wide, stride, channels, made)), axis=(0, 2))
    phases = tf.reshape(tf.transpose(parted, (0, 2, 5, 1, 3, 4)), (tall, wide, made, stride * stride * channels))
    around = [[0, 0], [tall - 1, tall - 1], [wide - 1, wide - 1], [0, 0]]
    placed = tf.nn.depth_to_space(tf.nn.conv2d(slope, phases, 1, around), stride)[:, :height, :width]
    below, beside = height - placed.shape[1], width - placed.shape[2]
    return tf.pad(placed, [[0, 0], [0, below], [0, beside], [0, 0]]) if below or beside else placed
