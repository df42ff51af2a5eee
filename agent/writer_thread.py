"""Hand jobs over to a thread that does them in order; nothing is dropped, and its failure comes back."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from agent.types import UInt8

Job = Callable[[], None]


class WriterThread:
    """A thread behind a bounded queue, for encoding and writing beside the drive.

    `put` waits while the queue is full, so a slow disk slows the drive down instead of losing frames. After the first
    failure the remaining jobs are thrown away and every `put` raises that failure.
    """

    def __init__(self, name: str, *, depth: int = 8, idle: Job | None = None, idle_s: float = 0.25) -> None:
        """
        Args:
            name: of the thread.
            depth: jobs that may wait.
            idle: called when no job has come for `idle_s`, for instance to flush.
            idle_s: see `idle` [s].
        """
        self._jobs: queue.Queue[Job | None] = queue.Queue(maxsize=depth)
        self._idle = idle
        self._idle_s = idle_s
        self._failure: BaseException | None = None
        self._told = False
        # daemon: a program that dies without closing us must still end
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether a job raised."""
        return self._failure is not None

    def put(self, job: Job) -> None:
        """Queue a job.

        Raises:
            Whatever an earlier job raised.
        """
        self._tell()
        self._jobs.put(job)

    def close(self) -> None:
        """Wait until all jobs are done. Calling it again does nothing.

        Raises:
            Whatever a job raised, unless `put` raised it already.
        """
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()
        if not self._told:
            self._tell()

    def _tell(self) -> None:
        if self._failure is not None:
            self._told = True
            raise self._failure

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=self._idle_s)
            except queue.Empty:
                job = self._idle or _nothing
            if job is None:
                return
            if self._failure is None:
                try:
                    job()
                except BaseException as failure:  # a thread has nobody to raise to: `put` and `close` pass it on
                    self._failure = failure


def settled(array: UInt8) -> UInt8:
    """The array if it is read-only, else a copy: what a thread may read while its giver goes on."""
    return array.copy() if array.flags.writeable else array


def _nothing() -> None:
    return None
