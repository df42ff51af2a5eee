"""Networks that steer: grey levels 0..255 in, one number out; normalisation is their first layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agent.backend import keras

layers = keras.layers


def pilotnet(activation: str = "elu", dropout: float = 0.0) -> Any:
    """NVIDIA's PilotNet: 252,219 parameters, 27 million multiply-adds.

    Sizes from Bojarski et al., "End to End Learning for Self-Driving Cars" (2016), figure 4, which leaves the
    activation open. ELU has no dead units, whose saliency would be blank.

    Args:
        activation: of the hidden layers.
        dropout: rate before the first dense layer; 0 leaves the layer out.

    Returns:
        keras.Model, (None, 66, 200, 3) -> (None, 1), unbounded output.
    """
    return _convolutional((66, 200, 3), activation, (100, 50, 10), "linear", dropout)


def dave2(dropout: float = 0.0) -> Any:
    """The variant of common courses: ReLU, a dense layer of 1164, tanh at the end; 1.6 million parameters."""
    return _convolutional((66, 200, 3), "relu", (1164, 100, 50, 10), "tanh", dropout)


def dave2_small(dropout: float = 0.0) -> Any:
    """PilotNet with half the filters, for small machines: 72,695 parameters, 8 million multiply-adds."""
    return _convolutional((66, 200, 3), "elu", (64, 32, 10), "linear", dropout, thinned=2)


def _convolutional(
    shape: tuple[int, int, int],
    activation: str,
    widths: Sequence[int],
    last_activation: str,
    dropout: float,
    *,
    thinned: int = 1,
) -> Any:
    image = keras.Input(shape, name="image")
    stack = [layers.Rescaling(1 / 127.5, -1.0, name="normalisation")]
    for number, (filters, kernel_px, stride_px) in enumerate(
        ((24, 5, 2), (36, 5, 2), (48, 5, 2), (64, 3, 1), (64, 3, 1)), start=1
    ):
        name = f"conv{number}"
        stack.append(layers.Conv2D(filters // thinned, kernel_px, strides=stride_px, activation=activation, name=name))
    stack.append(layers.Flatten(name="flatten"))
    if dropout > 0:
        stack.append(layers.Dropout(dropout, name="dropout"))
    stack += [layers.Dense(width, activation=activation, name=f"dense{n}") for n, width in enumerate(widths, start=1)]
    stack.append(layers.Dense(1, activation=last_activation, name="steering"))
    tensor = image
    for layer in stack:
        tensor = layer(tensor)
    return keras.Model(image, tensor, name="network")


ARCHITECTURES: dict[str, Callable[..., Any]] = {"pilotnet": pilotnet, "dave2": dave2, "dave2-small": dave2_small}
