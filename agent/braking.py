"""Bring the car to a stand when the run cannot go on, before the world is left."""

from __future__ import annotations

from agent.types import Control
from agent.world import World

_STANDING_MPS = 0.1
_LONGEST_S = 15.0


def brake_to_stand(world: World, steer: float) -> float:
    """Full brake with the wheel held, tick by tick.

    Args:
        world: to go on with.
        steer: of the last control, held.

    Returns:
        Speed at the end [m/s]: about 0, unless the car is kept moving for longer than a quarter of a minute.
    """
    begin_s: float | None = None
    for frame in world.frames():
        begin_s = frame.time_s if begin_s is None else begin_s
        speed_mps = frame.telemetry.speed_mps
        if speed_mps < _STANDING_MPS or frame.time_s - begin_s > _LONGEST_S:
            return speed_mps
        world.apply(Control(steer=steer, throttle=0.0, brake=1.0))
    return 0.0
