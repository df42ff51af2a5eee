"""What is worth jumping to: collisions, lane invasions, alarms, changes of the weather, and jumps of the steering."""

from __future__ import annotations

import numpy as np

from agent.footage.footage import Footage
from agent.log.records import LoggedEvent

STEERING_JUMP = 0.1
"""Change of the steering from one step to the next that counts as a jump: 7 degrees at the wheels of CARLA's cars."""
_APART_S = 1.0
"""Events of one kind closer together than this are one: a car that grinds along a wall hits it once."""


def happened(footage: Footage) -> list[LoggedEvent]:
    """Every event of footage, and every jump of its steering, in the order of their times."""
    rows = footage.timeline.rows
    change = np.abs(np.diff(rows["steer"])) if footage.driven else np.zeros(0)
    jumps = [
        LoggedEvent(float(rows["time_s"][at + 1]), "steering_jump", f"{change[at]:.2f} in a step")
        for at in np.flatnonzero(change >= STEERING_JUMP)
    ]
    return sorted((*footage.timeline.events, *jumps), key=lambda event: event.time_s)


def notable(footage: Footage) -> tuple[LoggedEvent, ...]:
    """What happened, those of one kind that go on counted once."""
    last_s: dict[str, float] = {}
    kept = []
    for event in happened(footage):
        if event.time_s - last_s.get(event.kind, -np.inf) >= _APART_S:
            kept.append(event)
        last_s[event.kind] = event.time_s
    return tuple(kept)
