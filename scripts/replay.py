"""Draw a logged run again, as it was or as another network sees it: `python -m scripts.replay --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agent.stopping import Stop
from scripts.door import open_door
from scripts.replay_show import ReplayShow


def run(flags: argparse.Namespace, stop: Stop) -> None:
    """One replay from opening the log to closing the video."""
    with ReplayShow(flags, stop) as show:
        stop.patient = True
        for step in show.steps:
            show.audience(step)
            if stop.signal or show.closed:
                break


def parse(arguments: list[str]) -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.replay",
        description="Draw a logged run again: as it was, or with --model, --method, --layer or --every as a network "
        "sees its frames now. In a window where there is a display; else into a video.",
        epilog="Exit status: 0 done, 2 wrong input, 130 after Ctrl-C.",
    )
    parser.add_argument("source", type=Path, help="a run folder, or its run.mcap")
    parser.add_argument("--out", type=Path, metavar="FILE.mp4", help="video to write (replay.mp4 beside the log)")
    parser.add_argument("--model", help="a folder of configs/models, or a Keras file (the one that drove)")
    parser.add_argument("--method", help="of the saliency (the run's)")
    parser.add_argument("--layer", help="explained layer (the steering output)")
    parser.add_argument("--every", type=int, metavar="N", help="a map every N frames (the run's)")
    parser.add_argument("--no-display", dest="display", action="store_false", help="open no window")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    return parser.parse_args(arguments)


def main() -> None:
    """Parse, wire, loop."""
    flags = parse(sys.argv[1:])
    open_door(lambda stop: run(flags, stop), verbose=flags.verbose)


if __name__ == "__main__":
    main()
