"""What can be said of footage without playing it: provenance, length, gaps, events, integrity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.errors import RecordingError
from agent.footage.events import happened
from agent.footage.footage import Footage, weather_of
from agent.footage.logged import LogFootage
from agent.footage.mp4 import WHOLE, ending_of
from agent.footage.video import VideoFootage
from agent.log.records import CAMERA, CONTROL, FRAME, NETWORK_INPUT, SALIENCY, SALIENCY_MAP, TELEMETRY, LoggedEvent
from agent.log.scan import scan_file
from agent.run_folder import LOG, VIDEO
from agent.types import RunCard

_GAP = 1.5
"""Steps further apart than this many usual ones are a gap."""


def about(footage: Footage, parts: Sequence[range] | None = None) -> dict[str, Any]:
    """Facts of footage, JSON-like.

    Args:
        footage: whatever it is of.
        parts: the steps that count; all of them if not given. A file is whole or not as a whole.

    Raises:
        RecordingError: the file cannot be read any more.
    """
    card = footage.card
    parts = [range(len(footage))] if parts is None else [part for part in parts if part]
    stretches = [footage.timeline.times_s[part.start : part.stop] for part in parts]
    gaps = [gap for times_s in stretches for gap in _gaps(times_s, card.step_s)]
    events = _within(footage, stretches)
    said: dict[str, Any] = {
        "source": str(footage.path),
        "steps": sum(map(len, parts)),
        "duration_s": round(sum(float(times_s[-1] - times_s[0]) for times_s in stretches if len(times_s)), 3),
        "size_px": list(footage.size_px),
        "gaps": gaps[:100],
        "gap_count": len(gaps),
        "events": dict(Counter(event.kind for event in events)),
        "event_list": [{"time_s": round(event.time_s, 6), "kind": event.kind, "text": event.text} for event in events],
        "run": _run(card, weather_of(footage, chain(*parts))),  # at the beginning; later weathers are events
    }
    if isinstance(footage, LogFootage):
        said |= _integrity(footage) | _video_beside(footage)
    elif isinstance(footage, VideoFootage):
        said |= _video_file(footage.path)
    return said | {"skipped": dict(footage.skipped)}


def _run(card: RunCard, weather: str) -> dict[str, Any]:
    return {
        "map": card.map,
        "weather": weather,
        "seed": card.seed,
        "step_s": card.step_s,
        "model": card.model,
        "model_sha256": card.model_sha256,
        "saliency": {"method": card.method, "layer": card.layer, "every": card.every},
        "command": card.command,
        "provenance": card.provenance,
    }


def missing_of(topics: Mapping[str, int], *, closed: bool) -> list[str]:
    """Messages that steps and maps lack, by the counts of a log.

    Args:
        topics: messages by topic.
        closed: whether its writer closed it; one that was killed may have been about to write a map.
    """
    wanted = [(topic, CONTROL, "steps") for topic in (FRAME, CAMERA, NETWORK_INPUT, TELEMETRY)]
    wanted += [(SALIENCY, SALIENCY_MAP, "maps"), (SALIENCY_MAP, SALIENCY, "explanations")]
    counts = [(topic, topics.get(topic, 0), topics.get(of, 0), noun) for topic, of, noun in wanted]
    half_written = 0 if closed else 1
    return [
        f"{of - has} of {of} {noun} without {topic}"
        for topic, has, of, noun in counts
        if of - has > (half_written if topic == SALIENCY_MAP else 0)
    ]


def _why_not(damage: Mapping[str, int], missing: Sequence[str]) -> str:
    """Why a log is not whole, in a word or two."""
    if damage:
        return "damaged"
    return "incomplete" if missing else "cut off"


def _within(footage: Footage, stretches: Sequence[npt.NDArray[np.float64]]) -> list[LoggedEvent]:
    """Events of some stretches of time, in their order."""
    spans_s = [(float(times_s[0]) - 1e-9, float(times_s[-1]) + 1e-9) for times_s in stretches if len(times_s)]
    return [event for event in happened(footage) if any(begin <= event.time_s <= end for begin, end in spans_s)]


def _gaps(times_s: npt.NDArray[np.float64], step_s: float) -> list[list[float]]:
    wide = np.flatnonzero(np.diff(times_s) > _GAP * step_s)
    return [[round(float(times_s[at]), 3), round(float(times_s[at + 1]), 3)] for at in wide]


def _video_beside(footage: LogFootage) -> dict[str, str]:
    """What is wrong with the video of the run, if anything is."""
    video = footage.path.with_name(VIDEO)
    if footage.path.name != LOG or not video.is_file():
        return {}
    try:
        ending = ending_of(video) or "no mp4"
    except OSError as error:
        ending = f"cannot be read ({error.strerror})"
    return {} if ending == WHOLE else {"video": f"{VIDEO} beside the log: {ending}"}


def _video_file(path: Path) -> dict[str, Any]:
    """Its size; and of an mp4 how it ends."""
    try:
        size_bytes, ending = path.stat().st_size, ending_of(path)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read any more ({error.strerror})") from None
    return {"size_bytes": size_bytes} | ({"integrity": {"verdict": ending}} if ending else {})


def _integrity(footage: LogFootage) -> dict[str, Any]:
    """Every checksum of the file, by a pass over all of it."""
    log = footage.log
    found = scan_file(log.path)
    chunks, missing = len(found.summary.chunks), missing_of(log.topics, closed=log.complete)
    sound = log.complete and not found.skipped and not missing
    return {
        "format": log.format,
        "size_bytes": log.size_bytes,
        "topics": log.topics,
        "integrity": {
            "closed": log.complete,
            "timeline": log.indexed,
            "chunks_sound": chunks,
            "damage": dict(found.skipped),
            "missing": missing,
            "verdict": "whole" if sound else _why_not(found.skipped, missing),
        },
    }
