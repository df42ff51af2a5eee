"""A path -> the footage behind it."""

from __future__ import annotations

from pathlib import Path

from agent.errors import RecordingError
from agent.footage.footage import Footage
from agent.footage.images import image_folder
from agent.footage.logged import LogFootage
from agent.footage.tub import is_tub, tub
from agent.footage.video import SUFFIXES, VideoFootage
from agent.run_folder import LOG, VIDEO


def open_footage(source: Path, fps: float = 20.0) -> Footage:
    """Open whatever can be replayed.

    Args:
        source: a run folder, a log, a video, a folder of images, a tub.
        fps: of images that do not say when they were taken.

    Raises:
        RecordingError: no such thing, or nothing in it that can be replayed.
    """
    try:
        if not source.is_dir():
            return VideoFootage(source) if source.suffix.lower() in SUFFIXES else LogFootage(source)
        if (source / LOG).is_file():
            return LogFootage(source / LOG)
        if (source / VIDEO).is_file():
            return VideoFootage(source / VIDEO)
        return tub(source) if is_tub(source) else image_folder(source, fps)
    except OSError as error:
        raise RecordingError(f"{source}: cannot be read ({error.strerror})") from None
