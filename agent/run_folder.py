"""The folder that a run is recorded into."""

from __future__ import annotations

import datetime
import re
import shutil
import tempfile
from pathlib import Path

from agent.errors import RecordingError

_LEAST_FREE_BYTES = 64 * 2**20
VIDEO, LOG, SUMMARY = "drive.mp4", "run.mcap", "summary.json"
WEATHER = "weather"
"""Name of the fact in a video which weather it was at its first picture."""


def make_run_folder(out: Path | None, map_name: str, model: str, *, within: Path = Path("runs")) -> Path:
    """Make the folder of a run: `out`, or `<UTC>-<map>-<model>/` in `within`.

    Raises:
        RecordingError: it cannot be made or written, holds a run already, or its disk is full.
    """
    folder = out or within / _name(map_name, model)
    try:
        if out is None:
            folder = _unused(folder)
        _refuse_a_run(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 4096)
        free_bytes = shutil.disk_usage(folder).free
    except OSError as error:
        raise RecordingError(f"cannot write into {folder}: {error.strerror}: choose another --out") from None
    if free_bytes < _LEAST_FREE_BYTES:
        raise RecordingError(
            f"only {free_bytes // 2**20} MiB are free for {folder}: free some space or choose another --out"
        )
    return folder


def _refuse_a_run(folder: Path) -> None:
    taken = [name for name in (VIDEO, LOG, SUMMARY) if (folder / name).exists()]
    if taken:
        raise RecordingError(f"{folder} holds a run already ({taken[0]}): choose another --out, nothing is overwritten")


def _name(map_name: str, model: str) -> str:
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    return re.sub(r"[^\w.-]+", "_", f"{now}-{Path(map_name).stem}-{Path(model).stem}")


def _unused(wanted: Path) -> Path:
    """The folder itself, or one of its name with the first free number after it."""
    folder, count = wanted, 1
    while folder.exists():
        count += 1
        folder = wanted.with_name(f"{wanted.name}-{count}")
    return folder
