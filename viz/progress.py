"""How far long work has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from tqdm import tqdm

_LINE_EVERY_S = 10.0


class Progress:
    """Counts steps up to a total; use it with `with`.

    Args:
        unit: what is counted.
        total: of it; None if there is no end to it.
        done: before this program started.
    """

    def __init__(self, unit: str, total: int | None, done: int = 0) -> None:
        self._unit, self._total, self._count, self._found, self._said = unit, total, done, done, done
        self._note = ""
        self._lines = not sys.stderr.isatty()
        self._bar = tqdm(total=total, initial=done, unit=unit, disable=self._lines, dynamic_ncols=True)
        self._start_s = time.monotonic()
        self._next_s = self._start_s + _LINE_EVERY_S

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the bar as it is; elsewhere say how far it came, unless that was said already."""
        self._bar.close()
        if self._lines and self._count > self._said:
            self._line()

    def step(self, note: str = "") -> None:
        """One more; a note on how it goes is shown with every twentieth."""
        self._count += 1
        self._note = note
        self._bar.update()
        if note and self._count % 20 == 0:
            self._bar.set_postfix_str(note, refresh=False)
        if self._lines and time.monotonic() >= self._next_s:
            self._line()
            self._next_s += _LINE_EVERY_S

    def _line(self) -> None:
        self._said = self._count
        elapsed_s = max(time.monotonic() - self._start_s, 1e-9)
        rate = (self._count - self._found) / elapsed_s
        of = "" if self._total is None else f" of {self._total}"
        note = self._note and f", {self._note}"
        pace = f"{rate:.0f} per second" if rate >= 1.0 else f"{60.0 * rate:.1f} per minute"
        sys.stderr.write(f"{self._count}{of} {self._unit}s, {pace}{note}\n")
