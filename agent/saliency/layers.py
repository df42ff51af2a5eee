"""Methods that look at a layer inside: Grad-CAM, gradient x activation, activations."""

from __future__ import annotations

from typing import Any

from agent.backend import tf
from agent.saliency.anatomy import Scene, Target, gradient_of
from agent.saliency.geometry import to_input_pixels
from agent.saliency.method import Method


def grad_cam(scene: Scene, target: Target) -> Any:
    """Activations weighted by their mean gradient, summed over channels; the positive part is the published Grad-CAM.

    Selvaraju et al., "Grad-CAM" (2017). The negative part is kept: for a steering wheel it is not "nothing" but "left".
    """
    made, slope = _activation_and_slope(scene, target)
    weight = tf.reduce_mean(slope, axis=(1, 2), keepdims=True)
    return to_input_pixels(scene.anatomy, _looked_at(target), tf.reduce_sum(weight * made, axis=-1))


def gradient_x_activation(scene: Scene, target: Target) -> Any:
    """Each activation times its own gradient, summed over channels: the layer's first-order share in the steering."""
    made, slope = _activation_and_slope(scene, target)
    return to_input_pixels(scene.anatomy, _looked_at(target), tf.reduce_sum(slope * made, axis=-1))


def activations(scene: Scene, target: Target) -> Any:
    """Mean magnitude of a layer's channels: what it responds to, whether or not that steers."""
    made = scene.plain.layer(_looked_at(target))
    return to_input_pixels(scene.anatomy, _looked_at(target), tf.reduce_mean(tf.abs(made), axis=-1))


def _activation_and_slope(scene: Scene, target: Target) -> tuple[Any, Any]:
    made = scene.plain.layer(_looked_at(target))
    return made, gradient_of(Target(target.output, None, target.squashed), scene.plain, made)


def _looked_at(target: Target) -> str:
    assert target.layer is not None  # noqa: S101 - `make_explainer` chose one
    return target.layer


GRAD_CAM = Method("grad_cam", grad_cam, "steering x activation", 1.4, "regions a layer steers by", True, "picture")
GRADIENT_X_ACTIVATION = Method(
    "gradient_x_activation", gradient_x_activation, "steering", 1.5, "cells a layer steers by", True, "picture"
)
ACTIVATIONS = Method("activations", activations, "activation", 1.1, "what a layer responds to", False, "picture")
