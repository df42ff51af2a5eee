"""The last steps to one steering number: one of several numbers, or the angle that classes stand for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.backend import keras, tf
from agent.errors import ModelError
from agent.model_card import BinsCard, OutputCard
from agent.model_dialects import is_softmax, learns
from agent.model_files import Json, StoredModel
from agent.model_graph import OUTPUTS, Chain, Outline


class FirstChannel(keras.layers.Layer):  # type: ignore[misc]
    """One of three equal channels: the grey picture for a network that takes one channel."""

    def call(self, pictures: Any) -> Any:
        """(None, h, w, 3) -> (None, h, w, 1)."""
        return pictures[..., :1]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """See `call`."""
        return (*input_shape[:-1], 1)


class BinSteering(keras.layers.Layer):  # type: ignore[misc]
    """Classes of steering angles -> one steering number.

    Whichever way the angle is chosen, its gradient is that of the mean over all classes: the likeliest one has none.

    Args:
        bins: what the classes stand for.
        logits: the classes' numbers are no probabilities yet.
    """

    def __init__(self, bins: BinsCard, *, logits: bool) -> None:
        super().__init__(name="steering_of_bins", dtype="float32")
        self.bins, self.logits = bins, logits

    def call(self, classes: Any) -> Any:
        """(None, n) -> (None, 1)."""
        shares = tf.nn.softmax(classes) if self.logits else classes
        angles = tf.linspace(self.bins.low, self.bins.high, classes.shape[-1])
        mean = tf.linalg.matvec(shares, angles)[:, tf.newaxis]
        if self.bins.choose == "mean":
            return mean
        likeliest = tf.gather(angles, tf.argmax(shares, axis=-1))[:, tf.newaxis]
        return mean + tf.stop_gradient(likeliest - mean)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """See `call`."""
        return (input_shape[0], 1)


def steering_chain(seen: Outline, output: OutputCard, stored: StoredModel) -> tuple[Chain, StoredModel]:
    """The chain to the output that steers, cut down to one number where it answers several, and its weights.

    Raises:
        ModelError: no such output, or several numbers that do not come out of a Dense layer.
    """
    several = len(seen.chains) > 1
    if several and output.index >= len(seen.chains):
        raise ModelError(f"the card says output {output.index}, the network has {len(seen.chains)}, counted from 0")
    chain = seen.chains[output.index if several else 0]
    if output.bins is not None:
        return chain, stored
    last = _last_dense(chain)
    if last is None or chain.records[last]["config"].get("units") == 1:
        return chain, stored
    column = 0 if several else output.index
    return _one_column(chain, last, column, stored)


def _one_column(
    chain: Chain, last: int, column: int, stored: StoredModel, suffix: str = ""
) -> tuple[Chain, StoredModel]:
    """The chain with one number left of what its last Dense layer makes; what follows goes number by number.

    Its layers from there on get the suffix to their names.
    """
    dense = chain.records[last]
    units, name = dense["config"].get("units"), dense["config"].get("name")
    if not isinstance(units, int) or column >= units:
        raise ModelError(f"the card says output {column}, the network answers {units!r:.20} numbers, counted from 0")
    if any(is_softmax(record) for record in chain.records[last:]):
        raise ModelError("its numbers are probabilities of classes: say in the card what they stand for (output: bins)")
    arrays = tuple(array[..., column : column + 1] for array in stored.weights.get(name, ()))
    if any(array.size == 0 for array in arrays):
        raise ModelError(f"layer '{name}' has fewer weights than it has outputs")
    cut: Json = {**dense, "config": {**dense["config"], "units": 1}}
    tail = [
        {**record, "config": {**record["config"], "name": f"{record['config'].get('name')}{suffix}"}}
        for record in (cut, *chain.records[last + 1 :])
    ]
    records = (*chain.records[:last], *tail)
    return replace(chain, records=records), replace(stored, weights={**stored.weights, f"{name}{suffix}": arrays})


def other_chains(seen: Outline, output: OutputCard, stored: StoredModel) -> tuple[tuple[Chain, ...], StoredModel]:
    """The chains to the numbers that do not steer, which can be explained, and the weights with theirs.

    Raises:
        ModelError: see `steering_chain`.
    """
    if len(seen.chains) > 1:
        return tuple(chain for place, chain in enumerate(seen.chains) if place != output.index), stored
    (chain,) = seen.chains
    last = _last_dense(chain)
    units = 1 if last is None or output.bins is not None else chain.records[last]["config"].get("units")
    found = []
    for column in range(min(units, OUTPUTS) if isinstance(units, int) else 1):
        if units != 1 and column != output.index and last is not None:
            cut, stored = _one_column(chain, last, column, stored, suffix=f"_{column}")
            found.append(cut)
    return tuple(found), stored


def _last_dense(chain: Chain) -> int | None:
    """Place of the last layer that learns, if it is a Dense one."""
    last = next((n for n in reversed(range(len(chain.records))) if learns(chain.records[n])), None)
    return last if last is not None and chain.records[last].get("class_name") == "Dense" else None


def with_head(tensor: Any, chain: Chain, output: OutputCard) -> Any:
    """Append what turns the chain's answer into one number.

    Raises:
        ModelError: bins for something that is not a row of classes.
    """
    if output.bins is None:
        return tensor
    if len(tensor.shape) != 2 or tensor.shape[1] < 2:
        raise ModelError(f"the card says bins, but the output has shape {tuple(tensor.shape)}: wanted (None, classes)")
    logits = not any(is_softmax(record) for record in chain.records[-2:])
    return BinSteering(output.bins, logits=logits)(tensor)
