"""A steering network taken apart: walked layer by layer with its own weights, never changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agent.backend import keras, tf
from agent.errors import ConfigError, unknown
from agent.model import SteeringModel
from agent.saliency.strided import convolve, has_phases

Rule = Callable[[Any, Any], Any]
"""What becomes of a layer's output on the way: (layer, tensor) -> tensor."""

_BENDS = (keras.layers.Activation, keras.layers.ReLU, keras.layers.ELU, keras.layers.LeakyReLU, keras.layers.Dropout)


@dataclass(frozen=True, slots=True)
class Output:
    """One number that the network answers.

    Attributes:
        name: of its layer, with the column where that has several: "steering", "controls[1]".
        tensor: of the Keras graph that holds it.
        column: of that tensor.
        steers: whether the car goes by it.
    """

    name: str
    tensor: Any
    column: int
    steers: bool = True


class Anatomy:
    """Layers, outputs and the way through a network.

    Attributes:
        model: the steering model, shared with the driver.
        layers: all layers but inputs, in the network's order.
        outputs: every number it answers, steering first.
    """

    def __init__(self, model: SteeringModel) -> None:
        self.model = model
        self.layers = model.layers
        self._maker = {id(layer.output): layer for layer in self.layers}
        self.outputs = tuple(
            Output(name if width == 1 else f"{name}[{column}]", tensor, column, steers=place + column == 0)
            for place, tensor in enumerate(model.whole.outputs)
            for name, width in [(self._maker[id(tensor)].name, int(tensor.shape[-1]))]
            for column in range(width)
        )

    @property
    def names(self) -> list[str]:
        """What can be explained: layers by name, outputs last."""
        ends = {id(output.tensor) for output in self.outputs}
        inner = [layer.name for layer in self.layers if id(layer.output) not in ends]
        return inner + [output.name for output in self.outputs]

    @property
    def convs(self) -> list[str]:
        """The convolutions."""
        return [layer.name for layer in self.layers if isinstance(layer, keras.layers.Conv2D)]

    @property
    def pictures(self) -> list[str]:
        """The layers whose output is a picture (None, h, w, channels)."""
        return [layer.name for layer in self.layers if len(layer.output.shape) == 4]

    def output(self, name: str | None) -> Output:
        """An output by its name, None: the steering.

        Raises:
            ConfigError: there is none of this name.
        """
        found = [output for output in self.outputs if name in (None, output.name)]
        if not found:
            raise ConfigError(unknown("output", str(name), [output.name for output in self.outputs]))
        return found[0]

    def walk(self, levels: Any, rule: Rule | None = None) -> Walk:
        """Go through the network inside a tf.function.

        Args:
            levels: grey levels, float32 (n, h, w, channels).
            rule: applied to every layer's output before the next layer gets it; None: nothing is changed.
        """
        values = {id(self.model.whole.inputs[0]): levels}
        for layer in self.layers:
            source = layer.input
            given = [values[id(each)] for each in source] if isinstance(source, list) else values[id(source)]
            if has_phases(layer):
                made = convolve(layer, given)
            else:
                made = layer(given, training=False) if _minds_training(layer) else layer(given)
            values[id(layer.output)] = made if rule is None else rule(layer, made)
        return Walk(self, values)

    def ending(self, output: Output) -> tuple[Any, list[Any]]:
        """The last Dense layer before an output and the layers after it that only bend the number.

        Returns:
            (None, []) where no Dense layer leads to the output in this way: it is then explained as it is.
        """
        tail: list[Any] = []
        layer = self._maker.get(id(output.tensor))
        while isinstance(layer, _BENDS):
            tail.insert(0, layer)
            layer = self._maker.get(id(layer.input))
        return (layer, tail) if isinstance(layer, keras.layers.Dense) else (None, [])


class Walk:
    """The tensors of one way through the network."""

    def __init__(self, anatomy: Anatomy, values: dict[int, Any]) -> None:
        self._anatomy = anatomy
        self._values = values

    @property
    def made(self) -> list[Any]:
        """What each of the anatomy's layers made."""
        return [self._values[id(layer.output)] for layer in self._anatomy.layers]

    def layer(self, name: str) -> Any:
        """What a layer made, after its activation; (n, ...)."""
        return self._values[id(next(layer for layer in self._anatomy.layers if layer.name == name).output)]

    def answer(self, output: Output) -> Any:
        """What the network answers, (n,)."""
        return self._values[id(output.tensor)][:, output.column]

    def linear(self, output: Output) -> Any:
        """The output before its last activation, (n,): at full lock a tanh has no gradient, this has."""
        dense, _ = self._anatomy.ending(output)
        if dense is None:
            return self.answer(output)
        product = tf.linalg.matmul(self._values[id(dense.input)], dense.kernel)
        return (product + dense.bias if dense.use_bias else product)[:, output.column]


class Scene:
    """What a method is given: pictures and the network, with the plain walk made only once.

    Attributes:
        anatomy: of the network.
        levels: grey levels, float32 (n, h, w, channels).
    """

    def __init__(self, anatomy: Anatomy, levels: Any) -> None:
        """
        Args:
            anatomy: see the attribute.
            levels: grey levels (n, h, w, channels), uint8 as they come or float32.
        """
        self.anatomy = anatomy
        self.levels = tf.cast(levels, tf.float32)  # d/d(uint8) does not exist

    @cached_property
    def plain(self) -> Walk:
        """The network as it drives."""
        return self.anatomy.walk(self.levels)


@dataclass(frozen=True, slots=True)
class Target:
    """What is explained.

    Attributes:
        output: the number that is steered by.
        layer: a layer inside, explained by its mean activation or looked at; None: the output itself.
        squashed: explain the output after its last activation, as keras-vis does, instead of before.
    """

    output: Output
    layer: str | None = None
    squashed: bool = False

    def of(self, walk: Walk) -> Any:
        """The number that is explained, one per picture: (n,)."""
        if self.layer is None:
            return walk.answer(self.output) if self.squashed else walk.linear(self.output)
        made = walk.layer(self.layer)
        return tf.reduce_mean(tf.reshape(made, (tf.shape(made)[0], -1)), axis=1)


def gradient_of(target: Target, walk: Walk, seen: Any) -> Any:
    """d target / d seen for every picture, in the shape of `seen`.

    Raises:
        ConfigError: the layer does not depend on it.
    """
    slope = tf.gradients(target.of(walk), seen)[0]  # each picture has its own target: the sum keeps them apart
    if slope is None:
        raise ConfigError(f"layer '{target.layer or target.output.name}' has no gradient")
    return slope


def _minds_training(layer: Any) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization | keras.layers.Dropout)
