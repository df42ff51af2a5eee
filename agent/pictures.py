"""Pictures from files as network inputs: fitted as the camera's would be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from agent.errors import ConfigError
from agent.preprocess import Preprocessing
from agent.types import Picture, UInt8

LARGEST_BYTES = 64 << 20
LARGEST_PX = 64_000_000
FAST_PNG = [
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY),
]
"""For `cv2.imencode`: 0.75 to 0.9 of its usual time, 3 % larger; what packs better takes longer than a frame."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".ppm")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture as a network gets it.

    Attributes:
        name: of its file or frame.
        picture: as it was, RGB uint8 (H, W, 3).
        network_input: uint8 (h, w, 3).
        how: what was done to it, for people.
    """

    name: str
    picture: Picture
    network_input: UInt8
    how: str


def read_picture(path: Path) -> Picture:
    """A picture file as RGB uint8 (H, W, 3).

    Raises:
        ConfigError: no such file, no picture, or too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot open the image {path}: {error.strerror}") from None
    if len(content) > LARGEST_BYTES:
        raise ConfigError(f"{path} is larger than {LARGEST_BYTES >> 20} MiB: give a smaller image")
    try:
        found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    except cv2.error:
        found = None
    if found is None:
        raise ConfigError(f"{path} is not an image: wanted PNG, JPEG, BMP, WebP or PPM")
    if found.shape[0] * found.shape[1] > LARGEST_PX or min(found.shape[:2]) < 8:
        raise ConfigError(f"{path} is {found.shape[1]}x{found.shape[0]}: wanted an image of 8x8 to 64 megapixels")
    rgb: Picture = cv2.cvtColor(found, cv2.COLOR_BGR2RGB)
    return rgb


def fitted(name: str, picture: Picture, preprocessing: Preprocessing) -> Fitted:
    """Cut, reduce and recolour a picture of any size.

    One of the network's own size is taken whole; others lose what the camera's would lose; one too flat for the band
    is taken whole, too.
    """
    height, width = picture.shape[:2]
    size = f"{preprocessing.width_px}x{preprocessing.height_px}"
    whole = replace(preprocessing, top_widths=-height / (2 * width), bottom_widths=height / (2 * width))
    if (height, width) == (preprocessing.height_px, preprocessing.width_px):
        return Fitted(name, picture, whole.network_input(picture), "as the network gets it")
    try:
        place = preprocessing.placement(height, width)
    except ConfigError:
        how = f"{width}x{height}, too flat for the camera's band: whole, resized to {size}"
        return Fitted(name, picture, whole.network_input(picture), how)
    bottom = place.top_px + place.height_px
    how = f"{width}x{height}: rows {place.top_px} to {bottom}, as the camera's would be, resized to {size}"
    return Fitted(name, picture, preprocessing.network_input(picture), how)
