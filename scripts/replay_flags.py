"""The flags of `scripts.replay`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scripts.arguments import Parser
from scripts.model_flag import add_model_flag
from viz.palettes import PALETTES


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The flags."""
    parser = Parser(
        prog="python -m scripts.replay",
        description="Play a run again, as it was or as a network sees its frames now: in a window where there is a "
        "display, else into a video beside it. The overlay is a view: nothing of it is ever written into a log.",
        epilog="Exit status: 0 done, 2 wrong input or a verification that does not hold, 130 after Ctrl-C.",
    )
    parser.add_argument(
        "source",
        type=Path,
        nargs="?",
        help="a run folder, a .mcap, a video, a folder of images (Udacity's IMG too), a tub",
    )
    view = parser.add_argument_group("how it is looked at (as it was logged, unless one of these is given)")
    add_model_flag(view, "a folder of configs/models, or a Keras file and its card.yaml (the one that drove)")
    view.add_argument("--method", help="of the saliency (the run's)")
    view.add_argument("--layer", help="explained layer (the method's own choice)")
    view.add_argument("--every", type=int, metavar="N", help="a map every N frames (the run's)")
    view.add_argument("--palette", choices=[palette.name for palette in PALETTES], help="colours of the overlay")
    view.add_argument("--alpha", type=float, metavar="A", help="greatest opacity of the overlay, 0 to 1")
    view.add_argument("--no-overlay", dest="overlay", action="store_false", help="no saliency on the picture")
    view.add_argument("--no-hud", dest="hud", action="store_false", help="no gauges")
    view.add_argument("--fps", type=float, default=20.0, help="of images that do not say when they were taken (20)")
    made = parser.add_argument_group("what is made of it (a window, or a video, unless one of these is given)")
    made.add_argument("--out", type=Path, metavar="FILE", help=".mp4, .webm, .gif or .png (animated)")
    made.add_argument("--sheet", type=Path, metavar="FILE.png", help="a contact sheet")
    made.add_argument("--csv", type=Path, metavar="FILE", help="numbers of every step; - for the screen")
    made.add_argument(
        "--json", type=Path, metavar="FILE", help="the same with --info and every event; - for the screen"
    )
    made.add_argument("--info", action="store_true", help="what the source is and whether it is whole")
    made.add_argument("--verify", action="store_true", help="recompute predictions and maps, compare them with the log")
    add_model_flag(
        made, "another network beside the first: video, numbers, sheet", name="--compare", card="compare_card"
    )
    made.add_argument("--worst", type=int, default=12, metavar="N", help="frames on the comparison's sheet (12)")
    made.add_argument(
        "--repair", action="store_true", help="mend a cut-off or damaged log and video into new files beside"
    )
    made.add_argument("--export", type=Path, metavar="DIR", help="frames and labels as a dataset of scripts.train")
    made.add_argument(
        "--ray", metavar="ADDRESS", help="of all runs below SOURCE, on a Ray cluster (local: start one here)"
    )
    _add_clip_flags(parser.add_argument_group("which part of it"))
    shown = parser.add_argument_group("the window")
    shown.add_argument("--no-display", dest="display", action="store_false", help="open no window")
    shown.add_argument("--start", type=float, default=0.0, metavar="S", help="where to begin [s]")
    shown.add_argument("--speed", type=float, default=1.0, metavar="X", help="1/8 to 16 times real time (1)")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    return _with_source(parser, parser.parse_args(arguments))


def _add_clip_flags(clip: argparse._ArgumentGroup) -> None:
    clip.add_argument(
        "--clip",
        metavar="FROM:TO",
        help="seconds of the run, e.g. 12.5:20; without --out clip-12.50-20.00.mp4",
    )
    clip.add_argument(
        "--clip-events",
        type=float,
        metavar="S",
        help="a clip of S seconds around each event; without --out clip-events-4s-01.mp4 and so on",
    )
    clip.add_argument("--max-mb", type=float, metavar="MB", help="no clip larger than this")
    clip.add_argument("--width", type=int, metavar="PX", help="of the pictures (as they are; 480 for .gif and .png)")


def _with_source(parser: argparse.ArgumentParser, flags: argparse.Namespace) -> argparse.Namespace:
    """The flags with their source: after `--model NAME` it is taken for a card, which a run never is."""
    for name in ("card", "compare_card"):
        card: Path | None = getattr(flags, name)
        if flags.source is None and card is not None and card.suffix not in (".yaml", ".yml"):
            flags.source = card
            setattr(flags, name, None)
    if flags.source is None:
        parser.error("the following arguments are required: source")
    return flags
