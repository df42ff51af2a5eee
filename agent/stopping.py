"""Ctrl-C and friends: at once while starting up, between two frames while driving."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stop:
    """Whether somebody asked us to stop.

    Attributes:
        patient: a signal is only noted, for the loop to see; a second one interrupts all the same.
        held: every signal is only noted, however many come, while something runs that must not be left half done.
        signal: the signal that came, or None.
    """

    def __init__(self) -> None:
        self.patient = False
        self.held = False
        self.signal: signal.Signals | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """The handler that `stoppable` installs."""
        asked_before = self.signal is not None
        self.signal = self.signal or signal.Signals(number)
        if not self.held and (asked_before or not self.patient):
            raise KeyboardInterrupt

    @contextmanager
    def patiently(self) -> Iterator[None]:
        """A signal is only noted meanwhile: a loop looks at it, and what it made so far is of use."""
        self.patient = True
        try:
            yield
        finally:
            self.patient = False

    @property
    def status(self) -> int:
        """Exit status by the shell's convention, 130 for Ctrl-C; 0 when nobody asked."""
        return 0 if self.signal is None else 128 + self.signal

    @property
    def reason(self) -> str | None:
        """The signal's name, for the summary; None when nobody asked."""
        return None if self.signal is None else f"stopped by {self.signal.name}"


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Handle SIGINT, SIGTERM and SIGHUP for as long as the context lasts; one that is ignored (nohup) stays so."""
    stop = Stop()
    hook = sys.unraisablehook

    def unraisable(found: sys.UnraisableHookArgs) -> None:
        """A signal that comes while a finalizer runs would be printed and forgotten: it comes again a moment later."""
        if found.exc_type is KeyboardInterrupt and stop.signal is not None:
            threading.Timer(0.02, signal.pthread_kill, [threading.main_thread().ident, stop.signal]).start()
        else:
            hook(found)

    heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    sys.unraisablehook = unraisable
    try:
        yield stop
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
