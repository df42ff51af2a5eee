"""The flags of `scripts.collect`: every key of `configs/collect.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from agent.config import load_settings
from agent.training.collect_plan import CollectConfig
from scripts.arguments import Parser

DEFAULT_CONFIG = Path(__file__).resolve().parent.parent / "configs" / "collect.yaml"


def parse(arguments: Sequence[str]) -> tuple[Callable[[], CollectConfig], bool]:
    """The settings (checked when called) and whether to say more."""
    parser = Parser(
        prog="python -m scripts.collect",
        description="Record what an expert would steer, for training. Without --host embedded simulators are started. "
        "A dataset that was interrupted is taken up again.",
        epilog="Defaults stand in configs/collect.yaml. Exit status: 0 done, 2 wrong input, 130 after Ctrl-C.",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the dataset, e.g. data/loop")
    parser.add_argument("--frames", type=int, help="to record in all (60000)")
    parser.add_argument("--frames-per-run", type=int, help="of one car in one weather (900)")
    parser.add_argument("--step-s", type=float, help="simulated time between frames (0.1)")
    parser.add_argument("--workers", type=int, help="simulators at a time (2)")
    parser.add_argument("--host", help="of a running CARLA 0.9.16, with --workers 1")
    parser.add_argument("--port", type=int, help="of a running CARLA (2000)")
    parser.add_argument("--maps", nargs="+", metavar="MAP", help="names or OpenDRIVE files.xodr, taken in turn (loop)")
    parser.add_argument("--weathers", nargs="+", metavar="PRESET", help="presets of CARLA, taken in turn")
    parser.add_argument("--expert", help="who shows how to drive: lane, autopilot, or model for a DAgger round (lane)")
    parser.add_argument("--model", help="that drives with --expert model (pilotnet)")
    parser.add_argument("--side-m", type=float, help="left and right cameras so far from the middle; 0: none")
    parser.add_argument("--traffic", type=int, help="other cars in every second pair of runs")
    parser.add_argument("--straight", type=float, help="greatest share of frames with next to nothing to steer (1)")
    parser.add_argument("--slowest-kmh", type=float, help="least target speed (25)")
    parser.add_argument("--fastest-kmh", type=float, help="greatest target speed (42)")
    parser.add_argument("--width-px", type=int, help="of the camera image (400)")
    parser.add_argument("--height-px", type=int, help="of the camera image (176)")
    parser.add_argument("--seed", type=int, help="of spawn points, speeds and trouble (0)")
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help="settings to start from (%(default)s)")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    flags = vars(parser.parse_args(arguments))
    path, verbose = flags.pop("config"), flags.pop("verbose")
    return lambda: load_settings(CollectConfig, path, flags), verbose
