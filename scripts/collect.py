"""Record what an expert would steer, for training: `python -m scripts.collect --help`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack, closing

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
        addresses = simulators(config, stack) if collection.left else []
        stop.patient = True
        progress = stack.enter_context(Progress("frame", config.frames, collection.frames))
        for drive in stack.enter_context(closing(collect(config, collection.left, addresses))):
            if drive is None:
                progress.step()
            else:
                collection.add(drive)
            if stop.signal:
                break
        stop.held = True  # the worlds close next: no server must be left in synchronous mode
    print(collection.summary())


def simulators(config: CollectConfig, stack: ExitStack) -> list[Callable[[], Address]]:
    """Embedded simulators, one for each worker, each with scenery of its own; with a host, what listens there."""
    if config.host is not None:
        there = Address(config.host, config.port)
        return [lambda: there]
    name = config.map or DEFAULT_MAP
    return [stack.enter_context(embedded_simulator(name, config.seed + worker)) for worker in range(config.workers)]


def main() -> None:
    """Parse, wire, loop."""
    config, verbose = parse(sys.argv[1:])
    open_door(lambda stop: run(config(), stop), verbose=verbose)


if __name__ == "__main__":
    main()
