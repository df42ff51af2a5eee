"""The flags of `scripts.drive`: every key of `configs/drive.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from agent.config import DriveConfig, load_settings
from scripts.arguments import Parser
from scripts.model_flag import add_model_flag

DEFAULT_CONFIG = Path(__file__).resolve().parent.parent / "configs" / "drive.yaml"


def _every(text: str) -> int | str:
    return text if text == "auto" else int(text)


def parse(arguments: Sequence[str]) -> tuple[Callable[[], DriveConfig], bool]:
    """The settings (checked when called) and whether to say more."""
    parser = Parser(
        prog="python -m scripts.drive",
        description="Drive CARLA with a trained network, see what it looks at, record it. "
        "Without --host the embedded simulator is started.",
        epilog="Defaults stand in configs/drive.yaml. Exit status: 0 done, 2 wrong input, 130 after Ctrl-C.",
    )
    where = parser.add_argument_group("where")
    where.add_argument("--host", help="of a running CARLA 0.9.16")
    where.add_argument("--port", type=int, help="of a running CARLA (2000)")
    where.add_argument("--map", help="name, or an OpenDRIVE file.xodr")
    where.add_argument("--weather", help="a preset of CARLA, e.g. ClearNoon, WetSunset")
    where.add_argument("--spawn", type=int, help="index of the spawn point")
    where.add_argument("--seed", type=int, help="of the spawn point and of the embedded simulator")
    where.add_argument("--rolename", help="of the car (hero)")
    what = parser.add_argument_group("what")
    add_model_flag(what, "a folder of configs/models, or a Keras file and, if not beside it, its card.yaml")
    what.add_argument("--method", help="of the saliency (gradient); none: drive without")
    what.add_argument("--layer", help="explained layer (the steering output)")
    what.add_argument("--output", help="explained number, of a network with several (the steering)")
    what.add_argument("--every", type=_every, metavar="N", help="a map every N frames; auto: as often as it is cheap")
    for name, meaning in (
        ("panel", "explain all convolutions at once"),
        ("check", "hide the hottest region of every map and predict again"),
        ("attention", "keep a ledger of the classes that the maps lie on, with a semantic camera"),
    ):
        what.add_argument(f"--{name}", action="store_true", default=None, help=meaning)
    what.add_argument("--speed-kmh", type=float, help="target speed")
    how = parser.add_argument_group("how long, how large, what is kept")
    how.add_argument("--seconds", type=float, help="simulated seconds to drive")
    how.add_argument("--frames", type=int, help="frames to drive")
    how.add_argument("--res", metavar="WxH", help="camera and picture (1280x720)")
    how.add_argument("--fps", type=int, help="frames per simulated second (20)")
    how.add_argument("--display", choices=("auto", "on", "off"), help="whether to open a window")
    how.add_argument(
        "--no-display", dest="display", action="store_const", const="off", help="the same as --display off"
    )
    how.add_argument("--no-video", dest="video", action="store_false", default=None, help="record no drive.mp4")
    how.add_argument("--no-log", dest="log", action="store_false", default=None, help="record no run.mcap")
    how.add_argument("--log-camera", choices=("jpeg", "png"), help="how the log keeps pictures; png: to the bit (jpeg)")
    how.add_argument("--out", help="run folder (runs/<UTC>-<map>-<model>)")
    how.add_argument("--max-real-time-factor", type=float, help="how fast a window shows it (1)")
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help="settings to start from (%(default)s)")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    flags = vars(parser.parse_args(arguments))
    path, verbose = flags.pop("config"), flags.pop("verbose")
    return lambda: load_settings(DriveConfig, path, flags), verbose
