"""What can be said of footage without playing it: provenance, length, gaps, events, integrity."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from agent.footage.events import notable
from agent.footage.footage import Footage
from agent.footage.logged import LogFootage
from agent.log.scan import scan_file

_GAP = 1.5
"""Steps further apart than this many usual ones are a gap."""


def about(footage: Footage) -> dict[str, Any]:
    """Facts of footage, JSON-like.

    Raises:
        RecordingError: the file cannot be read any more.
    """
    timeline, card = footage.timeline, footage.card
    times_s = timeline.times_s
    apart_s = np.diff(times_s)
    wide = np.flatnonzero(apart_s > _GAP * card.step_s)
    said: dict[str, Any] = {
        "source": str(footage.path),
        "steps": len(timeline),
        "duration_s": round(float(times_s[-1] - times_s[0]), 3) if len(times_s) else 0.0,
        "size_px": list(footage.size_px),
        "gaps": [[round(float(times_s[at]), 3), round(float(times_s[at + 1]), 3)] for at in wide[:100]],
        "gap_count": len(wide),
        "events": dict(Counter(event.kind for event in notable(footage))),
        "run": {
            "map": card.map,
            "weather": _weather(footage),
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


def _weather(footage: Footage) -> str:
    """At the beginning; later ones are events."""
    return footage.step(0).step.frame.telemetry.weather


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
