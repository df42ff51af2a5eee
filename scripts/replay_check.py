"""Flags of a replay that cannot be obeyed: refused before anything is opened, loaded or made."""

from __future__ import annotations

import math
from argparse import Namespace

from agent.errors import ConfigError
from agent.footage import Footage
from scripts.replay_views import new_file
from viz import animation, video


def check(flags: Namespace) -> None:
    """Numbers in their ranges, files of the right kinds, flags that go together.

    Raises:
        ConfigError: one that is not.
    """
    _check_together(flags)
    _check_kinds(flags)
    for name, value, low, high in (
        ("--every", flags.every, 1, 1_000_000),
        ("--alpha", flags.alpha, 0, 1),
        ("--fps", flags.fps, 0.01, 1000),
        ("--speed", flags.speed, 1 / 8, 16),
        ("--worst", flags.worst, 1, 400),
        ("--max-mb", flags.max_mb, 0.01, 1e6),
        ("--width", flags.width, 16, 8192),
        ("--clip-events", flags.clip_events, 0.1, 3600),
        ("--start", flags.start, 0, math.inf),
    ):
        if value is not None and not low <= value <= high:
            too_low = high > 1e5 and not value > high  # nobody asks how far it goes who asks for none
            bound = f"{low:g} or more" if too_low else f"{low:g} to {high:.10g}"
            raise ConfigError(f"{name} is {value:g}, wanted {bound}")


def check_start(flags: Namespace, footage: Footage) -> None:
    """--start lies within the run.

    Raises:
        ConfigError: it does not.
    """
    first_s, last_s = (float(footage.timeline.times_s[at]) for at in (0, -1))
    if flags.start > last_s:
        raise ConfigError(
            f"--start is {flags.start:g}, wanted seconds within the run: it goes from {first_s:.2f} to {last_s:.2f} s"
        )


def check_places(flags: Namespace) -> None:
    """What is to be made can be made where it was asked for.

    Raises:
        RecordingError: something is there already, or no folder to make it in.
    """
    for name in ("out", "sheet", "csv", "json"):
        path = getattr(flags, name)
        if path is not None and str(path) != "-" and not (name == "out" and flags.clip_events):
            new_file(path, f"--{name}")


def _check_together(flags: Namespace) -> None:
    if flags.clip and flags.clip_events:
        raise ConfigError("--clip and --clip-events are two ways to say which part: give one of them")
    if str(flags.csv) == str(flags.json) == "-":
        raise ConfigError("--csv - and --json - would both be on the screen: give one of them a file")
    others = ("out", "sheet", "csv", "json", "info", "verify", "compare", "export", "clip", "clip_events")
    for name in others if flags.repair else ():
        if getattr(flags, name):
            flag = name.replace("_", "-")
            raise ConfigError(
                f"--repair makes mended files and nothing else: leave --{flag} away, or give it afterwards"
            )


def _check_kinds(flags: Namespace) -> None:
    kinds = video.SUFFIXES if flags.compare else (*video.SUFFIXES, *animation.SUFFIXES)
    if flags.out is not None and flags.out.suffix.lower() not in kinds:
        of = " with --compare" if flags.compare else ""
        raise ConfigError(f"--out is {flags.out.name}, wanted {', '.join(kinds)}{of}")
    if flags.sheet is not None and flags.sheet.suffix.lower() != ".png":
        raise ConfigError(f"--sheet is {flags.sheet.name}, wanted a .png")
