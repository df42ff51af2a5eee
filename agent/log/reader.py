"""read_log: an MCAP file back into the steps of its run, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.errors import RecordingError
from agent.log import images
from agent.log.assembly import LoggedStep, Parts, logged_step
from agent.log.file import Head, messages, read_head
from agent.log.records import CONTROL, EVENTS, SALIENCY, FrameStamp, LoggedEvent
from agent.log.timeline import SHORTEST_STEP_S, follows
from agent.types import RunCard


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
        self._saliency: Parts | None = None
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
        if SALIENCY in parts:
            self._saliency = parts
        logged = logged_step(parts, self._saliency, events, self._shape)
        frame = logged.step.frame
        self._shape, stamp = frame.image.shape, FrameStamp(frame.index, frame.time_s)
        if not follows(self._last, stamp):
            raise ValueError(f"frame {stamp.index}: a frame at {stamp.time_s} s after one at {self._last.time_s} s")
        self._last = stamp
        return logged
