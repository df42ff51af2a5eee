"""The street lamps as CARLA's light manager sees them: on or off, how bright, of which colour. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.simulator.nouns import Lamp

INTENSITY_LM = 6000.0
"""Of a lamp nobody touched: a common LED street lamp."""
_COLOR = (255, 217, 164)
_BRIGHTEST = 4.0
STREET = 2
"""CARLA's LightGroup."""


@dataclass(frozen=True, slots=True)
class LampState:
    """What is known of one lamp, CARLA's LightState: number, intensity [lm], group, RGB 0..255, whether it is on."""

    number: int
    intensity_lm: float = INTENSITY_LM
    group: int = STREET
    color: tuple[int, int, int] = _COLOR
    on: bool = True


class StreetLamps:
    """All lamps of a town. They shine by night only, and in their own colour whatever is said."""

    def __init__(self, lamps: Sequence[Lamp]) -> None:
        self.lamps = {lamp.number: lamp for lamp in lamps}
        self._states: dict[int, LampState] = {}

    @property
    def touched(self) -> bool:
        """Whether anybody has said anything about any."""
        return bool(self._states)

    def state(self, number: int) -> LampState:
        """Of one lamp."""
        return self._states.get(number, LampState(number))

    def switch(self, states: Iterable[LampState]) -> None:
        """Take over states; those of lamps that are none are forgotten."""
        self._states.update({state.number: state for state in states if state.number in self.lamps})

    def strength(self) -> dict[int, float]:
        """How strongly the lamps shine that somebody has touched, by number; 1 is as before."""
        return {
            number: min(max(state.intensity_lm, 0.0) / INTENSITY_LM, _BRIGHTEST) if state.on else 0.0
            for number, state in self._states.items()
        }
