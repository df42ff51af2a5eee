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
        total: of it.
        done: before this program started.
    """

    def __init__(self, unit: str, total: int, done: int = 0) -> None:
        self._unit, self._total, self._count, self._found = unit, total, done, done
        self._lines = not sys.stderr.isatty()
        self._bar = tqdm(total=total, initial=done, unit=unit, disable=self._lines, dynamic_ncols=True)
        self._start_s = time.monotonic()
        self._next_s = self._start_s + _LINE_EVERY_S

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        if self._lines and error is None:
            self._line()

    def step(self) -> None:
        """One more."""
        self._count += 1
        self._bar.update()
        if self._lines and time.monotonic() >= self._next_s:
            self._line()
            self._next_s += _LINE_EVERY_S

    def _line(self) -> None:
        elapsed_s = max(time.monotonic() - self._start_s, 1e-9)
        rate = (self._count - self._found) / elapsed_s
        sys.stderr.write(f"{self._count} of {self._total} {self._unit}s, {rate:.0f} per second\n")
