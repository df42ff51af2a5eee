"""What the network looked at: methods by name, each a callable Frame -> Saliency."""

from __future__ import annotations

from collections.abc import Callable

from agent.errors import ConfigError, unknown
from agent.model import SteeringModel
from agent.saliency.gradient import GradientSaliency
from agent.types import Frame, Saliency

Explainer = Callable[[Frame], Saliency | None]


def _blind(model: SteeringModel) -> Explainer:
    """The explainer of a drive without explanations."""
    return lambda frame: None


METHODS: dict[str, Callable[[SteeringModel], Explainer]] = {"gradient": GradientSaliency, "none": _blind}


def make_explainer(method: str, layer: str | None, model: SteeringModel) -> Explainer:
    """Make the explainer of a name.

    Args:
        method: one of `METHODS`.
        layer: name of the layer to explain; None: the steering output.
        model: that drives.

    Raises:
        ConfigError: an unknown method, or a layer it cannot explain.
    """
    if method not in METHODS:
        raise ConfigError(unknown("saliency method", method, METHODS))
    layers = [model.network.layers[-1].name]
    if layer is not None and layer not in layers:
        raise ConfigError(unknown("layer", layer, layers))
    return METHODS[method](model)
