"""Folders a training run writes into: tried before the hours, and errors told in a line."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from agent.backend import tf
from agent.errors import ConfigError, RecordingError

T = TypeVar("T")


def make_writable(folder: Path, flag: str) -> None:
    """Make a folder and try whether a file can be written there.

    Args:
        folder: with the ones above it.
        flag: that chooses it, e.g. "--out".

    Raises:
        ConfigError: it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"tried")
    except OSError as error:
        raise ConfigError(f"cannot write into {folder}: {error.strerror}: choose another {flag}") from None


@contextlib.contextmanager
def writing(folder: Path, flag: str) -> Iterator[None]:
    """Turn what Python, HDF5 and TensorFlow raise for a full disk into one line.

    Raises:
        RecordingError: something within could not be written.
    """
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        raise RecordingError(
            f"cannot write into {folder}: {_reason(error)}: free some space or choose another {flag}"
        ) from None


def readable(examples: Iterable[T], folder: Path | str) -> Iterator[T]:
    """What a tf.data.Dataset gives, with its errors in one line.

    Raises:
        ConfigError: a shard is damaged, or its pictures are not what dataset.json says.
    """
    source = iter(examples)
    while True:
        try:
            example = next(source, None)
        except tf.errors.OpError as error:
            raise ConfigError(f"the dataset in {folder} cannot be read: {_reason(error)}: record it again") from None
        if example is None:
            return
        yield example


def _reason(error: Exception) -> str:
    """In one line, without where in TensorFlow's graph the error was met."""
    words = (error.strerror if isinstance(error, OSError) else None) or str(error)
    bare = re.sub(r"{{.*?}}|\[Op:.*|\[\[.*", "", words, flags=re.DOTALL).split()
    return " ".join(bare)[-200:] or type(error).__name__
