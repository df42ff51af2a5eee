"""A path -> the footage behind it."""

from __future__ import annotations

from pathlib import Path

from agent.errors import RecordingError
from agent.footage.footage import Footage
from agent.footage.images import image_folder
from agent.footage.logged import LogFootage
from agent.footage.tub import is_tub, tub
from agent.footage.video import SUFFIXES, VideoFootage
from agent.log.summary import MAGIC
from agent.run_folder import LOG, VIDEO

_WANTED = f"a run folder, a .mcap, a video ({', '.join(SUFFIXES)}), a folder of images or a tub"


def open_footage(source: Path, fps: float = 20.0) -> Footage:
    """Open whatever can be replayed.

    Args:
        source: a run folder, a log, a video, a folder of images, a tub.
        fps: of images that do not say when they were taken.

    Raises:
        RecordingError: no such thing, or nothing in it that can be replayed.
    """
    check_source(source)
    try:
        if not source.is_dir():
            return VideoFootage(source) if source.suffix.lower() in SUFFIXES else LogFootage(_log(source))
        if (source / LOG).is_file():
            return LogFootage(source / LOG)
        if (source / VIDEO).is_file():
            return VideoFootage(source / VIDEO)
        return tub(source) if is_tub(source) else image_folder(source, fps)
    except OSError as error:
        raise RecordingError(f"{source}: cannot be read ({error.strerror})") from None


def check_source(source: Path) -> None:
    """Only files and folders can be read: a pipe may never say a word, and opening it waits for one.

    Raises:
        RecordingError: something else is there.
    """
    if source.exists() and not (source.is_file() or source.is_dir()):
        raise RecordingError(f"{source}: neither a file nor a folder: wanted {_WANTED}")


def _log(source: Path) -> Path:
    """The path, if it may be of a log: by its name or by how it begins; where nothing is, the log says so."""
    if source.suffix.lower() == ".mcap" or not source.exists():
        return source
    with source.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            return source
    raise RecordingError(f"{source}: no log of a run and no video: wanted {_WANTED}")
