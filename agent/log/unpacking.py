"""A JPEG or a PNG of a stranger -> a picture; its size is looked at before it is unpacked, and damage is refused."""

from __future__ import annotations

import cv2
import numpy as np
import simplejpeg

from agent.log.picture_size import is_jpeg, picture_size
from agent.types import Picture, read_only

MAX_PIXELS = 2**26
"""Of a stranger's picture: 200 MB once unpacked."""
MIN_SIDE_PX = 16
"""There is nothing to see, or to draw a HUD on, in a smaller picture."""

_AS_IT_IS = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION


def unpacked(content: bytes) -> Picture:
    """RGB uint8 (H, W, 3), read-only.

    OpenCV paints over what is missing in a JPEG, and says so to nobody but the terminal. simplejpeg unpacks to the same
    bits and refuses it: all JPEGs that are cut off, nine in ten that are overwritten, one in eight with a changed bit.

    Raises:
        ValueError: neither, damaged, too large or too small.
    """
    height, width = picture_size(content)
    if height * width > MAX_PIXELS or min(height, width) < MIN_SIDE_PX:
        raise ValueError(f"a picture of {width}x{height}, wanted {MIN_SIDE_PX} px a side to {MAX_PIXELS} in all")
    picture: Picture | None
    if is_jpeg(content):
        try:
            picture = simplejpeg.decode_jpeg(content, "RGB")
        except ValueError as error:
            raise ValueError(f"a damaged JPEG: {error}") from None
    else:
        try:
            picture = cv2.imdecode(np.frombuffer(content, np.uint8), _AS_IT_IS)
        except cv2.error as error:
            raise ValueError("a picture that OpenCV refuses") from error
    if picture is None or picture.shape != (height, width, 3):
        raise ValueError("a damaged picture")
    read_only(picture)
    return picture
