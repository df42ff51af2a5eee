"""The explainer's part of a live run: its switches, the attention ledger and its alarms, what the HUD says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from agent.attention import Alarm, AlarmWatch, read_alarm
from agent.attention_sums import AttentionSums
from agent.config import DriveConfig
from agent.model import SteeringModel
from agent.saliency.apart import Choice
from agent.saliency.live import LiveExplainer
from agent.types import Frame, Step
from viz.attention_plot import attention_plot
from viz.hud import Hud
from viz.sheet import write_png

PLOT = "attention.png"
_ALARM_S = 3.0
"""How long an alarm stays on the HUD."""


class Explaining:
    """What is explained in a run; use it with `with`.

    Attributes:
        explain: Frame -> Saliency, with the switches that keys turn.
        every: for the loop; 1 where the explainer has a rhythm of its own.
        on_alarm: told of every alarm with its frame; set it to have them logged.
    """

    def __init__(self, config: DriveConfig, model: SteeringModel) -> None:
        """
        Raises:
            ConfigError: an unknown method, layer or output, an alarm that says nothing.
        """
        alarms = [read_alarm(text) for text in config.attention_alarms]
        choice = Choice(config.method, config.layer, config.output, config.panel)
        auto = config.every == "auto"
        self.explain = LiveExplainer(model, choice, step_s=1 / config.fps, auto=auto, checking=config.check)
        self.every = 1 if config.every == "auto" else config.every
        self.on_alarm: Callable[[Frame, str], None] | None = None
        self._watch = AlarmWatch(alarms)
        self._sums = AttentionSums()
        self._counted = -1
        self._newest_alarm: tuple[float, Alarm] | None = None

    def __enter__(self) -> Explaining:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.explain.close()

    def read(self, step: Step) -> None:
        """Take a step's ledger into account, and raise the alarms it sets off."""
        seen, explained = step.attention, self.explain.explained
        if seen is None or explained is None or seen.frame_index == self._counted:
            return
        self._counted = seen.frame_index
        self._sums.add(explained.time_s, seen)
        for alarm in self._watch.add(explained.time_s, seen):
            self._newest_alarm = (step.frame.time_s, alarm)
            if self.on_alarm is not None:
                self.on_alarm(step.frame, str(alarm))

    def tell(self, hud: Hud, time_s: float) -> None:
        """Bring the HUD up to date before it draws."""
        explain = self.explain
        notice = explain.take_notice()
        if notice:
            hud.notice = notice
        card, every = hud.card, max(self.every, explain.every)
        if (card.method, card.layer, card.every) != (explain.method, explain.layer, every):
            hud.card = replace(card, method=explain.method, layer=explain.layer, every=every)
        newest = self._newest_alarm
        hud.alarm = "" if newest is None or time_s - newest[0] > _ALARM_S else str(newest[1])

    def summary(self) -> dict[str, Any]:
        """For summary.json: the ledger of the whole run; empty without labels."""
        return {"attention": self._sums.as_dict()} if self._sums.count else {}

    def plot(self, folder: Path) -> None:
        """The ledger over time as attention.png, where there is one."""
        if self._sums.count > 1:
            write_png(folder / PLOT, attention_plot(self._sums))
