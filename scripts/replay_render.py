"""Replays that end in pictures: a video, an animation, clips, a contact sheet."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import numpy as np

from agent.errors import RecordingError
from agent.footage import Footage
from agent.footage.events import notable
from agent.footage.footage import printable, weather_of
from agent.footage.logged import LogFootage
from agent.footage.video import PICTURES, PLAIN
from agent.log.records import json_of
from agent.replay import Skips, View, played
from agent.run_folder import VIDEO, WEATHER
from agent.stopping import Stop
from agent.types import Picture, Step, read_only
from agent.whole_file import whole_file
from scripts.replay_names import numbered, video_name
from scripts.replay_views import asks_for_network, beside, hud_of, new_file
from viz import animation
from viz.blend import RunningScale
from viz.clip import copy_video
from viz.contact_sheet import Cell, png, sheet
from viz.fit import letterbox
from viz.history import History
from viz.progress import Progress
from viz.rewind import Rewind
from viz.shrink import shrink
from viz.video import VideoWriter

_SHEET_CELLS = 24
_RUN_IN_S = 3 * RunningScale.FALL_S
"""After this time the scale has forgotten all but a twentieth of what was before."""
_DEAR_PASSES = 100.0
"""Maps that cost more forward passes are not made for the scale alone: occlusion's take half a second each."""


def render(flags: Namespace, footage: Footage, view: View, parts: Sequence[range], *, skips: Skips, stop: Stop) -> None:
    """--out, with or without clips; without it a video beside the source. Of one that failed nothing stays."""
    names = numbered(flags.out or beside(footage, video_name(flags)), len(parts))
    for name in names:
        new_file(name, "--out")
    for name, part in zip(names, parts, strict=True):
        if stop.signal:
            return
        if name.suffix.lower() in animation.SUFFIXES:
            _animated(flags, footage, view, name, part, skips=skips)
            continue
        if not _copied(flags, footage, view, name, part):
            _filmed(flags, footage, view, name, part, skips=skips, stop=stop)


def write_sheet(flags: Namespace, footage: Footage, view: View, parts: Sequence[range], skips: Skips) -> None:
    """--sheet: moments evenly spread over the run, and every event where there is room."""
    path = new_file(flags.sheet, "--sheet")
    numbers = list(chain(*parts))
    marks = {footage.timeline.at(event.time_s): event for event in notable(footage)}
    spread = {numbers[at] for at in np.linspace(0, len(numbers) - 1, _SHEET_CELLS).round().astype(int)}
    wanted = set(numbers)
    chosen = sorted(spread | set([number for number in marks if number in wanted][:_SHEET_CELLS]))
    hud, rewind, cells = hud_of(flags, footage, view.card), Rewind(footage), []
    hud.history = _run_in(footage, view, chosen[0]) or hud.history
    for _, step in played(footage, view, chosen, skips):
        number = footage.timeline.at(step.frame.time_s)
        hud.history = rewind.before(number, step, view.card, hud.history.scale)
        event = marks.get(number)
        steering = f"   steering {step.control.steer:+.3f}" if footage.driven or not footage.drawn else ""
        label = f"{step.frame.time_s:.2f} s{steering}"
        cells.append(Cell(hud.draw(step), label, "" if event is None else event.kind.replace("_", " ")))
    if not cells:
        raise RecordingError(f"{footage.path}: no picture of it can be read")
    card = view.card
    title = f"{card.model} on {card.map}" if card.model else card.map
    subtitle = f"{printable(str(footage.path))}   {card.method} {card.layer}   {len(footage)} frames"
    with whole_file(path) as partial:
        partial.write_bytes(png(sheet(cells, title, subtitle)))
    print(f"{len(cells)} moments: {path}")


def pictures(
    flags: Namespace, footage: Footage, view: View, numbers: Sequence[int], skips: Skips
) -> Iterator[tuple[Step, Picture]]:
    """Steps and what a person would have seen of them who had watched until then."""
    hud, past = hud_of(flags, footage, view.card), _run_in(footage, view, numbers[0])
    for at, (_, step) in enumerate(played(footage, view, numbers, skips)):
        if at == 0:
            number = footage.timeline.at(step.frame.time_s)
            hud.history = past or Rewind(footage).before(number, step, view.card)
        picture = hud.draw(step)
        if flags.width and flags.width != picture.shape[1]:
            picture = letterbox(picture, (flags.width, round(flags.width * picture.shape[0] / picture.shape[1])))
        read_only(picture)
        yield step, picture


def _run_in(footage: Footage, view: View, number: int) -> History | None:
    """What the HUD remembers of the seconds before a step; None where that was logged, or its maps cost too much."""
    passes = getattr(getattr(view, "explainer", None), "passes", 0.0)
    if view.card == footage.card or passes > _DEAR_PASSES:
        return None
    times_s, history = footage.timeline.times_s, History()
    begin = int(np.searchsorted(times_s, times_s[number] - _RUN_IN_S))
    for _, step in played(footage, view, range(begin, number), Skips(footage)):
        history.add(step)
    return history


def _animated(flags: Namespace, footage: Footage, view: View, path: Path, part: range, *, skips: Skips) -> None:
    made = animation.Animation(path, flags.width or animation.WIDTH_PX, _limit(flags))
    with Progress("frame", len(part)) as progress:
        for step, picture in pictures(flags, footage, view, part, skips):
            made.write(picture, step.frame.time_s)
            progress.step()
    size = made.close()
    smaller = f", made smaller to fit: {'x'.join(map(str, made.size_px))}" if made.smaller else ""
    print(f"{len(made)} frames: {path} ({size / 1e6:.2f} MB{smaller})")


def _filmed(
    flags: Namespace, footage: Footage, view: View, path: Path, part: range, *, skips: Skips, stop: Stop
) -> None:
    count, begin_s = 0, float(footage.timeline.times_s[part[0]]) * _is_clip(flags)
    with whole_file(path) as partial:
        with stop.patiently(), ExitStack() as stack:
            writer: VideoWriter | None = None
            progress = stack.enter_context(Progress("frame", len(part)))
            for step, picture in pictures(flags, footage, view, part, skips):
                if writer is None:
                    (height, width), facts = picture.shape[:2], _facts(flags, footage, view, part)
                    writer = stack.enter_context(VideoWriter(partial, width, height, 1 / view.card.step_s, facts))
                writer.write(picture, step.frame.time_s - begin_s)
                count += 1
                progress.step()
                if stop.signal:
                    break
        if count == 0:
            raise RecordingError(f"{footage.path}: no picture of it can be read")
        fitted = _fitted(flags, partial)
    frames = f"stopped, {count} of {len(part)} frames" if stop.signal else f"{count} frames"
    print(f"{frames}: {path}" + (f" ({fitted})" if flags.max_mb is not None else ""))


def _fitted(flags: Namespace, path: Path) -> str:
    """Encode a video again if it is larger than --max-mb, and say how large it is; one that does not fit is removed."""
    before, limit = path.stat().st_size, _limit(flags)
    try:
        size = before if limit is None else shrink(path, limit)
    except BaseException:  # Ctrl-C as well: it is not what was asked for
        path.unlink(missing_ok=True)
        raise
    return f"{size / 1e6:.2f} MB" + (", encoded again to fit" if size != before else "")


def _limit(flags: Namespace) -> float | None:
    """Of a file [byte]."""
    return None if flags.max_mb is None else flags.max_mb * 1e6


def _is_clip(flags: Namespace) -> bool:
    return bool(flags.clip or flags.clip_events)


def _facts(flags: Namespace, footage: Footage, view: View, part: range) -> dict[str, str]:
    """What a video says of itself."""
    facts = {"run": json_of(view.card).decode(), **_origin(footage, part)}
    if len(part) < len(footage):
        facts["clip_of_s"] = f"{footage.timeline.times_s[part[0]]:.3f}"
    if not (flags.overlay or flags.hud or footage.drawn):
        facts[PICTURES] = PLAIN
    return facts


def _origin(footage: Footage, part: range) -> dict[str, str]:
    """Where a video is from, and the weather at its beginning."""
    return {"replay_of": printable(str(footage.path)), WEATHER: printable(weather_of(footage, part))}


def _copied(flags: Namespace, footage: Footage, view: View, path: Path, part: range) -> bool:
    """Whether the clip could be taken from a video as it is: nothing is to be drawn that is not in it."""
    drawn_otherwise = asks_for_network(flags) or flags.palette or flags.alpha is not None or flags.width
    source = _holding(flags, footage)
    if not _is_clip(flags) or drawn_otherwise or source is None or not source.is_file():
        return False
    if {path.suffix.lower(), source.suffix.lower()} != {".mp4"}:
        return False
    times_s = footage.timeline.times_s
    facts, (first, last) = _origin(footage, part), (float(times_s[part[0]]), float(times_s[part[-1]]))
    count, begin_s = copy_video(source, path, first, last, facts=facts)
    print(f"{count} frames copied from {begin_s:.2f} s on: {path} ({_fitted(flags, path)})")
    return True


def _holding(flags: Namespace, footage: Footage) -> Path | None:
    """The video that holds what is to be seen, if there may be one."""
    if isinstance(footage, LogFootage):
        return footage.path.with_name(VIDEO) if flags.overlay and flags.hud else None
    return footage.path if footage.drawn or not (flags.overlay or flags.hud) else None
