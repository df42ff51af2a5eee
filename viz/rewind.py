"""What the HUD would remember at any step of a run, from the timeline alone: a seek looks as if one had watched."""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from typing import Any

import numpy as np

from agent.footage import Footage
from agent.types import Control, Frame, Placement, Pose, RunCard, Saliency, Step, Telemetry
from viz.blend import RunningScale
from viz.history import TREND_S, History

_EVERY = 256
"""Steps between two kept scales: a seek repeats no more than these."""
_PIXEL = np.zeros((1, 1, 3), np.uint8)
_MAP = np.ones((1, 1), np.float32)
_POSE = Pose(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_PLACE = Placement(0, 0, 1, 1)


class Rewind:
    """Histories of footage, made when asked for; 72,000 steps take some 300 kB."""

    def __init__(self, footage: Footage) -> None:
        self._footage = footage
        timeline = self._timeline = footage.timeline
        self._scales = [RunningScale()]
        self._lanes: dict[float, list[str]] = defaultdict(list)
        for event in timeline.events:
            if event.kind == "lane_invasion":
                self._lanes[round(event.time_s, 6)].append(event.text)

    def before(self, number: int, step: Step, card: RunCard, scale: RunningScale | None = None) -> History:
        """What the HUD remembers when it is about to be shown a step.

        Args:
            number: of the step.
            step: as it is looked at.
            card: of the view.
            scale: of earlier maps of a view of another card than the footage's: those maps were never computed.
        """
        seen = card if step.saliency is None else step.saliency
        as_it_was = card == self._footage.card
        history = self._watched(number, seen.method, seen.layer) if as_it_was or self._footage.driven else History()
        if not as_it_was:
            history.resume(scale or RunningScale(), seen.method, seen.layer)
        return history

    def _watched(self, number: int, method: str, layer: str) -> History:
        rows = self._timeline.rows
        begin = int(np.searchsorted(rows["time_s"], rows[number]["time_s"] - TREND_S - 1e-6))
        if rows[begin]["map_step"] >= 0:
            begin = int(rows[begin]["map_step"])  # so that its map is taken in once, and not twice
        history = History()
        history.resume(self._scale_before(begin), method, layer)
        for at in range(begin, number):
            history.add(self._light(at, method, layer))
        return history

    def _scale_before(self, number: int) -> RunningScale:
        while len(self._scales) <= number // _EVERY:
            at = (len(self._scales) - 1) * _EVERY
            self._scales.append(self._on(copy(self._scales[-1]), at, at + _EVERY))
        at = number // _EVERY
        return self._on(copy(self._scales[at]), at * _EVERY, number)

    def _on(self, scale: RunningScale, begin: int, end: int) -> RunningScale:
        rows = self._timeline.rows[begin:end]
        for place in np.flatnonzero(rows["map_step"] == np.arange(begin, begin + len(rows))):
            row = rows[place]
            scale.update(_light_map(row, "", ""), float(row["time_s"]))
        return scale

    def _light(self, number: int, method: str, layer: str) -> Step:
        """A step without its pictures."""
        row = self._timeline.rows[number]
        time_s, offset_m = float(row["time_s"]), float(row["lane_offset_m"])
        control = Control(float(row["steer"]), float(row["throttle"]), float(row["brake"]))
        telemetry = Telemetry(
            _POSE,
            float(row["speed_mps"]),
            control,
            collision_ns=float(row["collision_ns"]),
            invaded_lanes=tuple(self._lanes.get(round(time_s, 6), ())),
            lane_offset_m=None if np.isnan(offset_m) else offset_m,
        )
        saliency = _light_map(row, method, layer) if row["map_step"] >= 0 else None
        return Step(Frame(int(row["index"]), time_s, _PIXEL, telemetry), control, saliency)


def _light_map(row: Any, method: str, layer: str) -> Saliency:
    return Saliency(int(row["map_frame"]), method, layer, _MAP, _PLACE, float(row["peak"]), 0.0)
