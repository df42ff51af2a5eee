"""A log read from its front: where a killed writer left no index, or where the index does not hold."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from agent.errors import RecordingError
from agent.log import images
from agent.log.assembly import facts_of
from agent.log.chunk import ChunkContent, chunk_of
from agent.log.records import (
    CONTROL,
    EVENTS,
    MAX_RECORD_BYTES,
    SALIENCY,
    TOPICS,
    LoggedEvent,
    SaliencyFacts,
    noun_of,
)
from agent.log.summary import CHUNK, FOOTER, MAGIC, Summary
from agent.log.timeline import Timeline, TimelineBuilder

_DATA_END, _LAST_OPCODE = 15, 15


@dataclass(slots=True)
class Scan:
    """What a pass over the whole file found.

    Attributes:
        summary: as the index would have it.
        timeline: of the steps that are whole.
        skipped: what is not in the timeline, by reason.
        whole_bytes: up to here the file is a sequence of whole records.
    """

    summary: Summary
    timeline: Timeline
    skipped: Counter[str]
    whole_bytes: int


def scan_file(path: Path) -> Scan:
    """As `scan`, of a file by its name.

    Raises:
        RecordingError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return scan(file.fileno(), os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise RecordingError(f"{path}: the log cannot be read ({error.strerror})") from error


def scan(fd: int, size: int) -> Scan:
    """Pass over a file; what cannot be read is counted and passed over.

    Args:
        fd: of the open file.
        size: of the file [byte].
    """
    found = _Found()
    at = len(MAGIC)
    while at + 9 <= size:
        head = os.pread(fd, 9, at)
        opcode, length = head[0], int.from_bytes(head[1:], "little")
        if opcode in (_DATA_END, FOOTER):
            break
        if opcode == 0 or opcode > _LAST_OPCODE or length > MAX_RECORD_BYTES:
            found.skipped[f"no record at byte {at}: the rest of the file"] += 1
            break
        if at + 9 + length > size:
            break  # what a killed writer leaves
        if opcode == CHUNK:
            found.add(at, os.pread(fd, 9 + length, at))
        at += 9 + length
    return found.result(at)


@dataclass(slots=True)
class _Found:
    builder: TimelineBuilder = field(default_factory=TimelineBuilder)
    topics: dict[int, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    chunks: list[tuple[int, int, int, int]] = field(default_factory=list)
    parts: dict[str, bytes] = field(default_factory=dict)

    @property
    def skipped(self) -> Counter[str]:
        return self.builder.skipped

    def add(self, at: int, record: bytes) -> None:
        """A chunk."""
        try:
            content = chunk_of(record)
        except ValueError as error:
            self.skipped[f"damaged chunks ({error})"] += 1
            self.parts.clear()  # a step that lost some of its messages is none
            return
        self.topics.update(content.topics)
        self.chunks.append((*_span(content), at, len(record)))
        for channel, time_ns, message in content.messages:
            topic = self.topics.get(channel)
            if topic in TOPICS:
                self.counts[topic] += 1
                self._message(topic, time_ns, message)

    def _message(self, topic: str, time_ns: int, message: bytes) -> None:
        if topic == EVENTS:
            try:
                self.builder.events.append(LoggedEvent(time_ns / 1e9, *images.event_of(message)))
            except ValueError:
                self.skipped["damaged events"] += 1
            return
        self.parts[topic] = message
        if topic == CONTROL:
            parts, self.parts = self.parts, {}
            try:
                stamp, telemetry, control = facts_of(parts)
                facts = noun_of(SaliencyFacts, parts[SALIENCY]) if SALIENCY in parts else None
            except ValueError as error:
                self.skipped[f"damaged steps ({str(error).splitlines()[0]})"] += 1
                return
            if round(stamp.time_s * 1e9) == time_ns:
                self.builder.add(stamp, telemetry, control, None if facts is None else (facts.frame_index, facts.peak))
            else:
                self.skipped["frames whose time is not their message's"] += 1

    def result(self, whole_bytes: int) -> Scan:
        chunks = np.asarray(self.chunks, np.int64).reshape(-1, 4)
        summary = Summary(self.topics, {topic: self.counts[topic] for topic in TOPICS}, chunks, {})
        return Scan(summary, self.builder.timeline(), self.skipped, whole_bytes)


def _span(content: ChunkContent) -> tuple[int, int]:
    """First and last time of a chunk's messages [ns]: what its head says may be wrong."""
    times = [time_ns for _, time_ns, _ in content.messages]
    return (min(times), max(times)) if times else (0, 0)
