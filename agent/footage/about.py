"""What can be said of footage without playing it: provenance, length, gaps, events, integrity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.footage.events import happened
from agent.footage.footage import Footage, weather_of
from agent.footage.logged import LogFootage
from agent.log.scan import scan_file

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
    said: dict[str, Any] = {
        "source": str(footage.path),
        "steps": sum(map(len, parts)),
        "duration_s": round(sum(float(times_s[-1] - times_s[0]) for times_s in stretches if len(times_s)), 3),
        "size_px": list(footage.size_px),
        "gaps": gaps[:100],
        "gap_count": len(gaps),
        "events": _counted_within(footage, stretches),
        "run": {
            "map": card.map,
            "weather": weather_of(footage, chain(*parts)),  # at the beginning; later ones are events
            "seed": card.seed,
            "step_s": card.step_s,
            "model": card.model,
            "model_sha256": card.model_sha256,
            "saliency": {"method": card.method, "layer": card.layer, "every": card.every},
            "command": card.command,
            "provenance": card.provenance,
        },
    }
    if isinstance(footage, LogFootage):
        said |= _integrity(footage)
    return said | {"skipped": dict(footage.skipped)}


def _counted_within(footage: Footage, stretches: Sequence[npt.NDArray[np.float64]]) -> dict[str, int]:
    """Events by kind."""
    spans_s = [(float(times_s[0]) - 1e-9, float(times_s[-1]) + 1e-9) for times_s in stretches if len(times_s)]
    within = (event for event in happened(footage) if any(begin <= event.time_s <= end for begin, end in spans_s))
    return dict(Counter(event.kind for event in within))


def _gaps(times_s: npt.NDArray[np.float64], step_s: float) -> list[list[float]]:
    wide = np.flatnonzero(np.diff(times_s) > _GAP * step_s)
    return [[round(float(times_s[at]), 3), round(float(times_s[at + 1]), 3)] for at in wide]


def _integrity(footage: LogFootage) -> dict[str, Any]:
    """Every checksum of the file, by a pass over all of it."""
    log = footage.log
    found = scan_file(log.path)
    chunks = len(found.summary.chunks)
    sound = log.complete and not found.skipped
    return {
        "format": log.format,
        "size_bytes": log.size_bytes,
        "topics": log.topics,
        "integrity": {
            "closed": log.complete,
            "timeline": log.indexed,
            "chunks_sound": chunks,
            "damage": dict(found.skipped),
            "verdict": "whole" if sound else ("cut off" if not log.complete and not found.skipped else "damaged"),
        },
    }
