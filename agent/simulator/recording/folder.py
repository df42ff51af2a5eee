"""Where recordings are kept: a name is a file in one folder, never a path."""

from __future__ import annotations

import os
import re
from pathlib import Path

from agent.simulator.recording.packets import RecordingError

MAX_FOLDER_BYTES = 4 * 1024 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,126}")


def cache_folder() -> Path:
    """Ours in the user's cache, wherever that is."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "driving-saliency-monitor"


def default_folder() -> Path:
    """Of recordings."""
    return cache_folder() / "recordings"


def recording_path(folder: Path, name: str) -> Path:
    """The file of a recording's name.

    Raises:
        RecordingError: not a plain file name.
    """
    if not _NAME.fullmatch(name) or name.endswith((" ", ".")):
        raise RecordingError(
            f"got {name!r:.80} as the name of a recording, wanted letters, digits, '_', '-', '.' and no folder: "
            f"recordings are kept in {folder}"
        )
    return folder / name


def make_room(folder: Path) -> None:
    """Make the folder, and see that it is not full.

    Raises:
        RecordingError: the recordings take too much room already.
        OSError: the folder cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken = sum(entry.stat().st_size for entry in folder.iterdir() if entry.is_file() and not entry.is_symlink())
    if taken > MAX_FOLDER_BYTES:
        raise RecordingError(f"the recordings in {folder} take {taken >> 20} MB: remove some of them first")
