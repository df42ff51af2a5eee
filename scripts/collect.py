"""Record what an expert would steer, for training: `python -m scripts.collect --help`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from functools import partial

from agent.embedded import Address, embedded_simulator
from agent.stopping import Stop
from agent.training.collect_plan import CollectConfig
from scripts.collect_flags import parse
from scripts.door import open_door
from scripts.simulator_of import DEFAULT_MAP
from viz.progress import Progress


def run(config: CollectConfig, stop: Stop) -> None:
    """Drive what is not driven yet; list every run as it ends."""
    from agent.training.collect import collect
    from agent.training.collection import Collection

    collection = Collection(config)
    with ExitStack() as stack:
        stop.patient = True
        progress = stack.enter_context(Progress("frame", config.frames, collection.frames))
        drives = collect(config, collection.left, partial(simulator, config))
        for drive in stack.enter_context(closing(drives)):
            if drive is None:
                progress.step()
            else:
                collection.add(drive)
            if stop.signal:
                break
        stop.held = True  # the worlds close next: no server must be left in synchronous mode
    print(collection.summary())


def simulator(config: CollectConfig, name: str, worker: int) -> AbstractContextManager[Callable[[], Address]]:
    """An embedded simulator with a map, and scenery of the worker's own; with a host, what listens there."""
    if config.host is not None:
        there = Address(config.host, config.port)
        return nullcontext(lambda: there)
    return embedded_simulator(name or DEFAULT_MAP, config.seed + worker, alone=config.workers == 1)


def main() -> None:
    """Parse, wire, loop."""
    config, verbose = parse(sys.argv[1:])
    open_door(lambda stop: run(config(), stop), verbose=verbose)


if __name__ == "__main__":
    main()
