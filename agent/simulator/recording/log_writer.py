"""Frames into a file as CARLA's recorder writes it, no larger than allowed."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from agent.simulator.recording.packets import FRAME, MAGIC, VERSION, Packet, RecordingError, packet, text

MAX_FILE_BYTES = 512 * 1024 * 1024
_BUFFER_BYTES = 1024 * 1024


class LogWriter:
    """An open recording. A frame is written when the next one comes: only then it is known how long it took.

    Args:
        path: replaced if there is one.
        map_name: of the map.
        date_s: seconds since 1970.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, map_name: str, date_s: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        self._file = os.fdopen(os.open(path, flags, 0o600), "wb", buffering=_BUFFER_BYTES)
        head = struct.pack("<H", VERSION) + text(MAGIC) + struct.pack("<q", date_s) + text(map_name)
        self._file.write(head)
        self._bytes = len(head)
        self._number = 0
        self._elapsed_s = 0.0
        self._waiting: tuple[float, bytes] | None = None

    def write(self, packets: bytes, since_last_s: float) -> None:
        """Add a frame.

        Args:
            packets: all of it between start and end.
            since_last_s: since the frame before; nothing counts before the first.

        Raises:
            RecordingError: the file would grow too large; it ends before this frame.
            OSError: the disk is full, or the like.
        """
        if self._bytes + len(packets) > MAX_FILE_BYTES:
            raise RecordingError(f"the recording has reached {MAX_FILE_BYTES >> 20} MB and ends here")
        if self._waiting is not None:
            self._flush(since_last_s)
            self._elapsed_s += since_last_s
        self._waiting = (self._elapsed_s, packets)

    def close(self) -> None:
        """Write the last frame and let go of the file; a second time is harmless.

        Raises:
            OSError: the disk is full.
        """
        try:
            if self._waiting is not None:
                self._flush(-1.0)
        finally:
            self._waiting = None
            self._file.close()

    def _flush(self, duration_s: float) -> None:
        """Write the waiting frame; it took `duration_s`, -1 if none follows."""
        if self._waiting is None:
            return
        elapsed_s, packets = self._waiting
        self._number += 1
        start = packet(Packet.FRAME_START, FRAME.pack(self._number, duration_s, elapsed_s))
        whole = start + packets + packet(Packet.FRAME_END, b"")
        self._bytes += len(whole)
        self._file.write(whole)
