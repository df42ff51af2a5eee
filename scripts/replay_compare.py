"""Replays that compare two networks on the same frames: --compare."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from agent.comparison import COLUMNS, Comparison
from agent.errors import RecordingError
from agent.footage import Footage
from agent.footage.about import about
from agent.footage.footage import printable, weather_of
from agent.log.records import json_of
from agent.replay import Skips, View, played
from agent.run_folder import WEATHER
from agent.stopping import Stop
from agent.types import Picture, Step
from agent.whole_file import whole_file
from scripts.replay_names import COMPARISON
from scripts.replay_numbers import write_table
from scripts.replay_views import beside, hud_of, model_of, new_file, recomputed
from viz.contact_sheet import Cell, png, sheet
from viz.hud import Hud
from viz.progress import Progress
from viz.side_by_side import Duel
from viz.video import VideoWriter


def compare(flags: Namespace, footage: Footage, parts: Sequence[range], *, skips: Skips, stop: Stop) -> None:
    """Both overlays side by side as a video, numbers on the screen, the worst moments on a sheet.

    Raises:
        UserError: a model, or a file that is there already.
    """
    out = new_file(flags.out or beside(footage, COMPARISON), "--out")
    page = new_file(flags.sheet or out.with_suffix(".png"), "--sheet")
    a = recomputed(flags, footage, model_of(flags, footage))
    other = Namespace(**{**vars(flags), "model": flags.compare, "card": flags.compare_card})
    b = recomputed(other, footage, model_of(other, footage))
    result = Comparison(flags.worst)
    duel = Duel(footage.size_px, (a.card, b.card), (hud_of(flags, footage, a.card), hud_of(flags, footage, b.card)))
    numbers = list(chain(*parts))
    with whole_file(out) as partial:
        _film(footage, (a, b), numbers, result=result, duel=duel, out=partial, skips=skips, stop=stop)
        _sheet(flags, footage, (a, b), result, page)
    networks = [{"model": view.card.model, "model_sha256": view.card.model_sha256} for view in (a, b)]
    write_table(flags, COLUMNS, {**about(footage, parts), "networks": networks}, result.rows)
    where = sys.stderr if Path("-") in (flags.csv, flags.json) else sys.stdout
    print(f"A {a.card.model} {a.card.model_sha256[:12]}, B {b.card.model} {b.card.model_sha256[:12]}", file=where)
    frames = f"stopped, {len(result.found)} of {len(numbers)} frames" if stop.signal else f"{len(result.found)} frames"
    print(f"{frames}: {result.words()}\n{out}\n{page}", file=where)


def _film(
    footage: Footage,
    views: tuple[View, View],
    numbers: list[int],
    *,
    result: Comparison,
    duel: Duel,
    out: Path,
    skips: Skips,
    stop: Stop,
) -> None:
    a, b = views
    facts = {"run": json_of(a.card).decode(), "compared_with": json_of(b.card).decode()}
    facts[WEATHER] = printable(weather_of(footage, numbers))
    with stop.patiently(), ExitStack() as stack:
        video = stack.enter_context(VideoWriter(out, *duel.size_px, 1 / a.card.step_s, facts))
        progress = stack.enter_context(Progress("frame", len(numbers)))
        for logged, step in played(footage, a, numbers, skips):
            number = footage.timeline.at(logged.step.frame.time_s + 1e-9)
            [seen] = b([number], [logged])
            found = result.add(number, step, seen)
            video.write(duel.draw((step, seen), found, result.trace), step.frame.time_s)
            progress.step()
            if stop.signal:
                break
    if not result.found:
        raise RecordingError(f"{footage.path}: no picture of it can be read")


def _sheet(flags: Namespace, footage: Footage, views: tuple[View, View], result: Comparison, page: Path) -> None:
    cells = []
    for found in result.worst():
        logged = footage.step(found.number)
        pair = [view([found.number], [logged])[0] for view in views]
        huds = [hud_of(flags, footage, view.card) for view in views]
        cells.append(
            Cell(
                _pair(huds, pair),
                f"{found.time_s:.2f} s   A {found.a:+.3f}   B {found.b:+.3f}",
                f"differs by {found.apart:.3f}   maps {found.rank_correlation:+.2f}",
            )
        )
    a, b = (view.card for view in views)
    title = f"Greatest disagreement: A {a.model} (left), B {b.model} (right)"
    with whole_file(page) as partial:
        partial.write_bytes(png(sheet(cells, title, result.words(), columns=2, cell_px=840)))


def _pair(huds: list[Hud], steps: list[Step]) -> Picture:
    """Both pictures, without gauges, side by side."""
    from viz.side_by_side import beside

    for hud in huds:
        hud.visible = False
    return beside([hud.draw(step) for hud, step in zip(huds, steps, strict=True)])
