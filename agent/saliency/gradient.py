"""Gradient methods: which pixels would move the steering if they changed a little.

The plain gradient is Simonyan et al., "Deep Inside Convolutional Networks" (2013), as keras-vis computes it for a
regression output, with two differences: the output is made linear (at full lock a tanh has no gradient, and the map
would be black), and the map is divided by its own maximum, which is kept as its peak, rather than stretched between
minimum and maximum.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from agent.backend import keras, tf
from agent.saliency.anatomy import Scene, Target, gradient_of
from agent.saliency.blur import blurred
from agent.saliency.method import Method

_PER_LEVEL = "steering per grey level"


def strongest_channel(slope: Any) -> Any:
    """(n, h, w, channels) -> (n, h, w): the magnitude at the most sensitive channel."""
    channels = (tf.abs(slope[..., channel]) for channel in range(slope.shape[-1]))
    return reduce(tf.maximum, channels)  # of three channels in half the time of a reduction along them


def gradient(scene: Scene, target: Target) -> Any:
    """|d target / d pixel| at its most sensitive channel."""
    return strongest_channel(gradient_of(target, scene.plain, scene.levels))


def gradient_x_input(scene: Scene, target: Target) -> Any:
    """d target / d pixel x (pixel - blurred pixel), summed over channels.

    Shrikumar et al., "Not Just a Black Box" (2016), with a blurred picture instead of a black one as the baseline.
    """
    slope = gradient_of(target, scene.plain, scene.levels)
    return tf.reduce_sum(slope * (scene.levels - blurred(scene.levels)), axis=-1)


def guided(scene: Scene, target: Target) -> Any:
    """The gradient of which every hidden activation lets only positive parts pass on the way back.

    Springenberg et al., "Striving for Simplicity" (2015); for activations other than ReLU the same rule is applied to
    what comes back to them, as they have no zero to be off at.
    """
    walk = scene.anatomy.walk(scene.levels, rule=_guide)
    return strongest_channel(gradient_of(target, walk, scene.levels))


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _only_positive_back(tensor: Any) -> tuple[Any, Any]:
    return tf.identity(tensor), tf.nn.relu


def _guide(layer: Any, made: Any) -> Any:
    activation = getattr(layer, "activation", None)
    bends = activation is not None and activation is not keras.activations.linear
    bends = bends or isinstance(layer, keras.layers.ReLU | keras.layers.ELU | keras.layers.LeakyReLU)
    return _only_positive_back(made) if bends else made


GRADIENT = Method("gradient", gradient, _PER_LEVEL, 2.3, "what a small change of a pixel would do to the steering")
GRADIENT_X_INPUT = Method(
    "gradient_x_input", gradient_x_input, "steering", 2.6, "gradient times contrast: right or left", signed=True
)
GUIDED = Method("guided", guided, _PER_LEVEL, 3.3, "gradient, only positive evidence on its way back")
