"""The MCAP file of a log while it is written: head, messages, timeline; errors of the disk pass through."""

from __future__ import annotations

import os
from pathlib import Path

from mcap.writer import CompressionType, Writer

from agent.log.records import RUN_RECORD, TIMELINE, TIMELINE_EVENTS, TOPICS, json_of, schema_of
from agent.log.timeline import Timeline
from agent.types import RunCard

CHUNK_BYTES = 256 * 1024


class LogFile:
    """An open log; everything in it raises OSError for a disk that fails."""

    def __init__(self, path: Path, card: RunCard, version: str) -> None:
        """
        Args:
            path: of the file, replaced if it is there.
            card: of the run.
            version: its format, of `FORMATS`.
        """
        self._file = path.open("wb")
        try:
            self._begin(card, version)
        except OSError:
            self.abandon()
            raise

    def add(self, topic: str, time_ns: int, message: bytes) -> None:
        """Append a message."""
        self._writer.add_message(self._channels[topic], time_ns, message, time_ns)

    def flush(self) -> None:
        """Close the chunk and give it to the operating system.

        Raises:
            FileNotFoundError: somebody removed the file: what is written now will be lost.
        """
        self._writer.flush()
        if os.fstat(self._file.fileno()).st_nlink == 0:
            raise FileNotFoundError(2, "the file was removed")

    def finish(self, timeline: Timeline) -> None:
        """Write timeline and index, and close."""
        self._writer.flush()
        self._writer.add_attachment(0, 0, TIMELINE, "application/octet-stream", timeline.rows.tobytes())
        self._writer.add_attachment(0, 0, TIMELINE_EVENTS, "application/json", timeline.events_in_bytes())
        self._writer.finish()
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file as it is."""
        self._file.close()

    def _begin(self, card: RunCard, version: str) -> None:
        self._writer = Writer(self._file, chunk_size=CHUNK_BYTES, compression=CompressionType.NONE)
        self._writer.start(library=RUN_RECORD)
        self._writer.add_metadata(RUN_RECORD, {"format": version, "card": json_of(card).decode()})
        self._file.flush()
        self._channels: dict[str, int] = {}
        for topic in TOPICS:
            schema = schema_of(topic)
            number = self._writer.register_schema(schema.name, schema.schema_encoding, schema.content)
            self._channels[topic] = self._writer.register_channel(topic, schema.message_encoding, number)
