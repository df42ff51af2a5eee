"""Untrained models with seeded weights, written to a test's own folder; none is shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from agent.backend import keras
from agent.model import SteeringModel
from agent.model_card import CARD_NAME, ModelCard, write_card
from agent.training.architectures import dave2, pilotnet

layers = keras.layers


def batch_normalised() -> Any:
    """A net with batch normalisation, pooling, padding and a separate last activation."""
    return keras.Sequential(
        [
            keras.Input((66, 200, 3)),
            layers.Rescaling(1 / 255),
            layers.ZeroPadding2D(1),
            layers.Conv2D(8, 5, strides=2, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.1),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ELU(),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.3),
            layers.Dense(1, name="angle"),
            layers.Activation("tanh"),
        ]
    )


NETWORKS = {"pilotnet": pilotnet, "dave2": dave2, "batch_normalised": batch_normalised}


def seeded_network(architecture: str = "pilotnet", seed: int = 0) -> Any:
    """A network whose weights and moving averages are random, and whose answers fill some of [-1, 1]."""
    network = NETWORKS[architecture]()
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        layer.set_weights([_weights(rng, weight.path, weight.shape) for weight in layer.weights])
    return network


def write_model(folder: Path, architecture: str = "pilotnet", seed: int = 0, card: ModelCard | None = None) -> Path:
    """A model folder with model.keras and card.yaml, as under configs/models/."""
    folder.mkdir(parents=True, exist_ok=True)
    seeded_network(architecture, seed).save(folder / "model.keras")
    write_card(folder / CARD_NAME, card or ModelCard())
    return folder


def steering_model(architecture: str = "pilotnet", seed: int = 0, card: ModelCard | None = None) -> SteeringModel:
    """A model in memory."""
    network = seeded_network(architecture, seed)
    functional = keras.Model(network.inputs[0], network.outputs[0])
    return SteeringModel(architecture, "0" * 64, card or ModelCard(), functional)


def _weights(rng: np.random.Generator, path: str, shape: tuple[int, ...]) -> Any:
    if path.endswith(("gamma", "moving_variance")):
        return rng.uniform(0.5, 1.5, shape)
    if path.endswith(("beta", "bias", "moving_mean")):
        return rng.normal(0, 0.1, shape)
    spread = 0.3 if path.startswith("steering") else 1.0  # an output without bounds stays about [-1, 1]
    return rng.normal(0, spread * np.sqrt(1.5 / np.prod(shape[:-1])), shape)
