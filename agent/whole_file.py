"""A file that appears under its name when it is written, or never."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.errors import RecordingError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A hidden place beside a path to write to, of the same suffix; what is there in the end gets the path's name.

    Whatever interrupts the writing, nothing stays; but for kill -9, which leaves the hidden file to be written over.

    Raises:
        RecordingError: the disk failed.
    """
    partial = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written ({error.strerror})") from None
    except RecordingError as error:  # names the file it knows
        raise RecordingError(str(error).replace(str(partial), str(path))) from None
    finally:
        with suppress(OSError):  # no folder there: told already
            partial.unlink(missing_ok=True)
