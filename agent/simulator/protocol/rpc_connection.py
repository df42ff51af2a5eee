"""One client's call connection: bytes to calls, replies to bytes, strictly in order."""

from __future__ import annotations

import socket
from collections import deque
from selectors import EVENT_READ, EVENT_WRITE

from agent.simulator.protocol.wire import Call, RpcReader

_RECEIVE_BYTES = 256 * 1024
_MOST_UNREAD_BYTES = 4 * 1024 * 1024
_MOST_WAITING_CALLS = 10_000


class RpcConnection:
    """A connected client.

    Attributes:
        socket: non-blocking.
        calls: read and not answered yet; answered from the left.
        listened: what the loop waits for now.
        settings_polls: (frame, how often the settings were asked for since it).
    """

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.calls: deque[Call] = deque()
        self.listened = EVENT_READ
        self.settings_polls = (0, 0)
        self._reader = RpcReader()
        self._unsent = bytearray()

    @property
    def choked(self) -> bool:
        """Whether the client leaves too many replies unread to be answered any further."""
        return len(self._unsent) > _MOST_UNREAD_BYTES

    @property
    def events(self) -> int:
        """What to wait for: a client that does not read its replies, or is far ahead, is not read from either."""
        full = self.choked or len(self.calls) > _MOST_WAITING_CALLS
        reading = 0 if full else EVENT_READ
        return reading | (EVENT_WRITE if self._unsent else 0)

    def receive(self) -> None:
        """Read what has come into `calls`.

        Raises:
            OSError: the client is gone.
            WireError: what it says is no RPC.
        """
        try:
            received = self.socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        if not received:
            raise ConnectionResetError
        self.calls.extend(self._reader.feed(received))

    def send(self, reply: bytes) -> None:
        """Send a reply, or keep what does not fit.

        Raises:
            OSError: the client is gone.
        """
        if self._unsent:
            self._unsent += reply
            return
        try:
            sent = self.socket.send(reply)
        except BlockingIOError:
            sent = 0
        if sent < len(reply):
            self._unsent += reply[sent:]

    def flush(self) -> None:
        """Send on what was kept.

        Raises:
            OSError: the client is gone.
        """
        if not self._unsent:
            return
        try:
            sent = self.socket.send(self._unsent)
        except BlockingIOError:
            return
        del self._unsent[:sent]
