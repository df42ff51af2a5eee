"""The chains of layers in a Keras model's JSON, Sequential or functional, as Keras 1, 2 and 3 write it.

Every layer this program allows has one input, so the way to each output is a chain: walk back from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.errors import ModelError
from agent.model_dialects import is_size, modern
from agent.model_files import Json, layer_records

INPUT_PX = 2048
OUTPUTS = 32
COLORS = (1, 3)


@dataclass(frozen=True, slots=True)
class Chain:
    """The way from the image to one output.

    Attributes:
        name: of the output's layer.
        records: of the layers after the input, in order, in the words of Keras 3.
    """

    name: str
    records: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """What a model's JSON says of its form.

    Attributes:
        height_px, width_px: of the input; None where the file leaves it open.
        channels: 1 or 3.
        chains: one for each output.
    """

    height_px: int | None
    width_px: int | None
    channels: int
    chains: tuple[Chain, ...]


def outline(config: Json, *, old: bool) -> Outline:
    """Follow the network from its image to each output.

    Args:
        config: the model's JSON.
        old: written by Keras 1 or 2.

    Raises:
        ModelError: not a plain chain from one image, grey or in colour, to each output.
    """
    records = layer_records(config)
    if not records:
        raise ModelError("it has no layers")
    if config.get("class_name") in ("Functional", "Model"):
        ways = _functional(config["config"], {_name(record): record for record in records})
    elif config.get("class_name") == "Sequential":
        ways = {_name(records[-1]): records}
    else:
        raise ModelError(f"it is a {config.get('class_name')!r:.40}, wanted a Sequential or functional Keras model")
    size = {_input_size(way[0]["config"]) for way in ways.values()}
    if len(size) > 1:
        raise ModelError("it has more than one input, wanted one image")
    chains = tuple(Chain(name, _after_input(way, old=old)) for name, way in ways.items())
    return Outline(*size.pop(), chains)


def _after_input(way: list[Json], *, old: bool) -> tuple[Json, ...]:
    layers = [record for record in way if record.get("class_name") != "InputLayer"]
    if len(layers) < len(way) - 1:
        raise ModelError("it has more than one input, wanted one image")
    return tuple(part for record in layers for part in modern(record, old=old))


def _input_size(first: Json) -> tuple[int | None, int | None, int]:
    shape = first.get("batch_shape") or first.get("batch_input_shape")
    if isinstance(shape, list) and len(shape) == 4 and shape[3] in COLORS:
        _, height_px, width_px, channels = shape
        if all(px is None or is_size(px, INPUT_PX) for px in (height_px, width_px)):
            return height_px, width_px, channels
    raise ModelError(f"its input shape is {_text(shape)}, wanted (None, height, width, 3 or 1): one image")


def _functional(inner: Json, by_name: dict[str, Json]) -> dict[str, list[Json]]:
    """Output's name -> the layers to it, from the input on."""
    outputs, inputs = _ends(inner.get("output_layers")), _ends(inner.get("input_layers"))
    if len(inputs) != 1:
        raise ModelError(f"it has {len(inputs)} inputs, wanted one image")
    if not 1 <= len(outputs) <= OUTPUTS:
        raise ModelError(f"it has {len(outputs)} outputs, wanted 1 to {OUTPUTS}")
    return {name: _to(name, by_name) for name in outputs}


def _to(name: str, by_name: dict[str, Json]) -> list[Json]:
    backwards = list[Json]()
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


def _name(record: Json) -> str:
    return str(record["config"].get("name"))


def _ends(ends: object) -> list[str]:
    """Names in [["a", 0, 0], ...] (several ends), ["a", 0, 0] (Keras 3, one end) or a dict of those."""
    if isinstance(ends, dict):
        ends = list(ends.values())
    if not isinstance(ends, list) or not ends:
        return []
    if isinstance(ends[0], str):
        return [ends[0]]
    return [str(end[0]) for end in ends if isinstance(end, list) and end]


def _sources(inbound: object) -> list[str]:
    """Names of the layers a layer takes its input from, in the notation of Keras 1 and 2 or of Keras 3."""
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


def _text(shape: Any) -> str:
    return f"({', '.join(str(size) for size in shape)})"[:60] if isinstance(shape, list | tuple) else str(shape)[:40]
