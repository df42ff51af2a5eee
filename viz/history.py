"""What the HUD remembers of the steps before: trends, alerts, the running scale; no clock but the steps'."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.types import Saliency, Step
from viz.blend import RunningScale

TREND_S = 6.0
"""Length of the trend line."""
ALERT_S = 1.5
"""How long an alert stays."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something went wrong at a simulation time."""

    time_s: float
    text: str


class History:
    """Feed it every step once; a step seen again changes nothing, a step back in time (a seek) starts afresh."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._rows: npt.NDArray[np.float64] = np.empty((0, 3))  # with room for some more behind the samples
        self._first = self._end = 0
        self.scale = RunningScale()
        self.panel_scales: dict[str, RunningScale] = {}
        self.alarm: Alert | None = None
        self._explained: tuple[str, str] | None = None
        self.collision: Alert | None = None
        self.invasion: Alert | None = None
        self._frame_index = -1
        self._explained_index = -1

    def add(self, step: Step) -> None:
        """Take in a step."""
        frame = step.frame
        if frame.index == self._frame_index:
            return
        if frame.index < self._frame_index:
            self._forget()
        self._frame_index = frame.index
        telemetry, now_s = frame.telemetry, frame.time_s
        self._sample(now_s, step.control.steer, telemetry.lane_offset_m)
        if telemetry.collision_ns > 0.0:
            self.collision = Alert(now_s, f"COLLISION  {telemetry.collision_ns:,.0f} N s")
        if telemetry.invaded_lanes:
            kinds = ", ".join(dict.fromkeys(telemetry.invaded_lanes))
            self.invasion = Alert(now_s, f"LANE MARKING CROSSED  {kinds}")
        if step.saliency is not None and step.saliency.frame_index != self._explained_index:
            self._explained_index = step.saliency.frame_index
            self._measure(step.saliency, now_s)

    @property
    def samples(self) -> npt.NDArray[np.float64]:
        """Time [s], steering and lane offset [m], NaN off the lanes, of the last `TREND_S`: float64 (N, 3), a view."""
        return self._rows[self._first : self._end]

    def _sample(self, now_s: float, steer: float, lane_offset_m: float | None) -> None:
        if self._end == len(self._rows):
            known = self.samples
            self._rows = np.concatenate([known, np.empty((len(known) + 128, 3))])
            self._first, self._end = 0, len(known)
        self._rows[self._end] = now_s, steer, np.nan if lane_offset_m is None else lane_offset_m
        self._end += 1
        while self._rows[self._first, 0] < now_s - TREND_S:
            self._first += 1

    def resume(self, scale: RunningScale, method: str, layer: str) -> None:
        """Go on with the scale of earlier maps of this method and layer."""
        self._explained, self.scale = (method, layer), scale

    def _measure(self, saliency: Saliency, now_s: float) -> None:
        """Each method and layer has a scale of its own: their units differ."""
        if self._explained != (saliency.method, saliency.layer):
            self._explained, self.scale = (saliency.method, saliency.layer), RunningScale()
        self.scale.update(saliency, now_s)
        for panel in saliency.panels:
            self.panel_scales.setdefault(panel.layer, RunningScale()).update(panel, now_s)

    def trends(self, now_s: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Steering and lane offset of the last seconds, float64 (N, 2) each: age as a share of `TREND_S`, value."""
        rows = self.samples.copy()
        rows[:, 0] = np.maximum((now_s - rows[:, 0]) / TREND_S, 0.0)
        return rows[:, :2], rows[~np.isnan(rows[:, 2])][:, ::2]

    def alerts(self, now_s: float) -> tuple[Alert | None, Alert | None]:
        """Collision and lane invasion still to be shown, each or None."""
        collision, invasion = (
            alert if alert is not None and now_s - alert.time_s <= ALERT_S else None
            for alert in (self.collision, self.invasion)
        )
        return collision, invasion
