"""A chunk of an MCAP file -> its messages; https://mcap.dev/spec."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from agent.log.summary import CHANNEL, CHUNK, MESSAGE, records_of, topic_of

_HEAD = struct.Struct("<QQQII")  # first and last time, size, checksum, length of the compression's name


@dataclass(frozen=True, slots=True)
class ChunkContent:
    """What is in a chunk.

    Attributes:
        first_ns, last_ns: times it says its messages have.
        messages: channel, time [ns] and content of each, in order.
        topics: of channels that are stated in it, by number.
    """

    first_ns: int
    last_ns: int
    messages: tuple[tuple[int, int, bytes], ...]
    topics: dict[int, str]


def chunk_of(record: bytes) -> ChunkContent:
    """The content of a chunk record.

    Args:
        record: with its opcode and length.

    Raises:
        ValueError: no chunk, compressed, cut short or damaged.
    """
    try:
        return _chunk_of(record)
    except (struct.error, UnicodeDecodeError, OverflowError) as error:
        raise ValueError("a damaged chunk") from error


def _chunk_of(record: bytes) -> ChunkContent:
    opcode, size = struct.unpack_from("<BQ", record)
    if opcode != CHUNK or size != len(record) - 9:
        raise ValueError("no chunk where the index says")
    first_ns, last_ns, unpacked, crc, name = _HEAD.unpack_from(record, 9)
    if name:
        raise ValueError("its chunks are compressed, wanted them as written")
    at = 9 + _HEAD.size
    (length,) = struct.unpack_from("<Q", record, at)
    content = record[at + 8 : at + 8 + length]
    if len(content) != unpacked:
        raise ValueError("a chunk cut short")
    if crc not in (0, zlib.crc32(content)):
        raise ValueError("a chunk's checksum is wrong")
    messages: list[tuple[int, int, bytes]] = []
    topics: dict[int, str] = {}
    for kind, begin, long in records_of(content):
        if kind == MESSAGE and long >= 22:
            channel, _, time_ns = struct.unpack_from("<HIQ", content, begin)
            messages.append((channel, time_ns, content[begin + 22 : begin + long]))
        elif kind == CHANNEL:
            topics.update([topic_of(content, begin)])
    return ChunkContent(first_ns, last_ns, tuple(messages), topics)
