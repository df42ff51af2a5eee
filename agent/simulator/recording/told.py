"""Text of limited length, put together bit by bit."""

from __future__ import annotations

import time

from agent.simulator.recording.log_reader import Head

MAX_CHARS = 8 * 1024 * 1024


class Told:
    """Gathers text up to `MAX_CHARS`, then says that it was cut.

    Args:
        head: of the recording; told first, as CARLA does.
    """

    def __init__(self, head: Head) -> None:
        self._parts: list[str] = []
        self._chars = 0
        self.full = False
        self.add(f"Version: {head.version}\nMap: {head.map_name}\nDate: {_date(head.date_s)}\n\n")

    def add(self, text: str) -> None:
        """Append a piece, unless there is too much already."""
        if self.full:
            return
        self._chars += len(text)
        self.full = self._chars > MAX_CHARS
        self._parts.append("\n... (cut here: there is more)\n" if self.full else text)

    def __str__(self) -> str:
        return "".join(self._parts)


def _date(seconds: int) -> str:
    try:
        return time.strftime("%m/%d/%y %H:%M:%S", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "unknown"
