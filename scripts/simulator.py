"""Run the embedded simulator alone: a CARLA 0.9.16 server on the loopback."""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path

from agent.simulator.lifeline import Lifeline
from agent.simulator.protocol.listener import HOST, listen_pair
from agent.simulator.server import Server
from agent.simulator.world.maps import MapError, MapShelf
from agent.simulator.world.simulation import Simulation
from agent.simulator.world.weathers import WEATHERS
from scripts.arguments import Parser


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The flags."""
    parser = Parser(prog="python -m scripts.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=2000, help="for calls; 0 is any free one (default %(default)s)")
    parser.add_argument("--map", default="loop", metavar="NAME|FILE.xodr", help="default %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of scenery and noise (default %(default)s)")
    parser.add_argument("--weather", default="ClearNoon", metavar="PRESET", help="default %(default)s")
    parser.add_argument(
        "--recordings", type=Path, metavar="DIR", help="where recordings go (default: the user's cache)"
    )
    parser.add_argument(
        "--when-empty", choices=("keep", "remove"), default="keep", help="actors of clients that have left"
    )
    parser.add_argument("--die-with-stdin", action="store_true", help="stop when standard input ends")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what clients do")
    chosen = parser.parse_args(arguments)
    if not 0 <= chosen.port < 65536 or chosen.seed < 0:
        parser.error("--port is 0 to 65535 and --seed not negative")
    return chosen


class DoorError(ValueError):
    """A flag that cannot be followed; the text is for the user."""


def sockets(port: int) -> tuple[socket.socket, socket.socket]:
    """Listening at a port and beside it.

    Raises:
        DoorError: the port is taken, or not for us.
    """
    try:
        return listen_pair(port)
    except OSError as error:
        reason = {
            errno.EADDRINUSE: "is taken",
            errno.EACCES: "needs the administrator's rights",
        }.get(error.errno or 0, f"cannot be listened at ({error.strerror})")
        raise DoorError(f"port {port} {reason}: choose another with --port, or 0 for any free one") from error


def serve(chosen: argparse.Namespace, parent: int | None) -> int:
    """Serve until told to stop, or until the parent of this id ends; returns the exit status."""
    from agent.simulator.building import TownBuilder  # graphics: not for --help
    from agent.simulator.scene_shelf import default_scenes

    if chosen.weather not in WEATHERS:
        raise DoorError(f"weather '{chosen.weather}' not found; known: {', '.join(sorted(WEATHERS))}")
    extra = Path(chosen.map) if chosen.map.endswith(".xodr") else None
    shelf = MapShelf(TownBuilder(chosen.seed, default_scenes()), extra)
    simulate = partial(
        Simulation,
        shelf,
        extra.stem if extra else chosen.map,
        seed=chosen.seed,
        weather=WEATHERS[chosen.weather],
        recordings=chosen.recordings,
        keep_actors=chosen.when_empty == "keep",
    )
    server = Server(*sockets(chosen.port), simulate)
    lifeline = Lifeline(server, parent=parent)
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
    parent = os.getppid()  # before anything else takes time: it may end while the map is built
    chosen = parse()
    logging.basicConfig(level=logging.INFO if chosen.verbose else logging.WARNING, format="%(levelname)s: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        from agent.simulator.look.renderer import RendererError  # graphics: not for --help

        try:
            return serve(chosen, parent if chosen.die_with_stdin else None)
        except (DoorError, MapError, RendererError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
