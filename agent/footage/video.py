"""A video file as footage: H.264, VP9 and whatever else FFmpeg reads; the only file here that knows PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av

from agent.errors import RecordingError
from agent.footage.footage import Pictures
from agent.log.records import noun_of
from agent.log.timeline import LONGEST_S
from agent.log.unpacking import MAX_PIXELS, MIN_SIDE_PX
from agent.run_folder import WEATHER
from agent.types import Picture, RunCard, read_only

SUFFIXES = (".mp4", ".webm", ".avi", ".mkv", ".mov", ".m4v")
PICTURES, PLAIN = "pictures", "plain"
"""Name and value of the fact that no HUD was drawn on a replay's pictures."""
_SHORTEST_S = 1e-3
_FRAGMENT_WITHIN = 2**16
"""Bytes of a file of fragments in which the first of them begins."""


class VideoFootage(Pictures):
    """See `agent.footage.Footage`. Pictures are found by their time stamps; playing on decodes each of them once.

    Attributes:
        facts: what the file says of itself, by name in small letters: Matroska has its names in capitals.
        drawn: a recording of a HUD, by its card; unless it says that its pictures are plain.
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
            raise RecordingError(f"{path}: cannot be read as a video ({reason}){_hint(path)}") from None
        try:
            self._stream = _stream(self._container, path)
            self._stamps = _stamps(self._container, self._stream)
            if not self._stamps:
                raise RecordingError(f"{path}: a video without a picture")
            base = float(self._stream.time_base)
            first = min(0.0, self._stamps[0] * base)
            self._next = len(self._stamps)
            self._frames: Iterator[Any] = iter(())
            self._waiting: Any = None
            self._newest: tuple[int, Picture] | None = None
            super().__init__(path, [stamp * base - first for stamp in self._stamps], None, "no model")
        except BaseException:
            self._container.close()
            raise
        self.facts = {str(name).lower(): str(value) for name, value in self._container.metadata.items()}
        self.weather = self.facts.get(WEATHER, self.weather)
        with suppress(ValueError, KeyError):
            self.card = noun_of(RunCard, self.facts["run"])
            self.drawn = self.facts.get(PICTURES) != PLAIN

    def picture(self, number: int) -> Picture:
        """See `Pictures.picture`."""
        if self._newest is not None and self._newest[0] == number:
            return self._newest[1]
        frame = self._decoded(number)
        if frame is None or frame.is_corrupt:
            raise RecordingError(f"{self.path}: damaged at picture {number}")
        picture: Picture = frame.to_ndarray(format="rgb24")
        read_only(picture)
        self._newest = (number, picture)
        return picture

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def _decoded(self, number: int) -> Any:
        """The frame shown at a picture's time, None where it is damaged: by decoding on, or from a key frame before."""
        wanted = self._stamps[number]
        if not self._next <= number < self._next + 24:
            with suppress(av.FFmpegError):
                self._container.seek(wanted, stream=self._stream, backward=True)
            self._frames, self._waiting = _frames(self._container, self._stream), None
        self._next = number + 1
        frame = self._waiting or next(self._frames, None)
        while frame is not None and frame.pts < wanted:
            frame = next(self._frames, None)
        self._waiting = frame if frame is None or frame.pts > wanted else None  # of a later picture
        return frame if self._waiting is None else None


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """What can be decoded from here on: behind a damaged packet it goes on with the next."""
    stream.codec_context.flush_buffers()
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:  # the file is cut off
            return
        if packet is None:
            return
        with suppress(av.FFmpegError):
            yield from (frame for frame in packet.decode() if frame.pts is not None)


def _stream(container: Any, path: Path) -> Any:
    if not container.streams.video:
        raise RecordingError(f"{path}: has no pictures, wanted a video")
    stream = container.streams.video[0]
    if stream.codec_context is None:  # a track named in an index that is cut off
        raise RecordingError(f"{path}: its index is cut off, nothing in it can be read{_hint(path)}")
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MAX_PIXELS or min(width, height) < MIN_SIDE_PX:
        raise RecordingError(f"{path}: pictures of {width}x{height}, wanted {MIN_SIDE_PX} px a side to {MAX_PIXELS}")
    stream.thread_type = "AUTO"
    return stream


def _hint(path: Path) -> str:
    """What to do about an mp4 that cannot be opened: its index is at its end (ISO/IEC 14496-12), maybe cut off.

    One that was recorded in fragments (moof), as a run's is, has its pictures without that index, too.
    """
    with suppress(OSError), path.open("rb") as file:
        opening = file.read(_FRAGMENT_WITHIN)
        if opening[4:8] == b"ftyp":
            fragments = b"moof" in opening
            return ": --repair may save its pictures" if fragments else ": if it was cut off, get the whole file anew"
    return ""


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
