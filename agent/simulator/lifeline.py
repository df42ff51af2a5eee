"""When to stop: SIGTERM, SIGINT, and - for a server that somebody else started - the end of its parent."""

from __future__ import annotations

import os
import signal
import socket
import stat
from types import FrameType

from agent.simulator.server import Server


class Lifeline:
    """Stops a server's loop; make it in the main thread.

    A parent that dies closes the pipe that is our standard input. Should another process have inherited the pipe's
    other end, the change of our parent's id tells.

    Attributes:
        signal: the number of the signal that came, None without.
    """

    def __init__(self, server: Server, *, die_with_stdin: bool) -> None:
        self.signal: int | None = None
        self._server = server
        self._parent = os.getppid() if die_with_stdin else None
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        server.watch(self._woken.fileno(), self._wake)
        if die_with_stdin:
            self._watch_stdin()

    def alive(self) -> bool:
        """Whether there still is somebody to work for."""
        return self._parent is None or os.getppid() == self._parent

    def close(self) -> None:
        """Give the wake-up sockets back."""
        signal.set_wakeup_fd(-1)
        self._woken.close()
        self._waker.close()

    def _note(self, number: int, _: FrameType | None) -> None:
        self.signal = number

    def _wake(self) -> None:
        self._woken.recv(64)
        self._server.stop()

    def _watch_stdin(self) -> None:
        mode = os.fstat(0).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(0):
            self._server.watch(0, self._read_stdin)
        else:  # a file or /dev/null has ended already
            self._server.stop()

    def _read_stdin(self) -> None:
        if not os.read(0, 4096):
            self._server.stop()
