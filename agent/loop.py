"""The sentence: drive, see, and every N frames ask what was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agent.types import Control, Frame, Saliency, Step
from agent.world import World

Driver = Callable[[Frame], Control]
Explain = Callable[[Frame], Saliency | None]
"""Says what was looked at; None where nothing is to be explained."""


def drive(world: World, driver: Driver, explain: Explain, *, every: int) -> Iterator[Step]:
    """Drive the car with the trained model; every `every` frames, see what it looked at.

    Stopping is `break`, a limit is `itertools.islice`; the caller owns the world and closes it.

    Raises:
        ValueError: `every` below 1.
    """
    if every < 1:
        raise ValueError(f"every is {every}, wanted 1 or more")
    saliency: Saliency | None = None
    for count, frame in enumerate(world.frames()):
        control = driver(frame)
        world.apply(control)  # the car first: explaining never delays steering
        if count % every == 0:  # not frame.index: it may skip
            saliency = explain(frame)
        yield Step(frame, control, saliency)
