"""Show what a network sees in pictures, or whether its maps are worth believing: `python -m scripts.explain --help`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from agent.errors import ConfigError, RecordingError
from agent.stopping import Stop
from scripts.arguments import Parser
from scripts.door import open_door
from scripts.model_flag import add_model_flag


def run(flags: argparse.Namespace, stop: Stop) -> None:
    """Sheets of pictures, or the trust report of methods."""
    if flags.trust:  # batches take less time by oneDNN; single pictures, as in a drive, would take longer
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    from agent.backend import configure_tensorflow  # seconds of start-up that a wrong flag need not wait for
    from agent.model import load_model

    if not (flags.sources or flags.trust):
        raise ConfigError("nothing to explain: give images, or --trust with a run or images")
    configure_tensorflow(0)
    model = load_model(flags.model, flags.card)
    try:
        flags.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"cannot make the folder {flags.out}: {error.strerror}: choose another --out") from None
    if flags.trust:
        from scripts.explain_trust import judge

        judge(flags, model, flags.out, stop)
    else:
        from scripts.explain_figures import explain_pictures

        explain_pictures(flags, model, flags.out)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The flags."""
    parser = Parser(
        prog="python -m scripts.explain",
        description="Per image a sheet: activations, and the saliency of every layer. With --trust: whether the maps "
        "of the methods are worth believing.",
        epilog="Exit status: 0 done, 2 wrong input, 130 after Ctrl-C.",
    )
    parser.add_argument("sources", type=Path, nargs="*", metavar="IMAGE", help="images of any size")
    add_model_flag(parser, "a folder of configs/models, or a Keras file and its card.yaml (pilotnet)")
    parser.add_argument("--out", type=Path, default=Path("runs/explained"), help="folder (%(default)s)")
    parser.add_argument("--mode", choices=("ours", "keras_vis", "article"), default="ours", help="(%(default)s)")
    parser.add_argument("--activations", metavar="LAYER", help="whose activations are shown (the first convolution's)")
    parser.add_argument("--layer", action="append", metavar="LAYER", help="explain these instead of all convolutions")
    parser.add_argument("--dense", action="store_true", help="explain the dense layers, too")
    parser.add_argument("--trust", type=Path, nargs="+", metavar="RUN|IMAGE", help="judge the methods on these frames")
    parser.add_argument("--methods", nargs="+", metavar="METHOD", help="with --trust: only these (all but occlusion)")
    parser.add_argument("--frames", type=int, default=24, help="with --trust: of a run, evenly spread (%(default)s)")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    parser.set_defaults(model="pilotnet")
    return parser.parse_args(arguments)


def main() -> None:
    """Parse, then explain."""
    flags = parse(sys.argv[1:])
    open_door(lambda stop: run(flags, stop), verbose=flags.verbose)


if __name__ == "__main__":
    main()
