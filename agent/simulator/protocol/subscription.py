"""One subscriber of one stream: sends what it can, keeps the rest, waits for nothing."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Sequence

from agent.simulator.protocol.messages import Parts
from agent.simulator.protocol.wire import framed_size

_LOG = logging.getLogger(__name__)

MAX_QUEUED_BYTES = 256 * 1024 * 1024
"""A subscriber further behind than this is given up: a socket that nobody reads must not eat the memory."""

_MOST_PIECES = 64  # a call of sendmsg takes at most IOV_MAX (1024) of them


class Subscription:
    """A connected subscriber and the bytes it has not taken yet.

    Args:
        connection: non-blocking.
        stream_id: what it asked for.
    """

    def __init__(self, connection: socket.socket, stream_id: int) -> None:
        self.connection = connection
        self.stream_id = stream_id
        self.silent = False
        self.last: bytes | memoryview | None = None  # first piece of the newest message it was given
        self._queue: deque[memoryview] = deque()
        self._queued_bytes = 0
        self._newest: Parts | None = None

    @property
    def busy(self) -> bool:
        """Whether bytes wait for the socket."""
        return bool(self._queue)

    def send(self, parts: Parts, *, lossless: bool) -> None:
        """Send a message, or queue what does not fit.

        Args:
            parts: the message.
            lossless: queue it behind what waits; else only the newest message is kept for when the socket is free.

        Raises:
            OSError: the subscriber is gone.
        """
        if self.silent:
            return
        self.last = parts[0] if parts else None
        if self._queue and not lossless:
            self._newest = parts
            return
        if self._newest is not None:
            self._put(self._newest)
            self._newest = None
        self._put(parts)
        if self._queued_bytes > MAX_QUEUED_BYTES:
            # Not closed: the client would reconnect thousands of times a second.
            _LOG.warning("a subscriber of stream %d stopped reading: it gets no more messages", self.stream_id)
            self.silent = True
            self._queue.clear()
            self._queued_bytes = 0
            return
        if len(self._queue) <= len(parts) + 1:  # nothing was waiting before
            self.flush()

    def flush(self) -> None:
        """Send on what waits, as far as the socket takes it.

        Raises:
            OSError: the subscriber is gone.
        """
        while self._queue:
            try:
                sent = self.connection.sendmsg(list(self._pieces()))
            except BlockingIOError:
                return
            self._drop(sent)
            if not self._queue and self._newest is not None:
                self._put(self._newest)
                self._newest = None

    def _pieces(self) -> Sequence[memoryview]:
        return [self._queue[index] for index in range(min(len(self._queue), _MOST_PIECES))]

    def _put(self, parts: Parts) -> None:
        for part in (framed_size(parts), *parts):
            if not len(part):  # nothing of it could ever be sent
                continue
            self._queue.append(memoryview(part))
            self._queued_bytes += len(part)

    def _drop(self, count: int) -> None:
        """Forget the first `count` bytes: they are with the kernel."""
        self._queued_bytes -= count
        while count:
            first = self._queue.popleft()
            if len(first) > count:
                self._queue.appendleft(first[count:])
                return
            count -= len(first)
