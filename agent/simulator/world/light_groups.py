"""Whose turn it is at a crossing: the cycle of traffic lights that share a junction. No actors, no clients.

As CARLA's `TrafficLightGroup` and `TrafficLightController`: one controller after the other goes green, yellow, red, and
the next one's turn begins when the red time of the one before is over.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

GREEN_S, YELLOW_S, RED_S = 10.0, 3.0, 2.0
LONE_RED_S = 10.0
"""Red time of a light without controller: there is nobody else whose turn could be between."""


class LightState(enum.IntEnum):
    """CARLA's TrafficLightState."""

    RED = 0
    YELLOW = 1
    GREEN = 2
    OFF = 3
    UNKNOWN = 4


_CYCLE = (LightState.GREEN, LightState.YELLOW, LightState.RED)


@dataclass(slots=True, eq=False)
class Turn:
    """A controller: lights that go green together.

    Attributes:
        lights: their ids.
        seconds: how long each state of the cycle lasts.
    """

    lights: tuple[int, ...]
    seconds: dict[LightState, float] = field(
        default_factory=lambda: {LightState.GREEN: GREEN_S, LightState.YELLOW: YELLOW_S, LightState.RED: RED_S}
    )


class LightGroup:
    """The lights of a junction.

    Args:
        turns: in the order they come; the first is green now.

    Attributes:
        states: what each light shows, by its id; may be set from outside until the cycle says otherwise.
        frozen: time stands still.
        elapsed_s: since the present state began.
    """

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = tuple(turns)
        self.frozen = False
        self.elapsed_s = 0.0
        self.states: dict[int, LightState] = {}
        self._present = 0
        self._phase = 0
        self.reset()

    def reset(self) -> None:
        """All red, then the first turn begins."""
        self.states = {light: LightState.RED for turn in self.turns for light in turn.lights}
        self._begin(0, 0)

    def advance(self, dt_s: float) -> None:
        """Let time pass; at most one change a tick, as CARLA."""
        if self.frozen:
            return
        self.elapsed_s += dt_s
        turn = self.turns[self._present]
        if self.elapsed_s < turn.seconds[_CYCLE[self._phase]] - 1e-6:
            return
        if self._phase + 1 < len(_CYCLE):
            self._begin(self._present, self._phase + 1)
        else:
            self._begin((self._present + 1) % len(self.turns), 0)

    def _begin(self, present: int, phase: int) -> None:
        self._present, self._phase, self.elapsed_s = present, phase, 0.0
        for light in self.turns[present].lights:
            self.states[light] = _CYCLE[phase]
