"""What the files are called that a replay makes; pure."""

from __future__ import annotations

import math
from argparse import Namespace
from pathlib import Path

from agent.errors import ConfigError

COMPARISON = "compare.mp4"
MADE = ("out", "sheet", "csv", "json", "export")
"""Flags that name a file or a folder which is made."""
_TOLD = ("info", "verify", "export", "csv", "json", "sheet")


def only_told(flags: Namespace) -> bool:
    """Whether something is asked for that is no video: then a video has to be asked for, too."""
    return any(getattr(flags, name) for name in _TOLD)


def video_name(flags: Namespace) -> str:
    """Of a video that was given no name: a clip is called by its part of the run.

    Raises:
        ConfigError: a clip that is none.
    """
    if flags.compare:
        return COMPARISON
    if flags.clip_events:
        return f"clip-events-{flags.clip_events:g}s.mp4"
    if not flags.clip:
        return "replay.mp4"
    begin_s, end_s = span_of(flags.clip)
    return f"clip-{begin_s:.2f}-{'end' if math.isinf(end_s) else f'{end_s:.2f}'}.mp4"


def numbered(path: Path, count: int) -> list[Path]:
    """A path for each of the parts of a run: the path itself if there is one part, else with -01, -02, ..."""
    return [path] if count == 1 else [path.with_stem(f"{path.stem}-{number + 1:02d}") for number in range(count)]


def made_names(flags: Namespace) -> list[str]:
    """Everything that the flags ask for, by the names given or by those it gets; of clips around events the first ones.

    Raises:
        ConfigError: a clip that is none.
    """
    given = {name: str(value) for name in MADE if (value := getattr(flags, name)) is not None}
    if flags.compare or not only_told(flags):
        given = {"out": video_name(flags)} | given
    if flags.compare:
        given.setdefault("sheet", str(Path(given["out"]).with_suffix(".png")))
    names = [given[name] for name in MADE if name in given]
    if flags.clip_events and "out" in given and not flags.compare:
        names.append(str(numbered(Path(given["out"]), 2)[0]))
    return names


def span_of(clip: str) -> tuple[float, float]:
    """FROM:TO in seconds; without FROM from the beginning, without TO to the end, which is infinity.

    Raises:
        ConfigError: not two numbers in order.
    """
    begin, _, end = clip.partition(":")
    try:
        begin_s, end_s = float(begin or 0), float(end or math.inf)
    except ValueError:
        begin_s = end_s = math.nan
    if not 0 <= begin_s < end_s:
        raise ConfigError(f"--clip is {clip!r}, wanted FROM:TO in seconds, e.g. 12.5:20")
    return begin_s, end_s
