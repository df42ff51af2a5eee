"""Run the embedded simulator alone: a CARLA 0.9.16 server on the loopback."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from functools import partial
from pathlib import Path

from agent.simulator.lifeline import Lifeline
from agent.simulator.maps import MapError, MapShelf
from agent.simulator.server import HOST, Server, listen_pair
from agent.simulator.simulation import Simulation
from agent.simulator.weathers import WEATHERS


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(prog="python -m scripts.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=2000, help="for calls; 0 is any free one (default %(default)s)")
    parser.add_argument("--map", default="loop", metavar="NAME|FILE.xodr", help="default %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of scenery and noise (default %(default)s)")
    parser.add_argument("--weather", default="ClearNoon", metavar="PRESET", help="default %(default)s")
    parser.add_argument("--die-with-stdin", action="store_true", help="stop when standard input ends")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what clients do")
    chosen = parser.parse_args(arguments)
    if not 0 <= chosen.port < 65536 or chosen.seed < 0:
        parser.error("--port is 0 to 65535 and --seed not negative")
    return chosen


def serve(chosen: argparse.Namespace) -> int:
    """Serve until told to stop; returns the exit status."""
    from agent.simulator.building import build_town  # graphics: not for --help

    if chosen.weather not in WEATHERS:
        raise MapError(f"weather '{chosen.weather}' not found; known: {', '.join(sorted(WEATHERS))}")
    extra = Path(chosen.map) if chosen.map.endswith(".xodr") else None
    shelf = MapShelf(partial(build_town, seed=chosen.seed), extra)
    simulate = partial(
        Simulation, shelf, extra.stem if extra else chosen.map, seed=chosen.seed, weather=WEATHERS[chosen.weather]
    )
    server = Server(*listen_pair(chosen.port), simulate)
    lifeline = Lifeline(server, die_with_stdin=chosen.die_with_stdin)
    try:
        ready = {"ready": True, "host": HOST, **server.ports(), "map": server.map_name()}
        print(json.dumps(ready), flush=True)
        server.run(lifeline.alive)
    finally:
        server.close()
        lifeline.close()
    return 130 if lifeline.signal == signal.SIGINT else 0


def main() -> int:
    """Serve; what the user can mend is one line on stderr and status 2."""
    chosen = parse()
    logging.basicConfig(level=logging.INFO if chosen.verbose else logging.WARNING, format="%(levelname)s: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        return serve(chosen)
    except KeyboardInterrupt:
        return 130
    except (MapError, OSError, RuntimeError) as error:
        taken = f"port {chosen.port} is taken: choose another with --port, or 0 for any free one"
        print(f"error: {taken if isinstance(error, OSError) else error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
