"""The index at the end of an MCAP file: where its chunks and attachments are; https://mcap.dev/spec.

Read with `struct` rather than with mcap's reader, which takes 20 microseconds a chunk: a second for an hour's log.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.log.records import MAX_RECORD_BYTES

MAGIC = b"\x89MCAP0\r\n"
FOOTER, CHANNEL, MESSAGE, CHUNK, CHUNK_INDEX, ATTACHMENT, ATTACHMENT_INDEX, STATISTICS = 2, 4, 5, 6, 8, 9, 10, 11
_FOOTER = struct.Struct("<BQQQI")
_BAD = (struct.error, ValueError, KeyError, OverflowError, IndexError, MemoryError)


@dataclass(frozen=True, slots=True)
class Summary:
    """Where things are.

    Attributes:
        topics: by channel number.
        counts: messages by topic.
        chunks: int64 (n, 4): first time [ns], last time [ns], place [byte], length [byte], in the order of the file.
        attachments: place and length [byte] by name.
    """

    topics: dict[int, str]
    counts: dict[str, int]
    chunks: npt.NDArray[np.int64]
    attachments: dict[str, tuple[int, int]]


def read_summary(file: BufferedReader) -> Summary | None:
    """The index of a file, or None where a killed writer left none or it is damaged."""
    try:
        content = _summary_bytes(file)
        return None if content is None else _summary_of(content, file.seek(0, 2))
    except (*_BAD, OSError):
        return None


def read_attachment(file: BufferedReader, place: tuple[int, int]) -> bytes:
    """Content of an attachment.

    Raises:
        ValueError: it is damaged, or not where the index says.
    """
    offset, length = place
    if not 0 < length <= MAX_RECORD_BYTES:
        raise ValueError(f"an attachment of {length} bytes")
    file.seek(offset)
    record = file.read(length)
    try:
        opcode, size = struct.unpack_from("<BQ", record)
        if opcode != ATTACHMENT or size != length - 9 or len(record) != length:
            raise ValueError("no attachment where the index says")
        _, at = _text(record, 9 + 16)
        _, at = _text(record, at)
        (size,) = struct.unpack_from("<Q", record, at)
        data, crc = record[at + 8 : at + 8 + size], struct.unpack_from("<I", record, at + 8 + size)[0]
    except (struct.error, OverflowError) as error:
        raise ValueError("an attachment cut short") from error
    if crc != 0 and crc != zlib.crc32(record[9:-4]):
        raise ValueError("a damaged attachment")
    return data


def records_of(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Opcode, place and length of each record's content.

    Raises:
        ValueError: the last one is cut short.
    """
    at, end = 0, len(content)
    while at < end:
        if end - at < 9:
            raise ValueError("a record cut short")
        size = int.from_bytes(content[at + 1 : at + 9], "little")
        if at + 9 + size > end:
            raise ValueError("a record cut short")
        yield content[at], at + 9, size
        at += 9 + size


def topic_of(content: bytes, at: int) -> tuple[int, str]:
    """Number and topic of a channel record."""
    (number,) = struct.unpack_from("<H", content, at)
    return number, _text(content, at + 4)[0]


def _summary_bytes(file: BufferedReader) -> bytes | None:
    size = file.seek(0, 2)
    tail = _FOOTER.size + len(MAGIC)
    if size < tail + len(MAGIC):
        return None
    file.seek(size - tail)
    footer = file.read(tail)
    opcode, length, start, _, crc = _FOOTER.unpack_from(footer)
    if footer[-8:] != MAGIC or opcode != FOOTER or length != 20 or not len(MAGIC) < start <= size - tail:
        return None
    if size - tail - start > MAX_RECORD_BYTES:
        return None
    file.seek(start)
    content = file.read(size - tail - start)
    if crc not in (0, zlib.crc32(footer[:-12], zlib.crc32(content))):
        return None
    # what follows the index proper (summary offsets) is known by its opcode and passed over
    return content


def _summary_of(content: bytes, size: int) -> Summary | None:
    topics: dict[int, str] = {}
    counts: dict[int, int] | None = None
    chunks: list[tuple[int, int, int, int]] = []
    attachments: dict[str, tuple[int, int]] = {}
    for opcode, at, length in records_of(content):
        if opcode == CHUNK_INDEX:
            chunks.append(struct.unpack_from("<QQQQ", content, at))
        elif opcode == CHANNEL:
            topics.update([topic_of(content, at)])
        elif opcode == STATISTICS:
            counts = _counts(content, at, length)
        elif opcode == ATTACHMENT_INDEX:
            offset, long = struct.unpack_from("<QQ", content, at)
            attachments[_text(content, at + 40)[0]] = (offset, long)
    if counts is None:
        return None
    table = np.asarray(chunks, np.int64).reshape(-1, 4)
    if len(table) and (table.min() < 0 or (table[:, 2] + table[:, 3]).max() > size):
        return None
    by_topic = {topic: counts.get(number, 0) for number, topic in topics.items()}
    return Summary(topics, by_topic, table, attachments)


def _counts(content: bytes, at: int, length: int) -> dict[int, int]:
    begin = (
        at + 8 + 2 + 4 * 4 + 8 + 8
    )  # messages, schemas, channels, attachments, metadata, chunks, first and last time
    (size,) = struct.unpack_from("<I", content, begin)
    if begin + 4 + size > at + length:
        raise ValueError("statistics cut short")
    pairs: Any = struct.iter_unpack("<HQ", content[begin + 4 : begin + 4 + size])
    return dict(pairs)


def _text(content: bytes, at: int) -> tuple[str, int]:
    (size,) = struct.unpack_from("<I", content, at)
    if at + 4 + size > len(content):
        raise ValueError("a string cut short")
    return content[at + 4 : at + 4 + size].decode(), at + 4 + size
