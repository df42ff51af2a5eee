"""Replays that end in numbers: --info, --csv, --json, --verify."""

from __future__ import annotations

import csv
import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from agent.errors import RecordingError
from agent.footage import Footage
from agent.footage.about import about
from agent.footage.logged import LogFootage
from agent.footage.numbers import COLUMNS, logged_numbers, viewed_numbers
from agent.footage.words import in_words
from agent.replay import AsLogged, Skips, View
from scripts.replay_views import model_of, new_file, parts_of


def print_info(footage: Footage) -> None:
    """What the source is and whether it is whole."""
    print(in_words(about(footage)))


def write_numbers(flags: Namespace, footage: Footage, view: View, skips: Skips) -> None:
    """--csv and --json."""
    numbers = [number for part in parts_of(flags, footage) for number in part]

    def rows() -> Iterator[dict[str, object]]:
        if isinstance(view, AsLogged) and isinstance(footage, LogFootage):
            return logged_numbers(footage, numbers, skips)
        return viewed_numbers(footage, view, numbers, skips)

    if flags.csv:
        with _written(flags.csv, "--csv") as file:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows(rows())
    if flags.json:
        with _written(flags.json, "--json") as file:
            file.write('{"about": ' + json.dumps(about(footage)) + ',\n"steps": [')
            for count, row in enumerate(rows()):
                file.write((",\n" if count else "\n") + json.dumps(row))
            file.write("\n]}\n")


def print_verification(flags: Namespace, footage: Footage, skips: Skips) -> None:
    """--verify.

    Raises:
        RecordingError: there is nothing logged to compare with, or the log does not hold.
    """
    if not isinstance(footage, LogFootage):
        raise RecordingError(f"{footage.path}: not a log, there is no prediction in it to verify")
    from agent.provenance import provenance
    from agent.verify import TOLERANCE, verify, what_changed

    model = model_of(flags, footage)
    found = verify(footage, model, skips)
    print(
        f"{found.steps} predictions recomputed: largest difference of the steering {found.steer:.3g}"
        + (f" (at {found.steer_at_s:.3f} s)" if found.steer else "")
        + f"; {found.maps} maps: largest difference {found.map:.3g}, of their peaks {found.peak:.3g}"
    )
    if not found.holds:
        print(f"more than {TOLERANCE:g}. What changed:")
        for line in what_changed(footage, model, provenance(model)):
            print(f"  {line}")
        raise RecordingError(f"{footage.path}: its predictions are not those of '{model.name}' here and now")


@contextmanager
def _written(path: Path, flag: str) -> Iterator[IO[str]]:
    if str(path) == "-":
        yield sys.stdout
        return
    partial = new_file(path, flag).with_name(path.name + ".part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise RecordingError(f"{path}: cannot be written ({error.strerror}): choose another {flag}") from None
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    print(f"{path}", file=sys.stderr)
