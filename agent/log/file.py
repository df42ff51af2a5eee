"""The MCAP file under a log: its head, and its messages up to where it ends; a stranger's is refused, not trusted."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from mcap.exceptions import EndOfFile, McapError
from mcap.records import Channel, Chunk, DataEnd, Header, McapRecord, Message, Metadata
from mcap.stream_reader import StreamReader, breakup_chunk

from agent.errors import RecordingError
from agent.log.records import FORMATS, MAX_RECORD_BYTES, RUN_RECORD, noun_of
from agent.log.summary import read_summary
from agent.types import RunCard

_BROKEN = (McapError, struct.error, ValueError, KeyError, OverflowError)
"""What mcap raises for bytes that are no record."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a log before its steps; see `agent.log.reader.LoggedRun`."""

    card: RunCard
    topics: dict[str, int]
    complete: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """The first record of a log: its format and which run it is of."""

    format: str
    card: RunCard


def read_head(path: Path) -> Head:
    """Which run a file is of, and how much is in it.

    Raises:
        RecordingError: no such file, not a log of this program, or of a later format.
    """
    card = read_opening(path).card
    topics = _indexed(path)
    if topics is not None:
        return Head(card, topics, complete=True)
    return Head(card, dict(Counter(topic for topic, _, _ in messages(path))), complete=False)


def messages(path: Path) -> Iterator[tuple[str, int, bytes]]:
    """Topic, time [ns] and content of each message in its order, up to where the file ends.

    Raises:
        RecordingError: no such file, or damaged in the middle.
    """
    topics: dict[int, str] = {}
    with closing(_records(path)) as records:
        for record in records:
            if isinstance(record, Channel):
                topics[record.id] = record.topic
            elif isinstance(record, Message) and record.channel_id in topics:
                yield topics[record.channel_id], record.log_time, record.data


def read_opening(path: Path) -> Opening:
    """Which run a file is of, from its head.

    Raises:
        RecordingError: no such file, not a log of this program, or of a later format.
    """
    with closing(_records(path, opened=False)) as records:
        first = [record for _, record in zip(range(2), records, strict=False)]
    if not first:
        raise RecordingError(f"{path}: not a log of a run (no MCAP file, or an empty one), wanted a run.mcap")
    found = first[-1]
    made_by = first[0].library if isinstance(first[0], Header) else "unknown"
    if len(first) == 1 and made_by == RUN_RECORD:
        raise RecordingError(f"{path}: a log of a run that is cut off before it says which: nothing of it can be saved")
    if not isinstance(found, Metadata) or found.name != RUN_RECORD:
        raise RecordingError(f"{path}: an MCAP file, but not a log of a run (its writer is {made_by[:60]!r})")
    version = found.metadata.get("format", "none")
    if version not in FORMATS.values():
        known = " or ".join(FORMATS.values())
        raise RecordingError(f"{path}: log format {version[:20]!r}, wanted {known}: use the program that wrote it")
    try:
        card = noun_of(RunCard, found.metadata["card"])
    except (ValueError, KeyError) as error:
        raise RecordingError(f"{path}: damaged, the card of the run cannot be read") from error
    if not 1e-3 <= card.step_s <= 60 or card.every < 1:
        raise RecordingError(f"{path}: damaged, steps of {card.step_s} s and a map every {card.every} frames")
    return Opening(version, card)


def _indexed(path: Path) -> dict[str, int] | None:
    """Messages by topic from the index at the end, or None where a killed writer left none."""
    with path.open("rb") as file:
        summary = read_summary(file)
    return None if summary is None else summary.counts


def _records(path: Path, *, opened: bool = True) -> Generator[McapRecord, None, None]:
    """Records of the data section, chunks opened or as they are; ends quietly where the file is cut off."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise RecordingError(f"{path}: the log cannot be read ({error.strerror})") from error
    with file:
        reader = StreamReader(file, emit_chunks=True, record_size_limit=MAX_RECORD_BYTES)
        whole = reader.records
        while (record := _next(path, file, whole)) is not None and not isinstance(record, DataEnd):
            if opened and isinstance(record, Chunk):
                yield from _opened(path, record)
            else:
                yield record


def _next(path: Path, file: BufferedReader, records: Iterator[McapRecord]) -> McapRecord | None:
    begin = file.tell()
    try:
        record = next(records, None)
    except (EndOfFile, OSError):
        return None
    except _BROKEN as error:
        if begin == 0 or not file.read(1):  # no MCAP at all, or cut off within the record
            return None
        raise RecordingError(f"{path}: damaged at byte {begin}") from error
    if isinstance(record, Chunk) and len(record.data) < record.uncompressed_size and not file.read(1):
        return None
    return record


def _opened(path: Path, chunk: Chunk) -> list[McapRecord]:
    if chunk.compression:
        raise RecordingError(f"{path}: its chunks are compressed ({chunk.compression[:20]!r}), wanted them as written")
    try:
        records: list[McapRecord] = breakup_chunk(chunk, validate_crc=True)
    except _BROKEN as error:
        raise RecordingError(f"{path}: damaged between {chunk.message_start_time / 1e9:.3f} s and the next") from error
    return records
