"""Pictures <-> H.264 in an mp4 that outlives its writer, or VP9 in a WebM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np

from agent.errors import RecordingError
from agent.recording import Recording, unwritable
from agent.types import Picture
from agent.writer_thread import settled

TICKS_PER_S = 90_000
"""Time base of the track, the usual one of video: times are kept to 11 microseconds."""
_MAX_PIXELS = 2**26  # of a stranger's video: 200 MB a picture
_CONTAINER = {
    # fragments that a player reads as they come; closing turns the file into an ordinary mp4. Without delay_moov a
    # video that begins later than at 0 s would be moved there.
    "movflags": "hybrid_fragmented+frag_keyframe+delay_moov+use_metadata_tags",
    "flush_packets": "1",
}
# Measured at 1280x720 against superfast, the next slower preset: 0.53 of its processor time, 1.2 times its bytes
# (0.49 and 1.4 at 640x360), the same detail within 1 dB. Car and simulator need the processor more than the disk bytes.
# One thread costs a quarter less processor time than two and leaves the other core to the simulator.
# A fixed quantiser spares a first look at each picture: 0.72 of crf 23's processor time at 640x360, 5 % more bytes,
# 0.7 dB less.
_ENCODER = {"preset": "ultrafast", "tune": "zerolatency", "qp": "23"}
_WEBM = {"cluster_time_limit": "1000", "flush_packets": "1"}
_VP9 = {"deadline": "realtime", "cpu-used": "8", "crf": "34", "row-mt": "1"}
_KINDS = {".mp4": ("mp4", _CONTAINER, "libx264", _ENCODER), ".webm": ("webm", _WEBM, "libvpx-vp9", _VP9)}
SUFFIXES = tuple(_KINDS)
_BT709, _BT601, _LIMITED_RANGE = 1, 6, 1  # ITU-T H.273: primaries and transfer, OpenCV's RGB -> YUV matrix, range


class VideoWriter(Recording):
    """Writes pictures to an mp4 (H.264 Constrained Baseline, yuv420p) that browsers play, on a thread of its own.

    The pictures of half a second make a fragment: after `kill -9` all but the last one are readable, which with those
    still on their way to the encoder keeps the loss below a second. Each picture carries its simulation time. An odd
    side loses its last pixel, as H.264 halves the chroma.
    """

    def __init__(
        self,
        path: Path,
        width_px: int,
        height_px: int,
        fps: float,
        metadata: Mapping[str, str] | None = None,
        *,
        bits_per_s: int | None = None,
    ) -> None:
        """
        Args:
            path: the file, replaced if it is there: .mp4 or, for VP9, .webm.
            width_px: of every picture, 2 or more.
            height_px: of every picture, 2 or more.
            fps: usual rate; a fragment is half as many pictures. The times given to `write` are what counts.
            metadata: written into the file, any keys.
            bits_per_s: on average; None: as many as a steady quality takes.

        Raises:
            RecordingError: the file cannot be written.
            ValueError: a side below 2 px, a rate that is not positive, or another suffix.
        """
        if path.suffix.lower() not in _KINDS:
            raise ValueError(f"a video named {path.name}, wanted {' or '.join(_KINDS)}")
        if min(width_px, height_px) < 2 or not fps > 0:
            raise ValueError(f"a video of {width_px}x{height_px} at {fps} fps, wanted 2x2 or more and a positive rate")
        self._path = path
        self._shape = (height_px, width_px, 3)
        self._last_ticks = -1
        self._count = 0
        try:
            kind, options, codec, encoder = _KINDS[path.suffix.lower()]
            self._container = av.open(str(path), "w", format=kind, options=options)
            try:
                self._stream = self._add_stream(codec, encoder, (width_px // 2 * 2, height_px // 2 * 2), fps)
                if bits_per_s is not None:
                    self._limit(bits_per_s)
                self._container.metadata.update(metadata or {})
                self._container.start_encoding()
            except BaseException:
                self._abandon()
                raise
        except av.FFmpegError as error:
            raise self._failure(error) from error
        self._frame = _Frame(width_px // 2 * 2, height_px // 2 * 2)
        super().__init__("video")

    def write(self, picture: Picture, time_s: float) -> None:
        """Hand a picture over; waits while eight are waiting to be encoded.

        Args:
            picture: RGB uint8 (height_px, width_px, 3). A read-only one is not copied: nobody may change it any more.
            time_s: simulation time, 0 or more, greater than the last.

        Raises:
            RecordingError: the encoder or the disk failed on an earlier picture; what is in the file stays readable.
            ValueError: a picture of another size, or a time that does not follow the last.
        """
        if picture.shape != self._shape or picture.dtype != np.uint8:
            raise ValueError(f"a picture of {picture.dtype} {picture.shape}, wanted uint8 {self._shape}")
        ticks = round(time_s * TICKS_PER_S)
        if ticks <= self._last_ticks:
            raise ValueError(f"a picture at {time_s} s does not follow one at {self._last_ticks / TICKS_PER_S} s")
        self._last_ticks = ticks
        self._thread.put(partial(self._encode, settled(picture), ticks))

    def _limit(self, bits_per_s: int) -> None:
        codec = self._stream.codec_context
        codec.bit_rate = bits_per_s
        codec.options = {name: value for name, value in codec.options.items() if name not in ("crf", "qp")}

    def _add_stream(self, name: str, encoder: dict[str, str], size_px: tuple[int, int], fps: float) -> av.VideoStream:
        stream = self._container.add_stream(name, rate=Fraction(fps).limit_denominator(1001), options=dict(encoder))
        (stream.width, stream.height), stream.pix_fmt = size_px, "yuv420p"
        stream.thread_count = 1
        codec = stream.codec_context
        codec.gop_size = max(1, round(fps / 2))
        codec.time_base = Fraction(1, TICKS_PER_S)
        codec.colorspace, codec.color_range = _BT601, _LIMITED_RANGE
        codec.color_primaries = codec.color_trc = _BT709
        return stream

    def _encode(self, picture: Picture, ticks: int) -> None:
        try:
            self._container.mux(self._stream.encode(self._frame.holding(picture, ticks)))
            self._count += 1
            if self._count % self._stream.codec_context.gop_size == 0 and not self._path.exists():
                raise FileNotFoundError(2, "the file was removed")
        except (av.FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def _finish(self) -> None:
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except av.FFmpegError as error:
            raise self._failure(error) from error

    def _abandon(self) -> None:
        with suppress(av.FFmpegError):  # fails for the reason already told; what the file has stays as it is
            self._container.close()

    def _failure(self, error: av.FFmpegError | OSError) -> RecordingError:
        return unwritable(self._path, "video", error.errno, error.strerror)


class _Frame:
    """The one frame that pictures go to the encoder in: x264 and libvpx copy it, and fresh memory costs page faults."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self._size_px = (width_px, height_px)
        self._yuv = np.empty((height_px * 3 // 2, width_px), np.uint8)
        self._frame = av.VideoFrame.from_numpy_buffer(self._yuv, format="yuv420p")
        self._frame.time_base = Fraction(1, TICKS_PER_S)

    def holding(self, picture: Picture, ticks: int) -> av.VideoFrame:
        """The frame, with a picture in it; an odd side loses its last pixel."""
        width, height = self._size_px
        # OpenCV's conversion takes an eighth of the time of swscale's
        cv2.cvtColor(picture[:height, :width], cv2.COLOR_RGB2YUV_I420, dst=self._yuv)
        self._frame.pts = ticks
        return self._frame


def read_video(path: Path) -> Iterator[tuple[float, Picture]]:
    """Read a video picture by picture; a file whose writer was killed, up to where it ends.

    Yields:
        Time [s] and picture, RGB uint8 (H, W, 3), read-only.

    Raises:
        RecordingError: no such file, not a video, or pictures too large to be true.
    """
    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        raise RecordingError(f"{path}: cannot be read as a video ({error.strerror})") from error
    with container:
        if not container.streams.video:
            raise RecordingError(f"{path}: has no pictures, wanted a video")
        stream = container.streams.video[0]
        if stream.codec_context is None:  # a track named in an index that is cut off
            raise RecordingError(f"{path}: its index is cut off, nothing in it can be read")
        if stream.codec_context.width * stream.codec_context.height > _MAX_PIXELS:
            raise RecordingError(f"{path}: its pictures have more than {_MAX_PIXELS} pixels")
        frames = container.decode(stream)
        while True:
            try:
                frame = next(frames, None)
            except av.FFmpegError:  # the last fragment is cut short
                return
            if frame is None or frame.time is None:
                return
            picture = frame.to_ndarray(format="rgb24")
            picture.flags.writeable = False
            yield frame.time, picture
