"""Log formats 1 and 2: the topics, the nouns on them and their schemas; agent/LOG_FORMAT.md says it in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from foxglove.messages import CompressedImage, Log, RawImage
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from agent.types import Attention, Control, Placement, Telemetry

T = TypeVar("T")

Camera = Literal["jpeg", "png"]
"""How the camera's pictures are kept: small, or to the bit."""
FORMATS: dict[Camera, str] = {"jpeg": "1", "png": "2"}
"""Format of a log by how its pictures are kept: who knows format 1 alone knows no PNG."""
RUN_RECORD = "driving-saliency-monitor"
"""Name of the metadata record at the head of the file: {"format": "1" or "2", "card": the run card as JSON}."""

FRAME = "/frame"
CAMERA = "/camera/image"
NETWORK_INPUT = "/network/input"
TELEMETRY = "/telemetry"
SALIENCY = "/saliency/about"
SALIENCY_MAP = "/saliency/map"
ATTENTION = "/saliency/attention"
EVENTS = "/events"
CONTROL = "/control"
"""The last message of every step: a step is whole when its control is there."""

TIMELINE, TIMELINE_EVENTS = "timeline.rows", "timeline.json"
"""Names of the attachments with the timeline; only a closed log has them."""

MAX_RECORD_BYTES = 2**26
"""No record of a log is larger; a reader refuses a larger one."""


@dataclass(frozen=True, slots=True)
class FrameStamp:
    """Which frame the messages up to the next control belong to; see `agent.types.Frame`."""

    index: int
    time_s: float


@dataclass(frozen=True, slots=True)
class SaliencyFacts:
    """An `agent.types.Saliency` without its map, which follows as an image; panels and checks are not kept."""

    frame_index: int
    method: str
    layer: str
    placement: Placement
    peak: float
    elapsed_s: float
    signed: bool = False
    unit: str = "steering per grey level"


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """Something that happened.

    Attributes:
        time_s: simulation time.
        kind: "collision", "lane_invasion" or another word without spaces.
        text: for people.
    """

    time_s: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Schema:
    """What a topic carries: the four strings that MCAP wants for it."""

    name: str
    schema_encoding: str
    message_encoding: str
    content: bytes


_NOUNS = {FRAME: FrameStamp, TELEMETRY: Telemetry, SALIENCY: SaliencyFacts, ATTENTION: Attention, CONTROL: Control}
_FOXGLOVE = {CAMERA: CompressedImage, NETWORK_INPUT: RawImage, SALIENCY_MAP: RawImage, EVENTS: Log}
TOPICS = (*_NOUNS, *_FOXGLOVE)


def schema_of(topic: str) -> Schema:
    """Schema of a topic: Foxglove's own where there is one, else the JSON Schema of our noun."""
    if topic in _FOXGLOVE:
        known = _FOXGLOVE[topic].get_schema()
        return Schema(known.name, known.encoding, "protobuf", known.data)
    noun = _NOUNS[topic]
    content = json.dumps(_adapter(noun).json_schema()).encode()
    return Schema(f"driving_saliency_monitor.{noun.__name__}", "jsonschema", "json", content)


def json_of(noun: object) -> bytes:
    """A noun as JSON; floats keep every bit, and one that JSON does not know becomes "NaN" or "Infinity"."""
    return to_json(noun, inf_nan_mode="strings", fallback=float)  # fallback: numpy's numbers


def noun_of(kind: type[T], text: bytes | str) -> T:
    """The noun that a JSON text says.

    Raises:
        ValueError: the text is not JSON, or says something else.
    """
    try:
        noun: T = _adapter(kind).validate_json(text)
    except ValidationError as error:  # its own words are for programmers
        raise ValueError(f"no {kind.__name__}: {', '.join(dict.fromkeys(map(_wrong, error.errors())))[:120]}") from None
    return noun


def _wrong(found: Any) -> str:
    if found["type"] == "value_error":  # raised by the noun itself
        return str(found["ctx"]["error"])
    return f"{'.'.join(map(str, found['loc']))} is missing or wrong" if found["loc"] else "not the JSON of one"


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    if kind not in _ADAPTERS:  # building one takes a millisecond
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}
