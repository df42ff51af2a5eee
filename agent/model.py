"""Load a trained steering network from a stranger, and steer with it."""

from __future__ import annotations

import logging
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.backend import configure_tensorflow, keras, tf, traced
from agent.errors import ModelError, unknown
from agent.model_card import CARD_NAME, ModelCard, read_card
from agent.model_files import MODEL_SUFFIXES, read_model_file
from agent.model_graph import outline
from agent.model_guess import feeding
from agent.model_layers import rebuild
from agent.preprocess import Preprocessor
from agent.types import UInt8

__all__ = ["MODELS", "SteeringModel", "configure_tensorflow", "load_model"]

MODELS = Path(__file__).parents[1] / "configs" / "models"
FARTHEST = 1.5
"""Steer beyond full lock that a sound network may answer where its output has no bounds; it is clipped."""
_LOG = logging.getLogger(__name__)


class SteeringModel:
    """A network that steers, with its card.

    Attributes:
        name: of the model.
        sha256: of the weights file, hexadecimal.
        card: how to feed it and what its output means.
        preprocessor: camera frame -> network input.
        origin: name or file and card it was loaded from, None for one made in memory.
        network: functional keras.Model, float32 grey levels (None, h, w, 3) -> (None, 1).
        whole: the same, with the numbers that do not steer where it answers several: they can be explained too.
        layers: its layers but inputs, in the network's order.
    """

    def __init__(self, name: str, sha256: str, card: ModelCard, network: keras.Model) -> None:
        """
        Args:
            name, sha256, card: see the attributes.
            network: as `whole`; of several outputs the first steers.
        """
        height_px, width_px = network.input_shape[1:3]
        self.name = name
        self.sha256 = sha256
        self.card = card
        self.whole = network
        several = len(network.outputs) > 1
        self.network = keras.Model(network.inputs[0], network.outputs[0], name="network") if several else network
        self.layers = [layer for layer in network.layers if not isinstance(layer, keras.layers.InputLayer)]
        self.origin: tuple[str, Path | None] | None = None
        self.preprocessor = Preprocessor(card.preprocessing(height_px, width_px))
        self.input_shape: tuple[int, int, int] = (height_px, width_px, 3)
        self._forward = self._trace()
        self._newest: tuple[UInt8, list[Any]] | None = None

    def steer(self, network_input: UInt8) -> float:
        """Steering for one network input.

        Args:
            network_input: uint8 (h, w, 3), from `preprocessor`.

        Returns:
            [-1, 1], right positive.

        Raises:
            ModelError: the network answered NaN, or far outside of [-1, 1].
        """
        levels = tf.constant(network_input[None])
        answer, *made = self._forward(levels)
        self._newest = (network_input, [levels, *made])
        return self.as_steer(float(answer.numpy()[0, 0]))

    def walked(self, network_input: UInt8) -> list[Any] | None:
        """What `steer` found on its way, if this very array was its last: an explanation can go on from there.

        Returns:
            The network input with a batch axis, then what each of `layers` made of it, as tensors; else None.
        """
        newest = self._newest
        return newest[1] if newest is not None and newest[0] is network_input else None

    def as_steer(self, output: float) -> float:
        """The network's output x steering_scale, clipped to [-1, 1].

        Raises:
            ModelError: NaN, or so far outside that it is no steering.
        """
        if not math.isfinite(output):
            raise ModelError(f"model '{self.name}' answered {output}: its weights or its normalisation are broken")
        steer = output * self.card.steering_scale
        if abs(steer) > FARTHEST:
            raise ModelError(
                f"model '{self.name}' answered {output:.4g}, a steer of {steer:.4g}: wanted -1 to 1; give the right "
                "normalisation and steering_scale in its card"
            )
        return min(max(steer, -1.0), 1.0)

    def _trace(self) -> Any:
        whole = self.whole
        way = keras.Model(whole.inputs, [whole.outputs[0], *(layer.output for layer in self.layers)])

        def forward(network_input: Any) -> Any:
            return way(tf.cast(network_input, tf.float32), training=False)

        return traced(forward, [tf.TensorSpec((1, *self.input_shape), tf.uint8)])


def load_model(name_or_path: str, card: Path | None = None) -> SteeringModel:
    """Load a model by its name under configs/models/, or from a folder, .keras or .h5 file. No code in it is run.

    Args:
        name_or_path: of the model.
        card: its card; None: the card.yaml beside it, or guesses, which are told.

    Raises:
        ModelError: no such model, not a model, wrong input or output shape, bad card.
    """
    file, beside = _find(name_or_path)
    name = file.parent.name if file.stem == "model" else file.stem
    card = card or beside
    stated = None if card is None else read_card(card)
    stored = read_model_file(file)
    try:
        seen = outline(stored.config, old=stored.old)
        fed = feeding(seen, stated)
        network = rebuild(stored, seen, fed)
    except ModelError as error:
        raise ModelError(f"{file}: {error}") from error
    if fed.guesses:
        what = "the card says no output" if stated else f"no {CARD_NAME} beside it"
        _LOG.warning("%s: %s: guessing %s", file, what, fed.guesses)
    model = SteeringModel(name, stored.sha256, fed.card, network)
    model.origin = (name_or_path, card)
    return model


def _find(name_or_path: str) -> tuple[Path, Path | None]:
    """The weights file, and its card if it has one."""
    try:
        file, card = _look_up(name_or_path)
        return file, card if card.is_file() else None
    except (OSError, ValueError) as error:  # a name too long or of no kind, a folder that may not be entered
        reason = getattr(error, "strerror", None) or error
        raise ModelError(
            f"cannot open the model {name_or_path}: {reason}: give the name of one, or a .keras or .h5 file"
        ) from None


def _look_up(name_or_path: str) -> tuple[Path, Path]:
    """The weights file and where its card would be."""
    path = Path(name_or_path)
    if path.suffix in MODEL_SUFFIXES:
        with suppress(FileNotFoundError):  # who opens it says so
            path.stat()
        return path, path.with_name(CARD_NAME)
    folder = next((each for each in (MODELS / name_or_path, path) if each.is_dir()), None)
    if folder is None and path.is_file():
        return path, path.with_name(CARD_NAME)
    if folder is None:
        known = [each.parent.name for each in MODELS.glob(f"*/{CARD_NAME}")]
        raise ModelError(f"{unknown('model', name_or_path, known)}; or give a .keras or .h5 file")
    if (folder / "saved_model.pb").exists():
        return folder, folder / CARD_NAME
    for suffix in MODEL_SUFFIXES:
        if (folder / f"model{suffix}").is_file():
            return folder / f"model{suffix}", folder / CARD_NAME
    raise ModelError(f"{folder} holds no model.keras or model.h5")
