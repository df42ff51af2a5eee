"""Drive CARLA with a trained network, see what it looks at, record it: `python -m scripts.drive --help`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from itertools import islice

from agent.config import DriveConfig
from agent.loop import drive
from agent.stages import Stages, TimedWorld
from agent.stopping import Stop
from scripts.door import open_door
from scripts.drive_flags import parse
from scripts.simulator_of import simulator_of


def run(config: DriveConfig, stop: Stop) -> None:
    """One run from connecting to the summary."""
    with ExitStack() as stack:
        address = stack.enter_context(simulator_of(config))  # starts while TensorFlow is being imported
        from scripts.live import Live

        stages = Stages()
        live = stack.enter_context(Live(config, address, stages, stop))
        driver = stages.timed("driver_saliency", live.driver)
        explain = stages.timed("driver_saliency", live.explain, continues=True)
        steps = drive(TimedWorld(live.world, stages), driver, explain, every=live.every)
        for step in islice(live.paced(steps), config.frame_limit):
            live.show(step)
            if stop.signal or live.closed:
                break
        live.exit_reason = stop.reason or ("window closed" if live.closed else "done")


def main() -> None:
    """Parse, wire, loop."""
    config, verbose = parse(sys.argv[1:])
    open_door(lambda stop: run(config(), stop), verbose=verbose)


if __name__ == "__main__":
    main()
