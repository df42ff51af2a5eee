"""Facts of footage in words, for a terminal; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SHOWN_GAPS = 5


def in_words(facts: Mapping[str, Any]) -> str:
    """What `agent.footage.about.about` found, a line each."""
    return "\n".join(f"{name:<12} {words}" for name, words in _lines(facts))


def _lines(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    run = facts["run"]
    width, height = facts["size_px"]
    yield "source", facts["source"]
    yield "length", f"{facts['duration_s']:.2f} s, {facts['steps']} steps of {run['step_s']:g} s, {width}x{height}"
    if "integrity" in facts:
        yield from _file(facts)
    yield "events", _counted(facts["events"]) or "none"
    gaps = ", ".join(f"{begin:g} to {end:g} s" for begin, end in facts["gaps"][:_SHOWN_GAPS])
    yield "gaps", f"{facts['gap_count']} ({gaps})" if gaps else "none"
    if facts["skipped"]:
        yield "skipped", _counted(facts["skipped"])
    yield "map", f"{run['map']}, weather {run['weather']}, seed {run['seed']}"
    yield "model", f"{run['model']} {run['model_sha256'][:16]}"
    saliency = run["saliency"]
    yield "saliency", f"{saliency['method']} of {saliency['layer'] or '-'}, every {saliency['every']}"
    yield from run["provenance"].items()
    if run["command"]:
        yield "command", run["command"]


def _file(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    found = facts["integrity"]
    yield "file", f"format {facts['format']}, {facts['size_bytes'] / 1e6:.1f} MB"
    yield "topics", _counted(facts["topics"])
    wrong = ", ".join(filter(None, (*found["missing"], _counted(found["damage"]))))
    index = "indexed" if found["timeline"] else "read through, it has no timeline"
    why = f": {wrong}" if wrong else ""
    yield "integrity", f"{found['verdict']}, {found['chunks_sound']} chunks sound, {index}{why}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count)
