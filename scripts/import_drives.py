"""Make a dataset out of a recording that is there already: `python -m scripts.import_drives --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agent.stopping import Stop
from scripts.arguments import Parser
from scripts.door import open_door
from viz.progress import Progress


def run(flags: argparse.Namespace, stop: Stop) -> None:
    """Read, convert, write."""
    from agent.training.importing import import_drive

    stop.patient = True
    imported = import_drive(flags.source, flags.out, flags.side_steer)
    with Progress("picture", None, 0) as progress:
        while not stop.signal:
            try:
                next(imported)
            except StopIteration as end:
                print(end.value)
                return
            progress.step()


def main() -> None:
    """Parse, wire, loop."""
    parser = Parser(prog="python -m scripts.import_drives", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "source",
        type=Path,
        help="folder of Udacity's driving_log.csv, a donkeycar tub, or pictures named 7_LEFT_0.10_0.50_0.00.jpg",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the dataset to write")
    parser.add_argument(
        "--side-steer",
        type=float,
        default=0.2,
        help="a left camera's picture steers so much farther right (%(default)s)",
    )
    flags = parser.parse_args(sys.argv[1:])
    open_door(lambda stop: run(flags, stop))


if __name__ == "__main__":
    main()
