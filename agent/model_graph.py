"""The chain of layers in a Keras model's JSON, Sequential or functional, as Keras 2 and 3 write it.

Every layer this program allows has one input, so a functional graph with one output is a chain: walk back from there.
"""

from __future__ import annotations

from typing import Any

from agent.errors import ModelError
from agent.model_files import Json, layer_records

INPUT_PX = 2048


def chain(config: Json) -> tuple[tuple[int, int, int], list[Json]]:
    """Follow the network from image to steering.

    Returns:
        (height, width, 3) of the input [px]; the records of the layers after it, in order.

    Raises:
        ModelError: not a plain chain from one colour image to one output.
    """
    records = layer_records(config)
    if not records:
        raise ModelError("it has no layers")
    if config.get("class_name") in ("Functional", "Model"):
        records = _from_output(config["config"], {str(record["config"].get("name")): record for record in records})
    elif config.get("class_name") != "Sequential":
        raise ModelError(f"it is a {config.get('class_name')!r:.40}, wanted a Sequential or functional Keras model")
    first = records[0]["config"]
    shape = first.get("batch_shape") or first.get("batch_input_shape")
    if not isinstance(shape, list) or len(shape) != 4 or shape[3] != 3 or not all(_is_size(px) for px in shape[1:3]):
        raise ModelError(f"its input shape is {_text(shape)}, wanted (None, height, width, 3): one colour image")
    layers = [record for record in records if record.get("class_name") != "InputLayer"]
    if len(layers) < len(records) - 1:
        raise ModelError("it has more than one input, wanted one colour image")
    return (shape[1], shape[2], 3), layers


def _from_output(inner: Json, by_name: dict[str, Json]) -> list[Json]:
    outputs = _ends(inner.get("output_layers"))
    if len(outputs) != 1 or len(_ends(inner.get("input_layers"))) != 1:
        raise ModelError(f"it has {len(outputs)} outputs, wanted one image in and one steering number out")
    name, backwards = outputs[0], list[Json]()
    while True:
        if name not in by_name or len(backwards) > len(by_name):
            raise ModelError(f"its graph is broken at layer {name!r:.60}")
        backwards.append(by_name[name])
        sources = _sources(by_name[name].get("inbound_nodes"))
        if not sources:
            return backwards[::-1]
        if len(sources) > 1:
            raise ModelError(f"layer '{name}' joins {len(sources)} inputs: wanted a plain chain of layers")
        name = sources[0]


def _ends(ends: object) -> list[str]:
    """Names in [["a", 0, 0], ...] (Keras 2 and several ends) or ["a", 0, 0] (Keras 3, one end)."""
    if not isinstance(ends, list) or not ends:
        return []
    if isinstance(ends[0], str):
        return [ends[0]]
    return [str(end[0]) for end in ends if isinstance(end, list) and end]


def _sources(inbound: object) -> list[str]:
    """Names of the layers a layer takes its input from, in the notation of Keras 2 or of Keras 3."""
    found: list[str] = []

    def collect(node: object, depth: int) -> None:
        if depth > 8:
            raise ModelError("its graph is nested too deeply")
        if isinstance(node, dict):
            history = node.get("config", {}).get("keras_history") if node.get("class_name") == "__keras_tensor__" else 0
            if isinstance(history, list) and history:
                found.append(str(history[0]))
                return
            for each in node.values():
                collect(each, depth + 1)
        elif isinstance(node, list):
            if len(node) >= 3 and isinstance(node[0], str) and node[1:3] == [0, 0]:
                found.append(node[0])
                return
            for each in node:
                collect(each, depth + 1)

    collect(inbound, 0)
    return found


def _is_size(px: object) -> bool:
    return isinstance(px, int) and 1 <= px <= INPUT_PX


def _text(shape: Any) -> str:
    return f"({', '.join(str(size) for size in shape)})" if isinstance(shape, list | tuple) else str(shape)[:40]
