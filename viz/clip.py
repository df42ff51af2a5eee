"""Part of a video without drawing or encoding anything again; also how a cut-off video is mended."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import av

from agent.errors import RecordingError

_MP4 = {"movflags": "faststart+use_metadata_tags"}
_HEADS_WITHIN = 4096
"""Bytes of a file in which the head of its fragments is: it begins behind three small boxes."""


def copy_video(
    source: Path, target: Path, begin_s: float = 0.0, end_s: float = math.inf, *, head: bytes = b""
) -> tuple[int, float]:
    """Copy a stretch of a video, packet by packet, up to where a cut-off one ends.

    A copy can begin at a key frame only, the last one before `begin_s`: at most half a second earlier in a run's video.

    Args:
        source: a video.
        target: a new file of the same kind, written whole or not at all.
        begin_s: time of the first picture wanted.
        end_s: time of the last.
        head: read in place of the first bytes of the file.

    Returns:
        Number of pictures, and the time at which they begin [s].

    Raises:
        RecordingError: not a video, no picture there, or the target cannot be written.
    """
    partial = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        with _opened(source, head) as old:
            if not old.streams.video:
                raise RecordingError(f"{source}: has no pictures, wanted a video")
            if old.streams.video[0].codec_context is None:  # a track named in an index that is cut off
                raise RecordingError(f"{source}: its index is cut off, nothing in it can be saved")
            options = _MP4 if target.suffix == ".mp4" else {}
            with av.open(str(partial), "w", options=options) as new:
                found = _copy(old, new, begin_s, end_s)
        if found is None:
            raise RecordingError(f"{source}: no picture of it can be read")
        partial.replace(target)
    except (av.FFmpegError, OSError) as error:
        raise RecordingError(f"{source}: cannot be copied to {target} ({error.strerror})") from None
    finally:
        partial.unlink(missing_ok=True)
    return found


def mend_video(source: Path, target: Path) -> int:
    """Copy all pictures of a cut-off or damaged video that can be reached.

    The mp4 of a run is recorded in fragments behind a head of their own. Closing it adds an index at its end and hides
    head and fragments in one box (FFmpeg's `hybrid_fragmented`), where they still are: a damaged index is done without.

    Args:
        source: a video.
        target: a new file of the same kind, written whole or not at all.

    Returns:
        Number of pictures.

    Raises:
        RecordingError: nothing can be saved, or the target cannot be written.
    """
    reached = {head: _reached(source, head) for head in (b"", *_heads(source))}
    best = max(reached, key=lambda head: reached[head])  # of two as good the first, the video as it says it is
    if reached[best] == 0:
        raise RecordingError(f"{source}: neither its index nor fragments can be read, nothing in it can be saved")
    return copy_video(source, target, head=best)[0]


def _heads(source: Path) -> list[bytes]:
    """What a file would begin with if it had never been closed (boxes of ISO/IEC 14496-12).

    Behind the box that hides them come a copy of the first box, ftyp, and the head of the fragments. Put at the start,
    with a free box up to that head, it makes the fragments a video again; they name places in the file, so none moves.
    """
    with source.open("rb") as file:
        opening = file.read(_HEADS_WITHIN)
    heads = []
    for found in re.finditer(b"ftyp", opening):
        at = found.start() - 4
        end = at + int.from_bytes(opening[max(0, at) : at + 4], "big")
        if at >= 8 and opening[end + 4 : end + 8] == b"moov":
            heads.append(opening[at:end] + at.to_bytes(4, "big") + b"free" + bytes(at - 8))
    return heads


def _reached(source: Path, head: bytes) -> int:
    """Pictures in it."""
    count = 0
    with suppress(av.FFmpegError, OSError, ValueError), _opened(source, head) as container:
        if container.streams.video and container.streams.video[0].codec_context is not None:
            for packet in container.demux(container.streams.video[0]):
                count += packet.pts is not None and not packet.is_corrupt
    return count


@contextmanager
def _opened(source: Path, head: bytes) -> Iterator[Any]:
    with source.open("rb") as file, av.open(_Headed(file, head) if head else str(source)) as container:
        yield container


class _Headed:
    """A file with another beginning of the same length, as FFmpeg reads it."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file, self._head = file, head
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        at = self._file.tell()
        content = self._file.read(size)
        return self._head[at : at + len(content)] + content[max(0, len(self._head) - at) :]


def _copy(old: Any, new: Any, begin_s: float, end_s: float) -> tuple[int, float] | None:
    stream = old.streams.video[0]
    base = float(stream.time_base)
    track = new.add_stream_from_template(stream)
    new.metadata.update(old.metadata)
    if begin_s > 0:
        with suppress(av.FFmpegError):
            old.seek(int(begin_s / base), stream=stream, backward=True)
    first: int | None = None
    count = 0
    with suppress(av.FFmpegError):  # the last fragment is cut short
        for packet in old.demux(stream):
            if packet.dts is None or packet.pts is None or packet.is_corrupt:
                continue
            if first is None and not packet.is_keyframe:
                continue
            if packet.pts * base > end_s + 1e-6:
                break
            first = packet.pts if first is None else first
            packet.pts -= first
            packet.dts -= first
            packet.stream = track
            new.mux(packet)
            count += 1
    return None if first is None else (count, first * base)
