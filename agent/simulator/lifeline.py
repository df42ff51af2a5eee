"""When to stop: SIGTERM, SIGINT, and - for a server that somebody else started - the end of its parent."""

from __future__ import annotations

import os
import select
import signal
import socket
import stat
import threading
import time
from types import FrameType

from agent.simulator.server import Server

_LOOK_S = 0.5
_PATIENCE_S = 3.0


class Lifeline:
    """Stops a server's loop; make it in the main thread.

    A parent that dies closes the pipe that is our standard input. Should another process have inherited the pipe's
    other end, the change of our parent's id tells. A loop that has not ended 3 s after it was told to is stuck: a
    thread that watches it then ends the process, and so does a second signal.

    Args:
        server: to be stopped.
        parent: id of the process to live and die with, as it was when we began; None: nobody's.

    Attributes:
        signal: the number of the signal that came, None without.
    """

    def __init__(self, server: Server, *, parent: int | None = None) -> None:
        self.signal: int | None = None
        self._server = server
        self._parent = parent
        self._input_ends = False
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        server.watch(self._woken.fileno(), self._wake)
        if parent is not None:
            self._watch_stdin()
        self._ended = threading.Event()
        threading.Thread(target=self._watch_loop, daemon=True).start()

    def alive(self) -> bool:
        """Whether there still is somebody to work for, and nobody has said stop."""
        if self.signal is not None:
            return False
        return self._parent is None or (os.getppid() == self._parent and not self._input_ended())

    def close(self) -> None:
        """Let the loop's end be in time, and give the wake-up sockets back."""
        self._ended.set()
        signal.set_wakeup_fd(-1)
        self._woken.close()
        self._waker.close()

    def _note(self, number: int, _: FrameType | None) -> None:
        if self.signal is not None:
            os._exit(128 + number)
        self.signal = number

    def _wake(self) -> None:
        self._woken.recv(64)
        self._server.stop()

    def _watch_stdin(self) -> None:
        mode = os.fstat(0).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(0):
            self._input_ends = True
            self._server.watch(0, self._read_stdin)
        else:  # a file or /dev/null has ended already
            self._server.stop()

    def _read_stdin(self) -> None:
        if not os.read(0, 4096):
            self._server.stop()

    def _input_ended(self) -> bool:
        """Whether the other end of standard input is closed; reads nothing."""
        if not self._input_ends:
            return False
        poll = select.poll()
        poll.register(0, 0)  # a hang-up is told unasked
        return bool(poll.poll(0))

    def _watch_loop(self) -> None:
        """End the process if its loop does not; in a thread of its own."""
        since: float | None = None
        while not self._ended.wait(_LOOK_S):
            if self.alive():
                continue
            since = since or time.monotonic()
            if time.monotonic() - since > _PATIENCE_S:
                os._exit(128 + self.signal if self.signal is not None else 1)
