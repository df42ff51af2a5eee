"""What the log and the video share: a file that a thread writes, and how it is closed whatever happened."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from agent.errors import RecordingError
from agent.writer_thread import Job, WriterThread

Kind = TypeVar("Kind", bound="Recording")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Recording(ABC):
    """A file written on a thread of its own; use it with `with`."""

    def __init__(self, what: str, *, idle: Job | None = None, idle_s: float = 0.25) -> None:
        """Start the thread; the file is open by now.

        Args:
            what: the file is, e.g. "log".
            idle, idle_s: see `WriterThread`.
        """
        self._closed = False
        self._thread = WriterThread(what, idle=idle, idle_s=idle_s)

    def __enter__(self: Kind) -> Kind:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(*([] if error is None else [RecordingError])):  # the first error is the one to tell
            self.close()

    def close(self) -> None:
        """Write what is waiting and finish the file. Calling it again does nothing.

        Raises:
            RecordingError: the disk or an encoder failed, unless `write` said so already.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._thread.close()  # an impatient Ctrl-C in here leaves the file to the running thread: it is readable
            if not self._thread.failed:
                self._finish()
                return
        except Exception:
            self._abandon()
            raise
        self._abandon()

    @abstractmethod
    def _finish(self) -> None:
        """Write what belongs at the end and close the file; what fails is a RecordingError."""

    @abstractmethod
    def _abandon(self) -> None:
        """Let go of the file as it is, silently: why has been told already."""


def unwritable(path: Path, what: str, number: int | None, reason: str | None) -> RecordingError:
    """One line for a file that cannot be written, by number and text of the system's error."""
    return RecordingError(f"{path}: the {what} cannot be written ({reason}): {what_helps(number)}")


def what_helps(number: int | None) -> str:
    """What to do about a file of a run that cannot be written, by the number of the system's error."""
    if number in _FULL:
        return "free some space or choose another folder with --out"
    if number == errno.ENOENT:
        return "its folder must be there, and file and folder left alone while it is written"
    return "choose another folder with --out"
