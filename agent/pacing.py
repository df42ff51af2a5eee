"""Simulated time against wall time: how fast it goes, and how to slow it to what a person can watch."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator

from agent.types import Step

_LONGEST_WAIT_S = 2.0
"""A longer gap, in a log say, is not waited out: Ctrl-C is heard between two steps."""


class Pace:
    """Real-time factor over about the last second."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, float]] = deque(maxlen=512)

    def factor(self, simulated_s: float) -> float:
        """Mark a simulation time; simulated seconds per second of wall time since about a second ago, 0 at first."""
        now_s = time.monotonic()
        self._marks.append((now_s, simulated_s))
        while len(self._marks) > 2 and now_s - self._marks[0][0] > 1.0:
            self._marks.popleft()
        first_s, first_simulated_s = self._marks[0]
        return (simulated_s - first_simulated_s) / (now_s - first_s) if now_s > first_s else 0.0


def at_most(factor: float, steps: Iterable[Step]) -> Iterator[Step]:
    """Yield steps no faster than `factor` x real time; a late step is not made up for by a burst."""
    previous_s: float | None = None
    due_s = time.monotonic()
    for step in steps:
        if previous_s is not None:
            now_s = time.monotonic()
            due_s += (step.frame.time_s - previous_s) / factor
            due_s = min(max(due_s, now_s - 0.1), now_s + _LONGEST_WAIT_S)
            time.sleep(max(0.0, due_s - now_s))
        previous_s = step.frame.time_s
        yield step
