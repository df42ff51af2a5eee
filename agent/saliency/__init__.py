"""What the network looked at: methods by name, each an object Frame -> Saliency."""

from __future__ import annotations

from collections.abc import Callable

from agent.errors import ConfigError, unknown
from agent.model import SteeringModel
from agent.saliency.anatomy import Anatomy, Target
from agent.saliency.averaged import INTEGRATED, SMOOTHGRAD
from agent.saliency.explainer import Explainer
from agent.saliency.gradient import GRADIENT, GRADIENT_X_INPUT, GUIDED
from agent.saliency.layers import ACTIVATIONS, GRAD_CAM, GRADIENT_X_ACTIVATION
from agent.saliency.method import Method
from agent.saliency.occlusion import OCCLUSION
from agent.saliency.visual_backprop import VISUAL_BACKPROP
from agent.types import Frame, Saliency

__all__ = ["METHODS", "Explainer", "layer_names", "make_explainer", "method_names"]

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        GRADIENT,
        GRADIENT_X_INPUT,
        INTEGRATED,
        SMOOTHGRAD,
        GUIDED,
        GRAD_CAM,
        GRADIENT_X_ACTIVATION,
        VISUAL_BACKPROP,
        ACTIVATIONS,
        OCCLUSION,
    )
}
NONE = "none"
"""The method of a drive without explanations."""


def method_names() -> list[str]:
    """What `make_explainer` knows, in the order of the key that walks through them; "none" last."""
    return [*METHODS, NONE]


def layer_names(model: SteeringModel, method: str = "gradient") -> list[str]:
    """Layers that a method can explain or look at, in the network's order; empty where it has none.

    Raises:
        ConfigError: an unknown method.
    """
    return layers_of(method, Anatomy(model))


def layers_of(method: str, anatomy: Anatomy) -> list[str]:
    """See `layer_names`."""
    kind = method_named(method)
    if kind is None or kind.of == "none":
        return []
    return anatomy.names if kind.of == "target" else anatomy.pictures


def make_explainer(
    method: str,
    layer: str | None,
    model: SteeringModel,
    *,
    output: str | None = None,
    beside_driver: bool = False,
) -> Explainer | Callable[[Frame], Saliency | None]:
    """Make the explainer of a name.

    Args:
        method: one of `method_names()`.
        layer: name or index of a layer, of `layer_names(model, method)`; None: the output, or for methods that look at
            a layer one that serves them well.
        model: that drives.
        output: name of the number to explain where the network answers several; None: the steering.
        beside_driver: see `Explainer`.

    Returns:
        An `Explainer`; for "none" a function that returns None.

    Raises:
        ConfigError: an unknown method, layer or output (the known ones are listed, nearest first), or a layer that
            the method cannot explain.
    """
    kind = method_named(method)
    if kind is None:
        return lambda frame: None
    anatomy = Anatomy(model)
    return Explainer(kind, anatomy, target_of(kind, anatomy, layer, output), beside_driver=beside_driver)


def target_of(method: Method, anatomy: Anatomy, layer: str | None, output: str | None = None) -> Target:
    """What a method is to explain.

    Raises:
        ConfigError: see `make_explainer`.
    """
    answer = anatomy.output(output)
    if method.of == "none":
        if layer is not None:
            raise ConfigError(f"{method.name} shows the whole conv stack: give it no layer (got '{layer}')")
        if not anatomy.convs:
            raise ConfigError(f"{method.name} needs a convolution, the network has none")
        return Target(answer)
    known = anatomy.names if method.of == "target" else anatomy.pictures
    if layer is None:
        return Target(answer) if method.of == "target" else Target(answer, _good_layer(method, anatomy))
    name = _named(layer, known, anatomy)
    outputs = [each for each in anatomy.outputs if each.name == name]
    return Target(outputs[0]) if outputs else Target(answer, name)


def method_named(name: str) -> Method | None:
    """A method by its name, None for "none".

    Raises:
        ConfigError: an unknown one.
    """
    if name not in method_names():
        raise ConfigError(unknown("saliency method", name, method_names()))
    return METHODS.get(name)


def _named(layer: str, known: list[str], anatomy: Anatomy) -> str:
    """A layer by its name, or by its index in the network (negative from the end)."""
    name, every = layer, anatomy.names
    if layer.lstrip("-").isdigit() and -len(every) <= int(layer) < len(every):
        name = every[int(layer)]
    if name not in known:
        why = f"layer '{name}' has no picture to look at: known are" if name in every else None
        raise ConfigError(f"{why} {', '.join(known)}" if why else unknown("layer", layer, known))
    return name


def _good_layer(method: Method, anatomy: Anatomy) -> str:
    """Activations: the first convolution; else the second, fine enough to point and deep enough to mean it."""
    if not anatomy.convs:
        raise ConfigError(f"{method.name} needs a convolution, the network has none")
    return anatomy.convs[0 if method is ACTIVATIONS else min(1, len(anatomy.convs) - 1)]
