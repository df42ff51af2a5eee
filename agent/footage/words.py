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
    """Of a log, of a video; nothing of a folder."""
    found = facts.get("integrity", {})
    if "size_bytes" in facts:
        of_a_log = f"format {facts['format']}, " if "format" in facts else ""
        yield "file", f"{of_a_log}{facts['size_bytes'] / 1e6:.1f} MB"
    if "topics" in facts:
        yield "topics", _counted(facts["topics"])
        yield "integrity", _of_a_log(found)
    elif found:
        yield "integrity", found["verdict"]
    if "video" in facts:
        yield "video", facts["video"]


def _of_a_log(found: Mapping[str, Any]) -> str:
    wrong = ", ".join(filter(None, (*found["missing"], _counted(found["damage"]))))
    index = "indexed" if found["timeline"] else "read through, it has no timeline"
    why = f": {wrong}" if wrong else ""
    return f"{found['verdict']}, {found['chunks_sound']} chunks sound, {index}{why}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count)
