"""Where a replay stands and how it moves: play, pause, speed, seek, loop; pure, no clock of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SPEEDS = (1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0, 16.0)
_JUST_S = 0.25
"""Going back to the event before from just after one means the one before that."""


class Player:
    """A position in time that moves.

    Attributes:
        position_s: now, simulation time.
        playing: whether time goes on.
        speed: simulated seconds per second of the caller's clock.
        loop_s: stretch that is played over and over, or None.
    """

    def __init__(
        self, times_s: npt.NDArray[np.float64], marks_s: Sequence[float], *, start_s: float = 0.0, speed: float = 1.0
    ) -> None:
        """
        Args:
            times_s: of the steps, increasing, at least one.
            marks_s: times of the events, increasing.
            start_s: where to begin.
            speed: nearest of `SPEEDS` counts.
        """
        self._times_s = times_s
        self._marks_s = np.asarray(marks_s, np.float64)
        self.playing = True
        self.speed = min(SPEEDS, key=lambda known: abs(known - speed))
        self.loop_s: tuple[float, float] | None = None
        self.position_s = self._within(start_s)

    @property
    def first_s(self) -> float:
        """Time of the first step."""
        return float(self._times_s[0])

    @property
    def last_s(self) -> float:
        """Time of the last step."""
        return float(self._times_s[-1])

    @property
    def number(self) -> int:
        """Of the step on show."""
        return max(0, int(np.searchsorted(self._times_s, self.position_s + 1e-9, side="right")) - 1)

    def advance(self, elapsed_s: float) -> None:
        """Let time pass on the caller's clock; at the end of the run it stops, at the end of a loop it starts over."""
        if not self.playing:
            return
        self.position_s += elapsed_s * self.speed
        if self.loop_s is not None:
            begin_s, end_s = self.loop_s
            if self.position_s > end_s:
                self.position_s = begin_s
        elif self.position_s >= self.last_s:
            self.position_s, self.playing = self.last_s, False

    def play_or_pause(self) -> None:
        """Toggle; from the end it starts over."""
        self.playing = not self.playing
        if self.playing and self.loop_s is None and self.position_s >= self.last_s:
            self.position_s = self.first_s

    def seek(self, time_s: float) -> None:
        """Go to a time."""
        self.position_s = self._within(time_s)

    def step(self, by: int) -> None:
        """Go to another step, and stay there."""
        self.playing = False
        self.position_s = float(self._times_s[min(max(self.number + by, 0), len(self._times_s) - 1)])

    def turn_speed(self, by: int) -> None:
        """Faster or slower by so many of `SPEEDS`."""
        at = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[min(max(at, 0), len(SPEEDS) - 1)]

    def next_mark(self) -> float | None:
        """Go to the next event; its time, or None where there is none."""
        later = self._marks_s[self._marks_s > self.position_s + 1e-6]
        return self._go(later[0]) if len(later) else None

    def previous_mark(self) -> float | None:
        """Go to the event before; its time, or None where there is none."""
        just_s = _JUST_S * self.speed if self.playing else 1e-6
        earlier = self._marks_s[self._marks_s < self.position_s - just_s]
        return self._go(earlier[-1]) if len(earlier) else None

    def loop_from(self) -> None:
        """The loop begins here."""
        end_s = self.loop_s[1] if self.loop_s is not None and self.loop_s[1] > self.position_s else self.last_s
        self.loop_s = (self.position_s, end_s)

    def loop_to(self) -> None:
        """The loop ends here."""
        begin_s = self.loop_s[0] if self.loop_s is not None and self.loop_s[0] < self.position_s else self.first_s
        self.loop_s = (begin_s, self.position_s)

    def loop_or_not(self) -> None:
        """The whole run over and over, or no loop."""
        self.loop_s = (self.first_s, self.last_s) if self.loop_s is None else None

    def _go(self, time_s: float) -> float:
        self.seek(float(time_s))
        return self.position_s

    def _within(self, time_s: float) -> float:
        return min(max(time_s, self.first_s), self.last_s)
