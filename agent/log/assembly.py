"""The messages of a step -> the step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.log import images
from agent.log.records import (
    ATTENTION,
    CAMERA,
    CONTROL,
    FRAME,
    NETWORK_INPUT,
    SALIENCY,
    SALIENCY_MAP,
    TELEMETRY,
    FrameStamp,
    LoggedEvent,
    SaliencyFacts,
    noun_of,
)
from agent.types import Attention, Control, Frame, Saliency, Step, Telemetry, UInt8

Parts = Mapping[str, bytes]
"""Messages of one step by topic."""


@dataclass(frozen=True, slots=True)
class LoggedStep:
    """A step of the loop as it was.

    Attributes:
        step: as `agent.loop.drive` yielded it, but for its image, which has been a JPEG, and without semantic labels.
        network_input: uint8 (h, w, 3), to the bit what the network got; None where only pictures are known.
        events: since the step before.
    """

    step: Step
    network_input: UInt8 | None
    events: tuple[LoggedEvent, ...] = ()


def part(parts: Parts, topic: str) -> bytes:
    """One message of a step.

    Raises:
        ValueError: the step has none.
    """
    if topic not in parts:
        raise ValueError(f"the step has no {topic}")
    return parts[topic]


def facts_of(parts: Parts) -> tuple[FrameStamp, Telemetry, Control]:
    """All of a step that takes no picture to tell.

    Raises:
        ValueError: something is missing or is not what the format says.
    """
    stamp = noun_of(FrameStamp, part(parts, FRAME))
    return stamp, noun_of(Telemetry, part(parts, TELEMETRY)), noun_of(Control, part(parts, CONTROL))


def saliency_of(parts: Parts, image_shape: tuple[int, ...]) -> Saliency:
    """The map that came with a step.

    Args:
        parts: of the step.
        image_shape: of the camera image it must lie in.

    Raises:
        ValueError: there is none, it is damaged or lies outside.
    """
    known = noun_of(SaliencyFacts, part(parts, SALIENCY))
    place, (height, width) = known.placement, image_shape[:2]
    if (
        min(place.top_px, place.left_px, place.height_px - 1, place.width_px - 1) < 0
        or place.top_px + place.height_px > height
        or place.left_px + place.width_px > width
    ):
        raise ValueError(f"a map at {place} is not in an image of {width}x{height}")
    array = images.array_of(part(parts, SALIENCY_MAP), "32FC1")
    return Saliency(
        known.frame_index,
        known.method,
        known.layer,
        array,
        known.placement,
        known.peak,
        known.elapsed_s,
        known.signed,
        known.unit,
    )


def logged_step(
    parts: Parts, saliency_parts: Parts | None, events: tuple[LoggedEvent, ...], shape: tuple[int, ...] | None
) -> LoggedStep:
    """A step from its messages.

    Args:
        parts: of the step.
        saliency_parts: of the step that holds its newest map, or None.
        events: of the step.
        shape: that its image must have, or None.

    Raises:
        ValueError: something is missing or is not what the format says.
    """
    stamp, telemetry, control = facts_of(parts)
    image = images.camera_image(part(parts, CAMERA))
    if image.shape != (shape or image.shape):
        raise ValueError(f"a camera image of {image.shape[1]}x{image.shape[0]}, unlike those before")
    saliency = None if saliency_parts is None else saliency_of(saliency_parts, image.shape)
    frame = Frame(stamp.index, stamp.time_s, image, telemetry)
    ledger = None
    if saliency_parts is not None and ATTENTION in saliency_parts:
        ledger = noun_of(Attention, saliency_parts[ATTENTION])
    network_input: UInt8 = images.array_of(part(parts, NETWORK_INPUT), "rgb8")
    return LoggedStep(Step(frame, control, saliency, ledger), network_input, events)
