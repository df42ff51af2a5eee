"""read_log: an MCAP file back into the steps of its run, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.errors import RecordingError
from agent.log import images
from agent.log.file import Head, messages, read_head
from agent.log.records import (
    ATTENTION,
    CAMERA,
    CONTROL,
    EVENTS,
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
from agent.types import Attention, Control, Frame, Picture, RunCard, Saliency, Step, Telemetry, UInt8

LONGEST_S = 1e7
"""Last possible time of a run [s]: four months."""
SHORTEST_STEP_S = 1e-4
"""Frames are no closer in time than this [s]; a video's clock ticks every 1.1e-5 s."""


@dataclass(frozen=True, slots=True)
class LoggedStep:
    """A step of the loop as it was.

    Attributes:
        step: as `agent.loop.drive` yielded it, but for its image, which has been a JPEG, and without semantic labels.
        network_input: uint8 (h, w, 3), to the bit what the network got.
        events: since the step before.
    """

    step: Step
    network_input: UInt8
    events: tuple[LoggedEvent, ...]


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """A run in a file; iterating reads it step by step and keeps none.

    Attributes:
        path: of the file.
        card: of the run.
        topics: number of messages on each topic.
        complete: whether the file was closed; one whose writer was killed is read to where it ends.
    """

    path: Path
    card: RunCard
    topics: dict[str, int]
    complete: bool

    @property
    def count(self) -> int:
        """Number of steps."""
        return self.topics.get(CONTROL, 0)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[LoggedStep]:
        """The steps in their order.

        Raises:
            RecordingError: the file says something that no run could have.
        """
        assembly = _Assembly()
        for topic, time_ns, message in messages(self.path):
            try:
                whole = assembly.add(topic, time_ns, message)
            except (ValueError, KeyError) as error:
                reason = str(error).splitlines()[0]
                raise RecordingError(f"{self.path}: damaged at {time_ns / 1e9:.3f} s, {topic}: {reason}") from error
            if whole is not None:
                yield whole


def read_log(path: Path) -> LoggedRun:
    """Open a log.

    Raises:
        RecordingError: no such file, not a log of this program, or of a later format.
    """
    head: Head = read_head(path)
    return LoggedRun(path, head.card, head.topics, head.complete)


class _Assembly:
    """Gathers messages until a control completes their step."""

    def __init__(self) -> None:
        self._parts: dict[str, bytes] = {}
        self._events: list[LoggedEvent] = []
        self._saliency: Saliency | None = None
        self._last = FrameStamp(-1, -SHORTEST_STEP_S)
        self._shape: tuple[int, ...] | None = None

    def add(self, topic: str, time_ns: int, message: bytes) -> LoggedStep | None:
        """Take a message; the step, when it completes one.

        Raises:
            ValueError, KeyError: it is not what the format says.
        """
        if topic == EVENTS:
            self._events.append(LoggedEvent(time_ns / 1e9, *images.event_of(message)))
            return None
        self._parts[topic] = message
        return self._step() if topic == CONTROL else None

    def _step(self) -> LoggedStep:
        parts, self._parts = self._parts, {}
        events, self._events = tuple(self._events), []
        stamp = noun_of(FrameStamp, parts[FRAME])
        self._last = _following(self._last, stamp)
        image = images.camera_image(parts[CAMERA])
        if image.shape != (self._shape or image.shape):
            raise ValueError(f"a camera image of {image.shape[1]}x{image.shape[0]}, unlike those before")
        self._shape = image.shape
        if SALIENCY in parts:
            self._saliency = _saliency(parts[SALIENCY], parts[SALIENCY_MAP], image)
        frame = Frame(stamp.index, stamp.time_s, image, noun_of(Telemetry, parts[TELEMETRY]))
        ledger = noun_of(Attention, parts[ATTENTION]) if ATTENTION in parts else None
        step = Step(frame, noun_of(Control, parts[CONTROL]), self._saliency, ledger)
        return LoggedStep(step, images.array_of(parts[NETWORK_INPUT], "rgb8"), events)


def _following(last: FrameStamp, stamp: FrameStamp) -> FrameStamp:
    """The stamp, if it can come after the last one."""
    if not (0 <= stamp.time_s <= LONGEST_S and stamp.time_s - last.time_s > 0.999 * SHORTEST_STEP_S):  # NaN is neither
        raise ValueError(f"a frame at {stamp.time_s} s after one at {last.time_s} s")
    if stamp.index <= last.index:
        raise ValueError(f"frame {stamp.index} follows frame {last.index}")
    return stamp


def _saliency(facts: bytes, heat: bytes, image: Picture) -> Saliency:
    known = noun_of(SaliencyFacts, facts)
    place, (height, width, _) = known.placement, image.shape
    if (
        min(place.top_px, place.left_px, place.height_px - 1, place.width_px - 1) < 0
        or place.top_px + place.height_px > height
        or place.left_px + place.width_px > width
    ):
        raise ValueError(f"a map at {place} is not in an image of {width}x{height}")
    array = images.array_of(heat, "32FC1")
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
