"""Play a run again, as it was or as another network sees it: `python -m scripts.replay --help`."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from contextlib import closing
from functools import cache

from agent.footage import Footage, open_footage
from agent.replay import Skips
from agent.stopping import Stop
from scripts.door import open_door
from scripts.replay_check import check, check_places, check_start
from scripts.replay_flags import parse
from scripts.replay_names import only_told
from scripts.replay_views import asks_for_network, parts_of, view_of

_LOG = logging.getLogger(__name__)


def run(flags: Namespace, stop: Stop) -> None:
    """One replay: what the flags ask for, one after another."""
    check(flags)
    if flags.ray is not None:
        from scripts.replay_many import replay_many

        return replay_many(flags, stop)
    if flags.repair:
        from scripts.replay_repair import repair

        return repair(flags.source)
    check_places(flags)
    with closing(open_footage(flags.source, flags.fps)) as footage:
        check_start(flags, footage)
        skips = Skips(footage)
        try:
            _run(flags, footage, skips, stop)
        finally:
            for line in skips.lines():
                print(line, file=sys.stderr)


def _run(flags: Namespace, footage: Footage, skips: Skips, stop: Stop) -> None:
    from scripts import replay_compare, replay_export, replay_numbers, replay_render, replay_window

    parts = parts_of(flags, footage)
    view = cache(lambda: view_of(flags, footage))  # a network is loaded once, and only if it is needed
    if footage.drawn and asks_for_network(flags):
        _LOG.warning("%s: its pictures hold a HUD already: a run folder's log has the plain ones", footage.path)
    if flags.info:
        replay_numbers.print_info(footage, parts)
    if flags.verify:
        replay_numbers.print_verification(flags, footage, parts, skips)
    if flags.export:
        replay_export.export(flags, footage, parts, skips)
    if flags.compare:
        return replay_compare.compare(flags, footage, parts, skips=skips, stop=stop)
    if flags.csv or flags.json:
        replay_numbers.write_numbers(flags, footage, view(), parts, skips)
    if flags.sheet:
        replay_render.write_sheet(flags, footage, view(), parts, skips)
    part_of_it = flags.clip or flags.clip_events
    if not (flags.out or part_of_it or only_told(flags)) and replay_window.shown(flags):
        return replay_window.watch(flags, footage, stop)
    if flags.out or not only_told(flags):
        replay_render.render(flags, footage, view(), parts, skips=skips, stop=stop)
    return None


def main() -> None:
    """Parse, wire, run."""
    flags = parse(sys.argv[1:])
    open_door(lambda stop: run(flags, stop), verbose=flags.verbose)


if __name__ == "__main__":
    main()
