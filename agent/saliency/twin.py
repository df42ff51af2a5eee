"""A second copy of a model, with weights of its own: for another process, or to be spoilt on purpose."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from agent.backend import keras
from agent.model import SteeringModel, load_model
from agent.model_card import ModelCard

Recipe = tuple[str, Path | None] | tuple[str, list[Any], dict[str, Any]]
"""How to make the copy: from where the model was loaded, or from its layers, weights and card. Can be pickled."""


def recipe_of(model: SteeringModel) -> Recipe:
    """What `twin_of` needs."""
    if model.origin is not None:
        return model.origin
    return model.whole.to_json(), model.whole.get_weights(), model.card.model_dump(mode="json")


def twin_of(recipe: Recipe) -> SteeringModel:
    """The copy.

    Raises:
        ModelError: the file has changed since.
    """
    if len(recipe) == 2:
        log = logging.getLogger("agent.model")  # what there was to say of the file has been said
        before = log.level
        log.setLevel(logging.ERROR)
        try:
            return load_model(*recipe)
        finally:
            log.setLevel(before)
    network, weights, card = recipe
    built = keras.models.model_from_json(network)
    built.set_weights(weights)
    return SteeringModel("twin", "", ModelCard.model_validate(card), built)
