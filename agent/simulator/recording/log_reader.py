"""A recording, frame by frame; written by strangers, so nothing in it is believed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from agent.simulator.recording.packets import (
    COUNT,
    FIXED,
    FRAME,
    HEADER,
    MAGIC,
    MOST_RECORDS,
    SECONDS,
    Added,
    FrameStart,
    Packet,
    RecordingError,
)

MAX_PACKET_BYTES = 16 * 1024 * 1024
_KNOWN = frozenset(Packet) - {Packet.FRAME_START, Packet.FRAME_END}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the frames: format version, seconds since 1970, map."""

    version: int
    date_s: int
    map_name: str


@dataclass(slots=True)
class RecordedFrame:
    """One frame; its packets are taken apart when they are asked for."""

    start: FrameStart
    packets: dict[Packet, bytes] = field(default_factory=dict)

    def records(self, kind: Packet) -> list[Any]:
        """The records of a packet, empty where there is none.

        Raises:
            RecordingError: fewer bytes than it says.
        """
        payload = self.packets.get(kind)
        if payload is None:
            return []
        layout, record = FIXED[kind]
        count = _count(payload)
        if len(payload) < COUNT.size + count * layout.size:
            raise RecordingError(f"the recording is damaged in frame {self.start.number}: {kind.name} is cut short")
        make = record._make
        body = memoryview(payload)[COUNT.size : COUNT.size + count * layout.size]
        return [make(values) for values in layout.iter_unpack(body)]

    def added(self) -> list[Added]:
        """The actors that came.

        Raises:
            RecordingError: fewer bytes than it says, or no text where one should be.
        """
        payload = self.packets.get(Packet.EVENT_ADD)
        if payload is None:
            return []
        try:
            return list(_added(_Cursor(payload, COUNT.size), _count(payload)))
        except (struct.error, UnicodeDecodeError) as error:
            raise RecordingError(f"the recording is damaged in frame {self.start.number}: {error}") from error

    def platform_time_s(self) -> float | None:
        """Seconds the recording had taken, if it was recorded."""
        payload = self.packets.get(Packet.PLATFORM_TIME, b"")
        return SECONDS.unpack_from(payload)[0] if len(payload) >= SECONDS.size else None


class LogReader:
    """An open recording; `frames` goes through it once, from where it is.

    Args:
        path: of the file.

    Raises:
        RecordingError: no recording.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        try:
            self.head = _head(self._file)
            self._first = self._file.tell()
        except RecordingError:
            self._file.close()
            raise

    def frames(self) -> Iterator[RecordedFrame]:
        """The frames in order; one that the end of the file cuts short is the last.

        Raises:
            RecordingError: what follows is no packet.
        """
        frame: RecordedFrame | None = None
        while (found := self._packet()) is not None:
            kind, payload = found
            if kind == Packet.FRAME_START:
                if frame is not None:
                    yield frame
                frame = RecordedFrame(_frame_start(payload))
            elif kind in _KNOWN and frame is not None:
                frame.packets[Packet(kind)] = payload
        if frame is not None:
            yield frame

    def last(self) -> FrameStart:
        """The start of the last frame; all zero without any."""
        here, found = self._file.tell(), FrameStart(0, 0.0, 0.0)
        while (header := self._header()) is not None:
            kind, size = header
            if kind == Packet.FRAME_START and size >= FRAME.size:
                payload = self._file.read(size)
                if len(payload) < size:
                    break
                found = _frame_start(payload)
            else:
                self._file.seek(size, 1)
        self._file.seek(here)
        return found

    def rewind(self) -> None:
        """Back to the first frame."""
        self._file.seek(self._first)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> LogReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _header(self) -> tuple[int, int] | None:
        raw = self._file.read(HEADER.size)
        if len(raw) < HEADER.size:
            return None
        kind, size = HEADER.unpack(raw)
        if size > MAX_PACKET_BYTES:
            raise RecordingError(f"the recording is damaged: a packet of {size} bytes, at most {MAX_PACKET_BYTES}")
        return kind, size

    def _packet(self) -> tuple[int, bytes] | None:
        header = self._header()
        if header is None:
            return None
        payload = self._file.read(header[1])
        return (header[0], payload) if len(payload) == header[1] else None


class _Cursor:
    """Takes values from bytes one after the other."""

    def __init__(self, payload: bytes, at: int = 0) -> None:
        self._payload, self.at = payload, at

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(layout, self._payload, self.at)
        self.at += struct.calcsize(layout)
        return values

    def text(self) -> str:
        (length,) = self.take("<H")
        return str(self.take(f"<{length}s")[0], "utf-8")


def _added(cursor: _Cursor, count: int) -> Iterator[Added]:
    for _ in range(count):
        actor_id, kind, *place = cursor.take("<IB6f")
        (uid,) = cursor.take("<I")
        blueprint = cursor.text()
        (attributes,) = cursor.take("<H")
        chosen = tuple((cursor.take("<B")[0], cursor.text(), cursor.text()) for _ in range(attributes))
        x, y, z, roll, pitch, yaw = place
        yield Added(actor_id, kind, (x, y, z), (roll, pitch, yaw), uid, blueprint, chosen)


def _count(payload: bytes) -> int:
    return int(COUNT.unpack_from(payload)[0]) if len(payload) >= COUNT.size else 0


def _frame_start(payload: bytes) -> FrameStart:
    if len(payload) < FRAME.size:
        raise RecordingError("the recording is damaged: the start of a frame is cut short")
    return FrameStart(*FRAME.unpack_from(payload))


def _head(file: BinaryIO) -> Head:
    cursor = _Cursor(file.read(4 * MOST_RECORDS))
    try:
        (version,) = cursor.take("<H")
        magic = cursor.text()
        if magic != MAGIC:
            raise RecordingError("File is not a CARLA recorder")
        (date_s,) = cursor.take("<q")
        map_name = cursor.text()
    except (struct.error, UnicodeDecodeError) as error:
        raise RecordingError("File is not a CARLA recorder") from error
    file.seek(cursor.at)
    return Head(version, date_s, map_name)
