"""How long each stage of a step takes."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

import numpy as np

from agent.types import Control, Frame
from agent.world import World

P = ParamSpec("P")
T = TypeVar("T")


class Stages:
    """Durations by name of the stage, 8 bytes a call."""

    def __init__(self) -> None:
        self._seconds: dict[str, array[float]] = {}

    def timed(self, name: str, call: Callable[P, T], *, continues: bool = False) -> Callable[P, T]:
        """The same call, its duration noted under a name.

        Args:
            name: of the stage.
            call: what is timed.
            continues: the call is the rest of a stage that another call began: its duration is added to that one's.
        """
        seconds = self._seconds.setdefault(name, array("d"))

        def timed_call(*args: P.args, **kwargs: P.kwargs) -> T:
            start_s = time.perf_counter()
            result = call(*args, **kwargs)
            elapsed_s = time.perf_counter() - start_s
            if continues and seconds:
                seconds[-1] += elapsed_s
            else:
                seconds.append(elapsed_s)
            return result

        return timed_call

    def summary(self) -> dict[str, dict[str, float]]:
        """Per stage: count, median and 95th percentile [ms]."""
        return {name: percentiles_ms(seconds) for name, seconds in self._seconds.items() if seconds}


def percentiles_ms(seconds: array[float]) -> dict[str, float]:
    """Count, median and 95th percentile of durations [ms]."""
    durations = np.frombuffer(seconds, np.float64) * 1e3
    median, p95 = np.percentile(durations, (50, 95))
    return {"count": len(seconds), "median_ms": round(float(median), 3), "p95_ms": round(float(p95), 3)}


class TimedWorld:
    """A world whose frames are waited for under the clock."""

    def __init__(self, world: World, stages: Stages) -> None:
        self._world = world
        self._stages = stages

    def frames(self) -> Iterator[Frame]:
        """The frames of the world; see `World.frames`."""
        frames = self._world.frames()
        following = self._stages.timed("simulator_wait", lambda: next(frames, None))
        while (frame := following()) is not None:
            yield frame

    def apply(self, control: Control) -> None:
        """See `World.apply`."""
        self._world.apply(control)
