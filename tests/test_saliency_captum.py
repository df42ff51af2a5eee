"""The maps against torch's gradients through Captum; skipped where these are not installed: no requirement of ours."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest

from agent.backend import keras
from agent.model import SteeringModel, load_model
from agent.saliency import Explainer, make_explainer
from tests.seeded_models import NETWORKS, steering_model

torch = pytest.importorskip("torch", exc_type=ImportError)
captum = pytest.importorskip("captum.attr", exc_type=ImportError)

layers = keras.layers
_BENDS = {"linear": lambda x: x, "elu": torch.nn.functional.elu, "relu": torch.relu, "tanh": torch.tanh}


def in_torch(model: SteeringModel) -> Any:
    """The chain of layers in torch, float32 (n, 3, h, w) -> (n, 1), without the last bend."""
    steps = [_step(layer, last=layer is model.layers[-1]) for layer in model.layers]

    return lambda levels: reduce(lambda made, step: step(made), steps, levels)


def _step(layer: Any, *, last: bool) -> Any:
    functions = torch.nn.functional
    bend = _BENDS["linear" if last else getattr(getattr(layer, "activation", None), "__name__", "linear")]
    weights = [torch.tensor(np.array(weight)) for weight in layer.get_weights()]
    if isinstance(layer, layers.Conv2D):
        kernel, bias = weights[0].permute(3, 2, 0, 1), weights[1] if layer.use_bias else None
        assert layer.padding == "valid" or layer.strides == (1, 1)
        return lambda x: bend(functions.conv2d(x, kernel, bias, layer.strides, layer.padding))
    if isinstance(layer, layers.BatchNormalization):
        gamma, beta, mean, variance = (weight.reshape(1, -1, 1, 1) for weight in weights)
        return lambda x: (x - mean) * gamma / torch.sqrt(variance + layer.epsilon) + beta
    if isinstance(layer, layers.Dense):
        return lambda x: bend(x @ weights[0] + weights[1])
    plain = {
        layers.Rescaling: lambda x: x * layer.scale + layer.offset,
        layers.ZeroPadding2D: lambda x: functions.pad(x, (1, 1, 1, 1)),
        layers.LeakyReLU: lambda x: functions.leaky_relu(x, 0.1),
        layers.ELU: functions.elu,
        layers.MaxPooling2D: lambda x: functions.max_pool2d(x, 2),
        layers.GlobalAveragePooling2D: lambda x: x.mean(dim=(2, 3)),
        layers.Flatten: lambda x: x.permute(0, 2, 3, 1).flatten(1),
        layers.Dropout: lambda x: x,
        layers.Activation: bend,
    }
    return plain[type(layer)]


@pytest.mark.parametrize("name", [*NETWORKS, "trained"])
def test_the_gradient_equals_captums(name: str) -> None:
    model = load_model("pilotnet") if name == "trained" else steering_model(name)
    seen = np.random.default_rng(21).integers(0, 256, model.input_shape, np.uint8)
    levels = torch.tensor(seen.astype(np.float32)).permute(2, 0, 1)[None].requires_grad_()
    slope = captum.Saliency(in_torch(model)).attribute(levels, target=0, abs=True)[0].detach().numpy()
    wanted = slope.max(axis=0)
    explain = make_explainer("gradient", None, model)
    assert isinstance(explain, Explainer)
    _, heat, peak = explain.steer_and_map(seen)
    differs = np.abs(heat - wanted / wanted.max()) > 1e-5
    chance = 0.005 if name == "batch_normalised" else 0.0  # which of two equals its pool takes
    assert differs.mean() <= chance
    assert peak == pytest.approx(abs(model.card.steering_scale) * float(wanted.max()), rel=1e-4)
