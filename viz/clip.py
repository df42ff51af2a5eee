"""Part of a video without drawing or encoding anything again; also how a cut-off video is mended."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import av

from agent.errors import RecordingError

_MP4 = {"movflags": "faststart+use_metadata_tags"}
_HEADS_WITHIN = 4096
"""Bytes of a file in which the head of its fragments is: it begins behind three small boxes."""


def copy_video(
    source: Path,
    target: Path,
    begin_s: float = 0.0,
    end_s: float = math.inf,
    *,
    facts: Mapping[str, str] | None = None,
    head: bytes = b"",
    left_out: Container[int] = (),
) -> tuple[int, float]:
    """Copy a stretch of a video, packet by packet, up to where a cut-off one ends.

    A copy can begin at a key frame only, the last one before `begin_s`: at most half a second earlier in a run's video.

    Args:
        source: a video.
        target: a new file of the same kind, written whole or not at all.
        begin_s: time of the first picture wanted.
        end_s: time of the last.
        facts: of a clip: written into it beside those of the source and the time it begins at, `clip_of_s`.
        head: read in place of the first bytes of the file.
        left_out: numbers of packets that are not copied.

    Returns:
        Number of pictures, and the time at which they begin [s].

    Raises:
        RecordingError: not a video, no picture there, or the target cannot be written.
    """
    partial = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        with _opened(source, head) as old:
            _check(old, source)
            options = _MP4 if target.suffix == ".mp4" else {}
            with av.open(str(partial), "w", options=options) as new:
                found = _copy(old, new, (begin_s, end_s), facts, left_out)
        if found is None:
            raise RecordingError(f"{source}: no picture of it can be read")
        partial.replace(target)
    except (av.FFmpegError, OSError) as error:
        raise RecordingError(f"{source}: cannot be copied to {target} ({error.strerror})") from None
    finally:
        with suppress(OSError):  # no folder, or not ours to write: told already
            partial.unlink(missing_ok=True)
    return found


def mend_video(source: Path, target: Path) -> tuple[int, int]:
    """Copy all pictures of a cut-off or damaged video that can be reached and decoded.

    The mp4 of a run is recorded in fragments behind a head of their own. Closing it adds an index at its end and hides
    head and fragments in one box (FFmpeg's `hybrid_fragmented`), where they still are: a damaged index is done without.

    Args:
        source: a video.
        target: a new file of the same kind, written whole or not at all.

    Returns:
        Number of pictures, and how many were reached but left out: damaged, or drawn upon what is.

    Raises:
        RecordingError: nothing can be saved, or the target cannot be written.
    """
    reached = {head: _reached(source, head) for head in (b"", *_heads(source))}
    best = max(reached, key=lambda head: reached[head])  # of two as good the first, the video as it says it is
    if reached[best] == 0:
        raise RecordingError(f"{source}: neither its index nor fragments can be read, nothing in it can be saved")
    count, _ = copy_video(source, target, head=best, left_out=_undecodable(source, best))
    return count, reached[best] - count


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
    with suppress(av.FFmpegError, OSError, ValueError), _opened(source, head) as container:
        if container.streams.video and container.streams.video[0].codec_context is not None:
            return sum(1 for _ in _packets(container, container.streams.video[0]))
    return 0


def _check(container: Any, source: Path) -> None:
    if not container.streams.video:
        raise RecordingError(f"{source}: has no pictures, wanted a video")
    if container.streams.video[0].codec_context is None:  # a track named in an index that is cut off
        raise RecordingError(f"{source}: its index is cut off, nothing in it can be saved")


def _undecodable(source: Path, head: bytes) -> set[int]:
    """Numbers of the packets from one that does not decode up to the next key frame: they build on it."""
    lost, broken = set(), False
    with _opened(source, head) as container:
        stream = container.streams.video[0]
        stream.thread_type, codec = "NONE", stream.codec_context  # threads would tell of an error packets later
        codec.options = {"err_detect": "explode"}  # else FFmpeg paints over what is damaged
        for number, packet in enumerate(_packets(container, stream)):
            if broken and packet.is_keyframe:
                codec.flush_buffers()
                broken = False
            broken = broken or not _decodes(codec, packet)
            if broken:
                lost.add(number)
    return lost


def _decodes(codec: Any, packet: Any) -> bool:
    try:
        return not any(frame.is_corrupt for frame in codec.decode(packet))
    except av.FFmpegError:
        return False


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets with pictures, up to where a cut-off file ends; an error of whoever takes them is not hidden."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:  # the last fragment is cut short
            return
        if packet is None:
            return
        if packet.dts is not None and packet.pts is not None and not packet.is_corrupt:
            yield packet


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


def _copy(
    old: Any, new: Any, span_s: tuple[float, float], facts: Mapping[str, str] | None, left_out: Container[int]
) -> tuple[int, float] | None:
    (begin_s, end_s), stream = span_s, old.streams.video[0]
    base = float(stream.time_base)
    track = new.add_stream_from_template(stream)
    new.metadata.update({**old.metadata, **(facts or {})})
    if begin_s > 0:
        with suppress(av.FFmpegError):
            old.seek(int(begin_s / base), stream=stream, backward=True)
    first: int | None = None
    count = 0
    for number, packet in enumerate(_packets(old, stream)):
        if number in left_out or (first is None and not packet.is_keyframe):
            continue
        if packet.pts * base > end_s + 1e-6:
            break
        if first is None:
            first = packet.pts
            if facts is not None:  # the head of the file is written with its first packet
                new.metadata["clip_of_s"] = f"{first * base:.3f}"
        packet.pts -= first
        packet.dts -= first
        packet.stream = track
        new.mux(packet)
        count += 1
    return None if first is None else (count, first * base)
