"""SeekableLog: any step of a log, found by the index and not by reading what comes before it."""

from __future__ import annotations

import os
import threading
from collections import Counter, OrderedDict
from pathlib import Path
from types import TracebackType

import numpy as np

from agent.errors import RecordingError
from agent.log import images
from agent.log.assembly import LoggedStep, Parts, logged_step
from agent.log.chunk import ChunkContent, chunk_of
from agent.log.file import read_opening
from agent.log.records import CONTROL, EVENTS, MAX_RECORD_BYTES, TIMELINE, TIMELINE_EVENTS, LoggedEvent
from agent.log.scan import scan
from agent.log.summary import Summary, read_attachment, read_summary
from agent.log.timeline import Timeline, timeline_of

_KEPT_CHUNKS = 6
"""A step lies in one chunk or a few; six hold two of them."""


class SeekableLog:
    """A log open for reading at any step; close it, or use it with `with`. Threads may share it.

    Attributes:
        path: of the file.
        format: of the file.
        card: of the run.
        timeline: of its steps.
        topics: messages by topic.
        complete: whether the file was closed by its writer.
        indexed: whether it was opened by its index, without reading it through.
        skipped: what is in the file but not in the timeline, by reason.
        size_bytes: of the file.
    """

    def __init__(self, path: Path) -> None:
        """
        Args:
            path: of the file.

        Raises:
            RecordingError: no such file, not a log of this program, or of a later format.
        """
        self.path = path
        opening = read_opening(path)
        self.format, self.card = opening.format, opening.card
        self._file = path.open("rb")
        try:
            self.size_bytes = os.fstat(self._file.fileno()).st_size
            self._open()
        except BaseException:
            self._file.close()
            raise
        self._lock = threading.Lock()
        self._chunks: OrderedDict[int, ChunkContent] = OrderedDict()
        self._shape: tuple[int, ...] | None = None

    def __enter__(self) -> SeekableLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.timeline)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def step(self, number: int) -> LoggedStep:
        """A step.

        Args:
            number: 0 up to the number of steps.

        Raises:
            IndexError: there is no such step.
            RecordingError: it is damaged.
        """
        row = self.timeline.rows[number]
        try:
            parts, events = self._messages(number)
            holder = int(row["map_step"])
            saliency = parts if holder == number else None
            if 0 <= holder != number:
                saliency, _ = self._messages(holder)
            logged = logged_step(parts, saliency, events, self._shape)
            if logged.step.frame.index != row["index"]:
                raise ValueError("the timeline names another frame")
        except (ValueError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise RecordingError(f"{self.path}: damaged at {row['time_s']:.3f} s: {reason}") from error
        self._shape = logged.step.frame.image.shape
        return logged

    def parts(self, number: int) -> Parts:
        """The messages of a step by topic, as they are.

        Raises:
            RecordingError: they are damaged.
        """
        try:
            return self._messages(number)[0]
        except (ValueError, OSError) as error:
            at_s = self.timeline.rows[number]["time_s"]
            raise RecordingError(f"{self.path}: damaged at {at_s:.3f} s: {error}") from error

    def _open(self) -> None:
        summary = read_summary(self._file)
        self.complete = summary is not None
        self.skipped: Counter[str] = Counter()
        timeline = None if summary is None else self._timeline(summary)
        self.indexed = timeline is not None
        if summary is None or timeline is None:
            found = scan(self._file.fileno(), self.size_bytes)
            summary, timeline, self.skipped = found.summary, found.timeline, found.skipped
        self.timeline: Timeline = timeline
        self.topics = summary.counts
        self._names = summary.topics
        order = np.argsort(summary.chunks[:, 0], kind="stable")
        self._table = summary.chunks[order]
        self._ends = np.maximum.accumulate(self._table[:, 1])

    def _timeline(self, summary: Summary) -> Timeline | None:
        """The timeline that a closed file brings along, unless it does not fit the file."""
        try:
            rows, events = (read_attachment(self._file, summary.attachments[name]) for name in _ATTACHED)
            timeline = timeline_of(rows, events)
        except (ValueError, KeyError, OSError):
            return None
        return timeline if len(timeline) == summary.counts.get(CONTROL) else None

    def _messages(self, number: int) -> tuple[Parts, tuple[LoggedEvent, ...]]:
        time_ns = round(float(self.timeline.rows[number]["time_s"]) * 1e9)
        first = int(np.searchsorted(self._ends, time_ns, side="left"))
        last = int(np.searchsorted(self._table[:, 0], time_ns, side="right"))
        parts: dict[str, bytes] = {}
        events: list[LoggedEvent] = []
        for place in range(first, last):
            for channel, stamp_ns, message in self._chunk(place).messages:
                topic = self._names.get(channel)
                if stamp_ns != time_ns or topic is None:
                    continue
                if topic == EVENTS:
                    events.append(LoggedEvent(time_ns / 1e9, *images.event_of(message)))
                else:
                    parts.setdefault(topic, message)
        if CONTROL not in parts:
            raise ValueError("the step is not where the index says")
        return parts, tuple(events)

    def _chunk(self, place: int) -> ChunkContent:
        with self._lock:
            known = self._chunks.get(place)
            if known is None:
                offset, length = (int(value) for value in self._table[place, 2:])
                if length > MAX_RECORD_BYTES:
                    raise ValueError(f"a chunk of {length} bytes")
                known = chunk_of(os.pread(self._file.fileno(), length, offset))
            self._chunks[place] = known
            self._chunks.move_to_end(place)
            while len(self._chunks) > _KEPT_CHUNKS:
                self._chunks.popitem(last=False)
            return known


_ATTACHED = (TIMELINE, TIMELINE_EVENTS)
