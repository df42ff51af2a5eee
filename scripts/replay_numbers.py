"""Replays that end in numbers: --info, --csv, --json, --verify."""

from __future__ import annotations

import csv
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO

from agent.errors import RecordingError
from agent.footage import Footage
from agent.footage.about import about
from agent.footage.logged import LogFootage
from agent.footage.numbers import COLUMNS, logged_numbers, viewed_numbers
from agent.footage.words import in_words
from agent.replay import AsLogged, Skips, View
from agent.whole_file import whole_file
from scripts.replay_views import model_of


def print_info(footage: Footage, parts: Sequence[range]) -> None:
    """What the source is and whether it is whole."""
    print(in_words(about(footage, parts)))


def write_numbers(flags: Namespace, footage: Footage, view: View, parts: Sequence[range], skips: Skips) -> None:
    """--csv and --json."""
    numbers = list(chain(*parts))

    def rows() -> Iterator[dict[str, object]]:
        if isinstance(view, AsLogged) and isinstance(footage, LogFootage):
            return logged_numbers(footage, numbers, skips)
        return viewed_numbers(footage, view, numbers, skips)

    write_table(flags, COLUMNS, about(footage, parts), rows)


def write_table(
    flags: Namespace,
    columns: Sequence[str],
    facts: Mapping[str, object],
    rows: Callable[[], Iterable[Mapping[str, object]]],
) -> None:
    """Rows as CSV and, with facts, as JSON: where the flags ask for them."""
    if flags.csv:
        with _written(flags.csv) as file:
            table = csv.DictWriter(file, columns)
            table.writeheader()
            table.writerows(rows())
    if flags.json:
        with _written(flags.json) as file:
            file.write('{"about": ' + json.dumps(facts) + ',\n"steps": [')
            for count, row in enumerate(rows()):
                file.write((",\n" if count else "\n") + json.dumps(row))
            file.write("\n]}\n")


def print_verification(flags: Namespace, footage: Footage, parts: Sequence[range], skips: Skips) -> None:
    """--verify.

    Raises:
        RecordingError: there is nothing logged to compare with, or the log does not hold.
    """
    if not isinstance(footage, LogFootage):
        raise RecordingError(f"{footage.path}: not a log, there is no prediction in it to verify")
    from agent.provenance import provenance
    from agent.verify import MAP_TOLERANCE, TOLERANCE, verify, what_changed

    model = model_of(flags, footage)
    found = verify(footage, model, skips, chain(*parts))
    print("\n".join(found.lines()))
    if found.broken:
        print(f"more than {TOLERANCE:g} of the steering, {MAP_TOLERANCE:g} of maps and peaks. What changed:")
        for line in what_changed(footage, model, provenance(model)):
            print(f"  {line}")
        wrong = " and ".join(found.broken)
        raise RecordingError(f"{footage.path}: its predictions are not those of '{model.name}' here and now ({wrong})")


@contextmanager
def _written(path: Path) -> Iterator[IO[str]]:
    if str(path) == "-":
        yield sys.stdout
        return
    with whole_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        yield file
    print(f"{path}", file=sys.stderr)
