"""A listening port that lets clients in as long as there is room, and rests while there is none."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector

_LOG = logging.getLogger(__name__)
_REST_S = 1.0
_BACKLOG = 64

HOST = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A non-blocking listening socket on the loopback; port 0 is any free one.

    Raises:
        OSError: the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def listen_pair(port: int) -> tuple[socket.socket, socket.socket]:
    """Sockets for calls and for streams; the second at the next port if that is free, else at any.

    Raises:
        OSError: `port` is taken.
    """
    calls = listen(port)
    try:
        return calls, listen(calls.getsockname()[1] + 1)
    except (OSError, OverflowError):
        return calls, listen(0)


class Listener:
    """Accepts connections.

    A port that cannot accept would wake the loop over and over; so it is left alone for a second then. Who came
    meanwhile waits in the system's backlog.

    Args:
        selector: of the loop; the callables put there take the mask of events.
        listening: listening, non-blocking; closed by `close`.
        room: whether one more may come in.
        welcome: gets each accepted connection, non-blocking and without Nagle's delay.
    """

    def __init__(
        self,
        selector: BaseSelector,
        listening: socket.socket,
        room: Callable[[], bool],
        welcome: Callable[[socket.socket], None],
    ) -> None:
        self.port: int = listening.getsockname()[1]
        self._selector = selector
        self._listening = listening
        self._room = room
        self._welcome = welcome
        self._resting_until: float | None = None
        self._complained = False
        selector.register(listening, EVENT_READ, lambda _: self._accept())

    def on_time(self, now: float) -> None:
        """Listen again after a rest; to be called now and then.

        Args:
            now: monotonic [s].
        """
        if self._resting_until is not None and now >= self._resting_until:
            self._resting_until = None
            self._selector.register(self._listening, EVENT_READ, lambda _: self._accept())

    def close(self) -> None:
        """Listen no more."""
        if self._resting_until is None:
            self._selector.unregister(self._listening)
        self._listening.close()

    def _accept(self) -> None:
        if not self._room():
            self._rest("there are too many connections")
            return
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, ConnectionAbortedError):  # gone before we came to it
            return
        except OSError as error:
            self._rest(str(error))
            return
        self._complained = False
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._welcome(connection)

    def _rest(self, reason: str) -> None:
        if not self._complained:
            _LOG.warning("nobody is let in at port %d for now: %s", self.port, reason)
        self._complained = True
        self._resting_until = time.monotonic() + _REST_S
        self._selector.unregister(self._listening)
