"""Camera image <-> network input, both directions; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import cv2
import numpy as np

from agent.errors import ConfigError
from agent.types import Frame, Placement, UInt8, read_only

ColorOrder = Literal["RGB", "BGR", "YUV", "HSV", "GRAY"]
_CONVERSION: dict[ColorOrder, int | None] = {
    "RGB": None,
    "BGR": cv2.COLOR_RGB2BGR,
    "YUV": cv2.COLOR_RGB2YUV,
    "HSV": cv2.COLOR_RGB2HSV,  # hue 0..179, as OpenCV counts it
    "GRAY": cv2.COLOR_RGB2GRAY,
}


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a camera image becomes a network input: a band of full width is cut out, reduced and recoloured.

    The band is measured from the optical centre in image widths: with the camera's horizontal field of view fixed, the
    network then sees the same solid angle whatever the size or aspect ratio of the picture.

    Attributes:
        height_px, width_px: size of the network input.
        top_widths, bottom_widths: edges of the band below the optical centre (negative above), in image widths.
        color: channel order and space that the network was trained on; GRAY is the same grey in all three channels.
    """

    height_px: int = 66
    width_px: int = 200
    top_widths: float = -0.11
    bottom_widths: float = 0.22
    color: ColorOrder = "RGB"

    def placement(self, image_height_px: int, image_width_px: int) -> Placement:
        """Rectangle of the camera image that the network sees.

        Raises:
            ConfigError: the picture is too flat to hold the band.
        """
        top = round(image_height_px / 2 + self.top_widths * image_width_px)
        height = round((self.bottom_widths - self.top_widths) * image_width_px)
        if top < 0 or height < 1 or top + height > image_height_px:
            tallest = 2 * max(-self.top_widths, self.bottom_widths)
            raise ConfigError(
                f"a picture of {image_width_px}x{image_height_px} is too flat for the network's view: "
                f"give --res a height of at least {tallest:.2f} x its width"
            )
        return Placement(top_px=top, left_px=0, height_px=height, width_px=image_width_px)

    def network_input(self, image: UInt8) -> UInt8:
        """Cut, reduce and recolour.

        Args:
            image: RGB uint8 (H, W, 3).

        Returns:
            uint8 (height_px, width_px, 3) in `color`, contiguous, read-only.
        """
        place = self.placement(image.shape[0], image.shape[1])
        small = reduced(image, place, self.height_px, self.width_px)
        conversion = _CONVERSION[self.color]
        made = cast(UInt8, small if conversion is None else cv2.cvtColor(small, conversion))
        if self.color == "GRAY":
            made = cast(UInt8, cv2.merge((made, made, made)))
        read_only(made)
        return made


def reduced(image: UInt8, place: Placement, height_px: int, width_px: int) -> UInt8:
    """A part of a picture at another size: halved by area as often as it goes, the rest by interpolation.

    Halving is what OpenCV does fast: 0.3 ms from 1280 x 422 to 200 x 66, where one reduction by area takes 2 ms.
    """
    rows, columns = place.height_px, place.width_px
    halvings = 0
    while min(rows / height_px, columns / width_px) >= 2 << halvings and columns % (2 << halvings) == 0:
        halvings += 1
    step = 1 << halvings
    top, bottom = place.top_px // step * step, -(-(place.top_px + rows) // step) * step
    band = image[top:bottom, place.left_px : place.left_px + columns]
    if halvings == 0 or bottom > image.shape[0]:
        band = image[place.top_px : place.top_px + rows, place.left_px : place.left_px + columns]
        return cast(UInt8, cv2.resize(band, (width_px, height_px), interpolation=cv2.INTER_AREA))
    for _ in range(halvings):
        band = cast(UInt8, cv2.resize(band, (band.shape[1] // 2, band.shape[0] // 2), interpolation=cv2.INTER_AREA))
    across, down = columns / step / width_px, rows / step / height_px
    if (across, down, top) == (1.0, 1.0, place.top_px):
        return band
    aside = np.array(  # pixel centres meet: (u + 1/2) x scale = x + 1/2
        [[across, 0.0, (across - 1.0) / 2], [0.0, down, (down - 1.0) / 2 + (place.top_px - top) / step]], np.float32
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cast(UInt8, cv2.warpAffine(band, aside, (width_px, height_px), flags=flags, borderMode=cv2.BORDER_REPLICATE))


class Preprocessor:
    """The conversion with a memory of one frame: driver, explainer and log ask for the same one.

    Safe to share between threads: the memory is one tuple, replaced as a whole.
    """

    def __init__(self, preprocessing: Preprocessing) -> None:
        self.preprocessing = preprocessing
        self._newest: tuple[Frame, UInt8] | None = None

    def __call__(self, frame: Frame) -> UInt8:
        """Network input of a frame: see `Preprocessing.network_input`."""
        newest = self._newest
        if newest is not None and newest[0] is frame:
            return newest[1]
        made = self.preprocessing.network_input(frame.image)
        self._newest = (frame, made)
        return made

    def placement(self, frame: Frame) -> Placement:
        """Rectangle of the frame's image that the network sees."""
        return self.preprocessing.placement(frame.image.shape[0], frame.image.shape[1])


_BACK: dict[ColorOrder, int | None] = {
    "RGB": None,
    "BGR": cv2.COLOR_BGR2RGB,
    "YUV": cv2.COLOR_YUV2RGB,
    "HSV": cv2.COLOR_HSV2RGB,
    "GRAY": None,
}


def as_rgb(network_input: UInt8, color: ColorOrder) -> UInt8:
    """A network input for people: RGB uint8 (h, w, 3)."""
    conversion = _BACK[color]
    return network_input if conversion is None else cast(UInt8, cv2.cvtColor(network_input, conversion))
