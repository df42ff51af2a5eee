"""Pictures -> a GIF or an animated PNG, small enough for a README."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from agent.errors import RecordingError
from agent.types import Picture
from agent.whole_file import whole_file
from viz.fit import letterbox

SUFFIXES = (".gif", ".png")
FPS = 10.0
"""GIFs count in hundredths of a second, and players slow the fast ones down."""
WIDTH_PX = 480
_MAX_BYTES = 2**30
_SMALLER = 0.8
_NARROWEST_PX = 96


class Animation:
    """Gathers pictures, thinned out to `FPS`, and writes them at the end: their palette takes all of them.

    Args:
        path: of the file, .gif or .png.
        width_px: of its pictures.
        max_bytes: of the file: pictures get smaller until it fits; None for no limit.

    Attributes:
        smaller: whether they had to.
    """

    def __init__(self, path: Path, width_px: int, max_bytes: float | None = None) -> None:
        self._path, self._width_px, self._max_bytes = path, width_px // 2 * 2, max_bytes
        self._pictures: list[Picture] = []
        self._first_s = 0.0
        self._bytes = 0
        self.smaller = False

    def __len__(self) -> int:
        """Number of pictures in the file."""
        return len(self._pictures)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of its pictures, of which there is one."""
        height, width = self._pictures[0].shape[:2]
        return width, height

    def write(self, picture: Picture, time_s: float) -> None:
        """Take in a picture, if its time has come.

        Raises:
            RecordingError: too many to keep.
        """
        if not self._pictures:
            self._first_s = time_s
        if (time_s - self._first_s) * FPS < len(self._pictures) - 1e-6:
            return
        height_px = max(2, round(self._width_px * picture.shape[0] / picture.shape[1]) // 2 * 2)
        small = letterbox(picture, (self._width_px, height_px))
        self._bytes += small.nbytes
        if self._bytes > _MAX_BYTES:
            raise RecordingError(f"{self._path}: too long for an animation: give a --clip, or a smaller --width")
        self._pictures.append(small if small is not picture else picture.copy())

    def close(self) -> int:
        """Write the file; its size [byte].

        Raises:
            RecordingError: it cannot be written, or not within the limit.
        """
        if not self._pictures:
            raise RecordingError(f"{self._path}: no picture to write")
        while True:
            content = self._encoded()
            if self._max_bytes is None or len(content) <= self._max_bytes:
                break
            self._shrink(len(content))
        with whole_file(self._path) as partial:
            partial.write_bytes(content)
        return len(content)

    def _encoded(self) -> bytes:
        return _gif(self._pictures) if self._path.suffix.lower() == ".gif" else _apng(self._pictures)

    def _shrink(self, size: int) -> None:
        height, width = self._pictures[0].shape[:2]
        factor = min(_SMALLER, float(np.sqrt((self._max_bytes or size) / size)))
        if width * factor < _NARROWEST_PX:
            limit = (self._max_bytes or 0) / 1e6
            raise RecordingError(f"{self._path}: does not fit into {limit:g} MB: give a shorter --clip")
        self.smaller = True
        smaller = (round(width * factor) // 2 * 2, max(2, round(height * factor) // 2 * 2))
        self._pictures = [cv2.resize(each, smaller, interpolation=cv2.INTER_AREA) for each in self._pictures]


def _apng(pictures: Sequence[Picture]) -> bytes:
    animation = cv2.Animation()
    animation.frames = [cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) for picture in pictures]
    animation.durations = [round(1000 / FPS)] * len(pictures)
    # 4: an eighth of the time that 9 takes, 6 % more bytes
    done, content = cv2.imencodeanimation(".png", animation, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    if not done:
        raise RecordingError("the animated PNG could not be encoded")
    encoded: bytes = content.tobytes()
    return encoded


def _gif(pictures: Sequence[Picture]) -> bytes:
    """With one palette for all pictures, chosen for what moves, and an ordered dither: it does not flicker."""
    height, width = pictures[0].shape[:2]
    graph, rate = av.filter.Graph(), Fraction(FPS).limit_denominator(100)
    source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=1 / rate)
    split = graph.add("split")
    palette, use = graph.add("palettegen", "stats_mode=diff"), graph.add("paletteuse", "dither=bayer:bayer_scale=4")
    sink: Any = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number, 1 / rate
        graph.push(frame)
    graph.push(None)
    return _muxed_gif(graph, width, height, rate)


def _muxed_gif(graph: Any, width: int, height: int, rate: Fraction) -> bytes:
    import io

    content = io.BytesIO()
    with av.open(content, "w", format="gif") as container:
        stream = container.add_stream("gif", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        while True:
            try:
                frame = graph.pull()
            except (av.EOFError, av.BlockingIOError):
                break
            frame.pts = None
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return content.getvalue()
