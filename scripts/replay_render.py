"""Replays that end in pictures: a video, an animation, clips, a contact sheet."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from agent.errors import ConfigError, RecordingError
from agent.footage import Footage
from agent.footage.events import notable
from agent.footage.logged import LogFootage
from agent.log.records import json_of
from agent.replay import AsLogged, Skips, View, played
from agent.run_folder import VIDEO
from agent.stopping import Stop
from agent.types import Picture, Step, read_only
from scripts.replay_views import hud_of, new_file, parts_of
from viz import animation, video
from viz.clip import copy_video
from viz.contact_sheet import Cell, png, sheet
from viz.fit import letterbox
from viz.progress import Progress
from viz.shrink import shrink
from viz.video import VideoWriter

REPLAY = "replay.mp4"
_SHEET_CELLS = 24


def render(flags: Namespace, footage: Footage, view: View, skips: Skips, stop: Stop) -> None:
    """--out, with or without clips; without it a video beside the source."""
    parts = parts_of(flags, footage)
    beside = footage.path / REPLAY if footage.path.is_dir() else footage.path.with_name(REPLAY)
    out: Path = flags.out or beside
    names = (
        [out] if len(parts) == 1 else [out.with_stem(f"{out.stem}-{number + 1:02d}") for number in range(len(parts))]
    )
    kinds = (*video.SUFFIXES, *animation.SUFFIXES)
    if out.suffix.lower() not in kinds:
        raise ConfigError(f"--out is {out.name}, wanted {', '.join(kinds)}")
    for name in names:
        new_file(name, "--out")
    for name, part in zip(names, parts, strict=True):
        if stop.signal:
            return
        if not _copied(flags, footage, view, name, part):
            _rendered(flags, footage, view, name, part, skips=skips, stop=stop)


def write_sheet(flags: Namespace, footage: Footage, view: View, skips: Skips) -> None:
    """--sheet: moments evenly spread over the run, and every event where there is room."""
    path = new_file(flags.sheet, "--sheet")
    if path.suffix.lower() != ".png":
        raise ConfigError(f"--sheet is {path.name}, wanted a .png")
    numbers = [number for part in parts_of(flags, footage) for number in part]
    marks = {footage.timeline.at(event.time_s): event for event in notable(footage)}
    spread = {numbers[at] for at in np.linspace(0, len(numbers) - 1, _SHEET_CELLS).round().astype(int)}
    chosen = sorted(spread | set([number for number in marks if number in set(numbers)][:_SHEET_CELLS]))
    hud, cells = hud_of(flags, footage, view.card), []
    for logged, step in played(footage, view, chosen, skips):
        event = marks.get(footage.timeline.at(logged.step.frame.time_s))
        label = f"{step.frame.time_s:.2f} s   steering {step.control.steer:+.3f}"
        cells.append(Cell(hud.draw(step), label, "" if event is None else event.kind.replace("_", " ")))
    if not cells:
        raise RecordingError(f"{footage.path}: no picture of it can be read")
    card = view.card
    title = f"{card.model} on {card.map}" if card.model else card.map
    _write(path, png(sheet(cells, title, f"{footage.path}   {card.method} {card.layer}   {len(footage)} frames")))
    print(f"{len(cells)} moments: {path}")


def pictures(
    flags: Namespace, footage: Footage, view: View, numbers: Sequence[int], skips: Skips
) -> Iterator[tuple[Step, Picture]]:
    """Steps and what a person would have seen of them."""
    hud = hud_of(flags, footage, view.card)
    for _, step in played(footage, view, numbers, skips):
        picture = hud.draw(step)
        if flags.width and flags.width != picture.shape[1]:
            picture = letterbox(picture, (flags.width, round(flags.width * picture.shape[0] / picture.shape[1])))
        read_only(picture)
        yield step, picture


def _rendered(
    flags: Namespace, footage: Footage, view: View, path: Path, part: range, *, skips: Skips, stop: Stop
) -> None:
    limit = None if flags.max_mb is None else flags.max_mb * 1e6
    count = 0
    with ExitStack() as stack:
        animated = path.suffix.lower() in animation.SUFFIXES
        made = animation.Animation(path, flags.width or animation.WIDTH_PX, limit) if animated else None
        writer: VideoWriter | None = None
        progress = stack.enter_context(Progress("frame", len(part)))
        for step, picture in pictures(flags, footage, view, part, skips):
            if made is not None:
                made.write(picture, step.frame.time_s)
            else:
                writer = writer or stack.enter_context(_video(footage, view, path, picture, part))
                writer.write(picture, step.frame.time_s - float(footage.timeline.times_s[part[0]]) * _is_clip(flags))
            count += 1
            progress.step()
            if stop.signal:
                break
        if made is not None:
            made.close()
    if count == 0:
        raise RecordingError(f"{footage.path}: no picture of it can be read")
    size = shrink(path, limit) if limit is not None and made is None else path.stat().st_size
    print(f"{count} frames: {path}" + (f" ({size / 1e6:.2f} MB)" if limit is not None or animated else ""))


def _is_clip(flags: Namespace) -> bool:
    return bool(flags.clip or flags.clip_events)


def _video(footage: Footage, view: View, path: Path, picture: Picture, part: range) -> VideoWriter:
    height, width = picture.shape[:2]
    facts = {"run": json_of(view.card).decode(), "replay_of": str(footage.path)}
    if len(part) < len(footage):
        facts["clip_of_s"] = f"{footage.timeline.times_s[part[0]]:.3f}"
    return VideoWriter(path, width, height, 1 / view.card.step_s, facts)


def _copied(flags: Namespace, footage: Footage, view: View, path: Path, part: range) -> bool:
    """Whether the clip could be taken from the run's video as it is: nothing is to be drawn differently."""
    untouched = flags.overlay and flags.hud and not (flags.palette or flags.alpha is not None or flags.width)
    if not (_is_clip(flags) and untouched and path.suffix.lower() == ".mp4"):
        return False
    of_log = isinstance(footage, LogFootage) and isinstance(view, AsLogged)
    source = footage.path.with_name(VIDEO) if of_log else footage.path
    asked = flags.model or flags.method or flags.layer or flags.every
    if asked or not source.is_file() or source.suffix.lower() != ".mp4":
        return False
    times_s = footage.timeline.times_s
    count, begin_s = copy_video(source, path, float(times_s[part[0]]), float(times_s[part[-1]]))
    size = path.stat().st_size if flags.max_mb is None else shrink(path, flags.max_mb * 1e6)
    print(f"{count} frames copied from {begin_s:.2f} s on: {path} ({size / 1e6:.2f} MB)")
    return True


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written ({error.strerror})") from None
