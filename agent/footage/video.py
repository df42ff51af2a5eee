"""A video file as footage: H.264, VP9 and whatever else FFmpeg reads; the only file here that knows PyAV."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av

from agent.errors import RecordingError
from agent.footage.footage import Pictures
from agent.log.images import MAX_PIXELS, MIN_SIDE_PX
from agent.log.records import noun_of
from agent.log.timeline import LONGEST_S
from agent.types import Picture, RunCard, read_only

SUFFIXES = (".mp4", ".webm", ".avi", ".mkv", ".mov", ".m4v")
_SHORTEST_S = 1e-3


class VideoFootage(Pictures):
    """See `agent.footage.Footage`. Pictures are found by their time stamps; playing on decodes each of them once.

    Attributes:
        facts: what the file says of itself, by name.
    """

    def __init__(self, path: Path) -> None:
        """
        Args:
            path: of the file.

        Raises:
            RecordingError: not a video, or one without pictures.
        """
        try:
            self._container = av.open(str(path))
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise RecordingError(f"{path}: cannot be read as a video ({reason})") from None
        try:
            self._stream = _stream(self._container, path)
            self._stamps = _stamps(self._container, self._stream)
            if not self._stamps:
                raise RecordingError(f"{path}: a video without a picture")
            base = float(self._stream.time_base)
            first = min(0.0, self._stamps[0] * base)
            self._next = len(self._stamps)
            self._frames: Iterator[Any] = iter(())
            self._newest: tuple[int, Picture] | None = None
            super().__init__(path, [stamp * base - first for stamp in self._stamps], None, "no model")
        except BaseException:
            self._container.close()
            raise
        self.facts = {str(name): str(value) for name, value in self._container.metadata.items()}
        with suppress(ValueError, KeyError):
            self.card = noun_of(RunCard, self.facts["run"])

    def picture(self, number: int) -> Picture:
        """See `Pictures.picture`."""
        if self._newest is not None and self._newest[0] == number:
            return self._newest[1]
        try:
            frame = self._decoded(number)
        except av.FFmpegError as error:
            self._next = len(self._stamps)
            raise RecordingError(f"{self.path}: damaged at picture {number} ({error.strerror})") from None
        picture: Picture = frame.to_ndarray(format="rgb24")
        read_only(picture)
        self._newest = (number, picture)
        return picture

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def _decoded(self, number: int) -> Any:
        """The frame shown at a picture's time: by decoding on, or from the key frame before it."""
        wanted = self._stamps[number]
        if not self._next <= number < self._next + 24:
            self._container.seek(wanted, stream=self._stream, backward=True)
            self._frames = self._container.decode(self._stream)
        for frame in self._frames:
            if frame.pts is not None and frame.pts >= wanted:
                self._next = bisect_right(self._stamps, frame.pts)
                if frame.pts == wanted:
                    return frame
                break
        self._next = len(self._stamps)
        raise RecordingError(f"{self.path}: damaged at picture {number}")


def _stream(container: Any, path: Path) -> Any:
    if not container.streams.video:
        raise RecordingError(f"{path}: has no pictures, wanted a video")
    stream = container.streams.video[0]
    if stream.codec_context is None:  # a track named in an index that is cut off
        raise RecordingError(f"{path}: its index is cut off, nothing in it can be read")
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MAX_PIXELS or min(width, height) < MIN_SIDE_PX:
        raise RecordingError(f"{path}: pictures of {width}x{height}, wanted {MIN_SIDE_PX} px a side to {MAX_PIXELS}")
    stream.thread_type = "AUTO"
    return stream


def _stamps(container: Any, stream: Any) -> list[int]:
    """Time stamps of the pictures in order, without decoding them; up to where a cut file ends."""
    found = set()
    with suppress(av.FFmpegError):
        for packet in container.demux(stream):
            if packet.pts is not None and not packet.is_corrupt and packet.size:
                found.add(packet.pts)
    base, kept = float(stream.time_base), list[int]()
    for stamp in sorted(found):
        if abs(stamp * base) < LONGEST_S and (not kept or (stamp - kept[-1]) * base >= _SHORTEST_S):
            kept.append(stamp)
    return kept
