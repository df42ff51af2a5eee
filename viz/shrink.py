"""A video made to fit a size."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from agent.errors import RecordingError
from agent.footage.video import VideoFootage
from viz.video import VideoWriter

_TRIES, _ROOM, _LEAST_BITS_PER_S = 4, 0.92, 20_000


def shrink(path: Path, max_bytes: float) -> int:
    """Encode a video again at the bit rate that fits, if it is too large.

    Args:
        path: of the video, replaced.
        max_bytes: it may have.

    Returns:
        Its size now [byte].

    Raises:
        RecordingError: no bit rate fits, or the disk fails; the video stays as it was.
    """
    if path.stat().st_size <= max_bytes:
        return path.stat().st_size
    smaller = path.with_name(f".{path.stem}.smaller{path.suffix}")
    footage = VideoFootage(path)
    try:
        times_s = footage.timeline.times_s
        length_s = float(times_s[-1] - times_s[0]) + footage.card.step_s
        bits_per_s = _ROOM * 8 * max_bytes / length_s
        for _ in range(_TRIES):
            if bits_per_s < _LEAST_BITS_PER_S:
                break
            _encode(footage, smaller, round(bits_per_s))
            size = smaller.stat().st_size
            if size <= max_bytes:
                smaller.replace(path)
                return size
            bits_per_s *= 0.9 * max_bytes / size
        raise RecordingError(f"{path}: does not fit into {max_bytes / 1e6:g} MB: give a shorter --clip or --width")
    finally:
        footage.close()
        with suppress(OSError):  # the disk is what failed
            smaller.unlink(missing_ok=True)


def _encode(footage: VideoFootage, path: Path, bits_per_s: int) -> None:
    width, height = footage.size_px
    with VideoWriter(path, width, height, 1 / footage.card.step_s, footage.facts, bits_per_s=bits_per_s) as writer:
        for number, time_s in enumerate(footage.timeline.times_s):
            writer.write(footage.picture(number), float(time_s))
