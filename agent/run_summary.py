"""What a run amounts to: the numbers of `summary.json`, gathered step by step."""

from __future__ import annotations

import json
import os
import time
from array import array
from pathlib import Path
from typing import Any

from agent.errors import RecordingError
from agent.recording import what_helps
from agent.stages import percentiles_ms
from agent.types import Frame, RunCard, Step

_ONE_CRASH_S = 1.0
"""Contacts closer together than this are one collision: a car that grinds along a wall hits it once."""


class RunSummary:
    """Counts and sums over a run; memory grows by 8 bytes per saliency map."""

    def __init__(self, card: RunCard) -> None:
        self._card = card
        self._start_s = time.monotonic()
        self._first: Frame | None = None
        self._last: Frame | None = None
        self._frames = 0
        self._distance_m = 0.0
        self._max_offset_m: float | None = None
        self._invasions = 0
        self._collisions = 0
        self._last_contact_s = float("-inf")
        self._skipped = 0
        self._explained = -1
        self._map_seconds: dict[str, array[float]] = {}
        self._weather = "unknown"

    def add(self, step: Step) -> None:
        """Take one step into account."""
        frame, telemetry = step.frame, step.frame.telemetry
        if self._last is None:
            self._start_s, self._first = time.monotonic(), frame
        else:
            self._distance_m += telemetry.speed_mps * (frame.time_s - self._last.time_s)
            self._skipped += frame.index - self._last.index - 1
        self._last, self._frames, self._weather = frame, self._frames + 1, telemetry.weather
        if telemetry.lane_offset_m is not None:
            self._max_offset_m = max(abs(telemetry.lane_offset_m), self._max_offset_m or 0.0)
        self._invasions += bool(telemetry.invaded_lanes)
        if telemetry.collision_ns > 0:
            self._collisions += frame.time_s - self._last_contact_s > _ONE_CRASH_S
            self._last_contact_s = frame.time_s
        if step.saliency is not None and step.saliency.frame_index != self._explained:
            self._explained = step.saliency.frame_index
            self._map_seconds.setdefault(step.saliency.method, array("d")).append(step.saliency.elapsed_s)

    def as_dict(
        self, *, exit_reason: str, stages: dict[str, dict[str, float]], paused_s: float = 0.0
    ) -> dict[str, Any]:
        """The summary, JSON-like; seconds, metres and metres per second unless the key says otherwise.

        Args:
            exit_reason: why the run ended.
            stages: durations by name of the stage.
            paused_s: wall time in which the run stood still because a person said so.
        """
        simulated_s = 0.0 if self._first is None or self._last is None else self._last.time_s - self._first.time_s
        wall_s = time.monotonic() - self._start_s - paused_s
        card = self._card
        every = array("d", (seconds for each in self._map_seconds.values() for seconds in each))
        timing: dict[str, Any] = {"count": 0, "median_ms": None, "p95_ms": None}
        if every:
            by_method = {method: percentiles_ms(seconds) for method, seconds in self._map_seconds.items()}
            timing = {**percentiles_ms(every), "by_method": by_method}
        return {
            "frames": self._frames,
            "simulated_s": round(simulated_s, 3),
            "wall_s": round(wall_s, 3),
            "real_time_factor": round(simulated_s / wall_s, 3) if wall_s > 0 else 0.0,
            "distance_m": round(self._distance_m, 2),
            "mean_speed_mps": round(self._distance_m / simulated_s, 3) if simulated_s > 0 else 0.0,
            "max_lane_offset_m": None if self._max_offset_m is None else round(self._max_offset_m, 3),
            "lane_invasions": self._invasions,
            "collisions": self._collisions,
            "saliency": {"method": card.method, "layer": card.layer, "every": card.every, **timing},
            "stages": stages,
            "stale_or_dropped_frames": self._skipped,
            "exit_reason": exit_reason,
            "model": {"name": card.model, "sha256": card.model_sha256},
            "map": card.map,
            "weather": self._weather,
            "seed": card.seed,
            "versions": card.provenance,
            "command": card.command,
        }


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    """Write the summary whole or not at all.

    Raises:
        RecordingError: the folder cannot be written.
    """
    partial = path.with_suffix(".json.part")
    try:
        with partial.open("w", encoding="utf-8") as file:
            json.dump(summary, file, indent=2, allow_nan=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise RecordingError(f"cannot write {path}: {error.strerror}: {what_helps(error.errno)}") from None
