"""Replays that mend: --repair."""

from __future__ import annotations

from pathlib import Path

from agent.errors import RecordingError, UserError
from agent.footage.opening import check_source
from agent.footage.video import SUFFIXES
from agent.log.repair import repair_log
from agent.run_folder import LOG, VIDEO
from viz.clip import mend_video


def repair(source: Path) -> None:
    """Mend the log and the video of a run folder, or one file, into new files beside them.

    Raises:
        RecordingError: nothing there, nothing in it can be saved, or the new file is there already.
    """
    check_source(source)
    files = [source / name for name in (LOG, VIDEO) if (source / name).is_file()] if source.is_dir() else [source]
    if not files:
        raise RecordingError(f"{source}: neither a {LOG} nor a {VIDEO} in it: nothing to repair")
    failures: list[UserError] = []
    for file in files:
        try:
            _repair(file, file.with_name(f"{file.stem}.repaired{file.suffix}"))
        except RecordingError as error:  # the other file may be saved all the same
            failures.append(error)
    if failures:
        raise failures[0] if len(failures) == 1 else RecordingError("; ".join(map(str, failures)))


def _repair(file: Path, target: Path) -> None:
    if target.exists():
        raise RecordingError(f"{target} is there already: remove it to repair once more, nothing is overwritten")
    if file.suffix.lower() in SUFFIXES:
        count, left_out = mend_video(file, target)
        damaged = f" (left out: {left_out} that cannot be decoded, or build on such)" if left_out else ""
        print(f"{count} pictures: {target}{damaged}")
        return
    count, lost = repair_log(file, target)
    print(f"{count} steps: {target}" + (f" (left out: {', '.join(lost)})" if lost else ""))
