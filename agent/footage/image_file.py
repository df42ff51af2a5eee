"""An image file of a stranger -> a picture."""

from __future__ import annotations

from pathlib import Path

from agent.errors import RecordingError
from agent.log.unpacking import unpacked
from agent.types import Picture

SUFFIXES = (".jpg", ".jpeg", ".png")
_MAX_BYTES = 2**26


def read_image(path: Path) -> Picture:
    """RGB uint8 (H, W, 3), read-only.

    Raises:
        RecordingError: no such file, no JPEG or PNG, damaged, too large or too small.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise ValueError("no file")
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError(f"more than {_MAX_BYTES} bytes")
        return unpacked(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise RecordingError(f"{path}: cannot be read as an image ({reason})") from None
