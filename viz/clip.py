"""Part of a video without drawing or encoding anything again; also how a cut-off video is mended."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import av

from agent.errors import RecordingError

_MP4 = {"movflags": "faststart+use_metadata_tags"}


def copy_video(source: Path, target: Path, begin_s: float = 0.0, end_s: float = math.inf) -> tuple[int, float]:
    """Copy a stretch of a video, packet by packet, up to where a cut-off one ends.

    A copy can begin at a key frame only, the last one before `begin_s`: at most a second earlier in a run's video.

    Args:
        source: a video.
        target: a new file of the same kind, written whole or not at all.
        begin_s: time of the first picture wanted.
        end_s: time of the last.

    Returns:
        Number of pictures, and the time at which they begin [s].

    Raises:
        RecordingError: not a video, no picture there, or the target cannot be written.
    """
    partial = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        with av.open(str(source)) as old:
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
