"""LogWriter: the steps of a run into an MCAP file that outlives its writer."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from agent.errors import RecordingError
from agent.log import images
from agent.log.records import (
    ATTENTION,
    CAMERA,
    CONTROL,
    EVENTS,
    FORMATS,
    FRAME,
    NETWORK_INPUT,
    SALIENCY,
    SALIENCY_MAP,
    TELEMETRY,
    Camera,
    FrameStamp,
    LoggedEvent,
    SaliencyFacts,
    json_of,
)
from agent.log.sink import LogFile
from agent.log.timeline import TimelineBuilder
from agent.recording import Recording, unwritable
from agent.types import Frame, RunCard, Saliency, Step, UInt8
from agent.writer_thread import settled

FLUSH_S = 0.25
"""Small steps fill a chunk slowly: it is closed after this time all the same [s]."""


class LogWriter(Recording):
    """Encodes and writes steps on a thread of its own; after `kill -9` all but the last quarter second is readable.

    mcap's writer is used rather than foxglove-sdk's, which is as fast (0.2 ms a step) but prints a full disk to stderr
    and goes on.
    """

    def __init__(self, path: Path, card: RunCard, *, camera: Camera = "jpeg", jpeg_quality: int = 90) -> None:
        """
        Args:
            path: the file, replaced if it is there.
            card: of the run.
            camera: how its pictures are kept: small as JPEG, to the bit as PNG.
            jpeg_quality: 1 to 100.

        Raises:
            RecordingError: the file cannot be written.
            ValueError: a quality out of its range.
        """
        if not 1 <= jpeg_quality <= 100:
            raise ValueError(f"jpeg_quality is {jpeg_quality}, wanted 1 to 100")
        self._camera: Camera = camera
        self._quality = jpeg_quality
        self._saliency_index: int | None = None
        self._timeline = TimelineBuilder()
        self._flushed_s = time.monotonic()
        self._path = path
        try:
            self._file = LogFile(path, card, FORMATS[camera])
        except OSError as error:
            raise self._failure(error) from error
        super().__init__("log", idle=self._flush, idle_s=FLUSH_S)

    def write(self, step: Step, network_input: UInt8) -> None:
        """Hand a step over; waits while eight are waiting to be written. Collisions and lane invasions become events.

        Args:
            step: its image and its map are read-only by contract and not copied.
            network_input: uint8 (h, w, 3) as the network got it; kept to the bit.

        Raises:
            RecordingError: the disk failed on an earlier step; what is in the file stays readable.
        """
        self._thread.put(partial(self._write_step, step, settled(network_input)))

    def event(self, frame: Frame, kind: str, text: str) -> None:
        """Hand over something that happened.

        Args:
            frame: when.
            kind: one word, such as "collision".
            text: for people.

        Raises:
            RecordingError: see `write`.
        """
        self._thread.put(partial(self._write_event, _ns(frame), kind, text))

    def _write_step(self, step: Step, network_input: UInt8) -> None:
        frame, time_ns = step.frame, _ns(step.frame)
        stamp = FrameStamp(frame.index, frame.time_s)
        self._add(FRAME, time_ns, json_of(stamp))
        self._add(CAMERA, time_ns, images.camera_message(time_ns, frame.image, self._camera, self._quality))
        self._add(NETWORK_INPUT, time_ns, images.array_message(time_ns, network_input))
        self._add(TELEMETRY, time_ns, json_of(frame.telemetry))
        new_map = None
        if step.saliency is not None and step.saliency.frame_index != self._saliency_index:
            self._write_saliency(time_ns, step.saliency)
            new_map = (step.saliency.frame_index, step.saliency.peak)
            if step.attention is not None:
                self._add(ATTENTION, time_ns, json_of(step.attention))
        if frame.telemetry.collision_ns > 0:
            self._write_event(time_ns, "collision", f"{frame.telemetry.collision_ns:.0f} N s")
        for marking in frame.telemetry.invaded_lanes:
            self._write_event(time_ns, "lane_invasion", marking)
        self._add(CONTROL, time_ns, json_of(step.control))
        self._timeline.add(stamp, frame.telemetry, step.control, new_map)
        if time.monotonic() - self._flushed_s > FLUSH_S:
            self._flush()

    def _write_saliency(self, time_ns: int, saliency: Saliency) -> None:
        self._saliency_index = saliency.frame_index
        facts = SaliencyFacts(
            saliency.frame_index,
            saliency.method,
            saliency.layer,
            saliency.placement,
            saliency.peak,
            saliency.elapsed_s,
            saliency.signed,
            saliency.unit,
        )
        self._add(SALIENCY, time_ns, json_of(facts))
        self._add(SALIENCY_MAP, time_ns, images.array_message(time_ns, saliency.map))

    def _write_event(self, time_ns: int, kind: str, text: str) -> None:
        self._add(EVENTS, time_ns, images.event_message(time_ns, kind, text))
        self._timeline.events.append(LoggedEvent(time_ns / 1e9, kind, text))

    def _add(self, topic: str, time_ns: int, message: bytes) -> None:
        try:
            self._file.add(topic, time_ns, message)
        except OSError as error:
            raise self._failure(error) from error

    def _flush(self) -> None:
        self._flushed_s = time.monotonic()
        try:
            self._file.flush()
        except OSError as error:
            raise self._failure(error) from error

    def _finish(self) -> None:
        try:
            self._file.finish(self._timeline.timeline())
        except OSError as error:
            raise self._failure(error) from error

    def _abandon(self) -> None:
        with suppress(OSError):  # fails for the reason already told; what the file has stays as it is
            self._file.abandon()

    def _failure(self, error: OSError) -> RecordingError:
        return unwritable(self._path, "log", error.errno, error.strerror)


def _ns(frame: Frame) -> int:
    return round(frame.time_s * 1e9)
