"""An image file of a stranger -> a picture; its size is looked at before it is unpacked."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from agent.errors import RecordingError
from agent.log.images import MAX_PIXELS, MIN_SIDE_PX
from agent.log.jpeg_damage import check_jpeg
from agent.log.picture_size import picture_size
from agent.types import Picture, read_only

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
        content = path.read_bytes()
        height, width = picture_size(content)
        if height * width > MAX_PIXELS or min(height, width) < MIN_SIDE_PX:
            raise ValueError(f"{width}x{height}, wanted {MIN_SIDE_PX} px a side to {MAX_PIXELS} in all")
        check_jpeg(content)
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        picture: Picture | None = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
        if picture is None or picture.shape != (height, width, 3):
            raise ValueError("damaged")
    except (OSError, ValueError, cv2.error) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise RecordingError(f"{path}: cannot be read as an image ({reason})") from None
    read_only(picture)
    return picture
