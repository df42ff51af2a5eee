"""One route of the CARLA leaderboard: our own loop, a turn a tick, watched and recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from agent.driver import ModelDriver
from agent.leaderboard_senses import Readings, Senses
from agent.log import LogWriter
from agent.log.records import json_of
from agent.loop import Explain, drive
from agent.model import SteeringModel
from agent.provenance import provenance
from agent.run_folder import LOG, SUMMARY, VIDEO, make_run_folder
from agent.run_summary import RunSummary, write_summary
from agent.speed import SpeedController
from agent.types import FULL_STOP, Control, Frame, RunCard, Step

STEP_S = 0.05
"""The leaderboard ticks twenty times a second."""


class LeaderboardSettings(BaseModel):
    """The agent's configuration file.

    Attributes:
        model: a folder of `configs/models` or a Keras file.
        method, layer, every: of the saliency; "none" drives without.
        speed_kmh: target speed.
        res: of the camera, WIDTHxHEIGHT.
        video: whether to record one, with the HUD.
        out: gets a folder for each route that is driven.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    model: str = "pilotnet"
    method: str = "gradient"
    layer: str | None = None
    every: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    speed_kmh: Annotated[float, Field(gt=0, le=150)] = 30.0
    res: Annotated[str, Field(pattern=r"^[0-9]{2,4}x[0-9]{2,4}$")] = "640x360"
    video: bool = False
    out: Path = Path("runs")

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the camera image."""
        width, height = self.res.split("x")
        return int(width), int(height)


class LeaderboardRun:
    """Drives and records a route; begins with the first step, ends with `close`.

    Raises:
        RecordingError: the folder cannot be written.
    """

    def __init__(self, settings: LeaderboardSettings, model: SteeringModel, explain: Explain, senses: Senses) -> None:
        self._world, self._senses, self._exit_reason = _Pushed(), senses, "done"
        driver = ModelDriver(model, SpeedController(settings.speed_kmh / 3.6))
        self._steps = drive(self._world, driver, driver.while_sound(explain), every=settings.every)
        card = _card(settings, model, explain)
        folder = make_run_folder(None, card.map, card.model, within=settings.out)
        with ExitStack() as stack:
            self._watchers = self._recording(stack, settings, model, card, folder)
            self._stack = stack.pop_all()

    def step(self, readings: Readings, time_s: float) -> Control:
        """What the car is to be told in this tick.

        Raises:
            UserError: a sensor or the disk failed, or the network did and the car stands by now.
        """
        try:
            self._world.frame = self._senses.frame(readings, time_s, self._world.told)
            step = next(self._steps)
            for watch in self._watchers:
                watch(step)
        except Exception as error:
            self._exit_reason = f"{type(error).__name__}: {error}"
            raise
        return step.control

    def close(self) -> None:
        """Finish what is recorded."""
        self._stack.close()

    def _recording(
        self, stack: ExitStack, settings: LeaderboardSettings, model: SteeringModel, card: RunCard, folder: Path
    ) -> list[Callable[[Step], None]]:
        summary = RunSummary(card)
        stack.callback(
            lambda: write_summary(folder / SUMMARY, summary.as_dict(exit_reason=self._exit_reason, stages={}))
        )
        log = stack.enter_context(LogWriter(folder / LOG, card))
        watchers = [summary.add, lambda step: log.write(step, model.preprocessor(step.frame))]
        if settings.video:
            from viz.hud import Hud  # pictures are for those who ask for them
            from viz.video import VideoWriter

            hud, facts = Hud(*settings.size_px, card), {"run": json_of(card).decode()}
            video = stack.enter_context(VideoWriter(folder / VIDEO, *settings.size_px, 1 / STEP_S, facts))
            watchers.append(lambda step: video.write(hud.draw(step), step.frame.time_s))
        return watchers


class _Pushed:
    """A world whose frames are pushed into it, one for each turn of the loop."""

    frame: Frame
    told = FULL_STOP

    def frames(self) -> Iterator[Frame]:
        while True:
            yield self.frame

    def apply(self, control: Control) -> None:
        self.told = control


def _card(settings: LeaderboardSettings, model: SteeringModel, explain: Any) -> RunCard:
    return RunCard(
        map="leaderboard",  # none of the sensors tells which
        model=model.name,
        model_sha256=model.sha256,
        method=getattr(explain, "method", "off"),
        layer=getattr(explain, "layer", ""),
        every=settings.every,
        step_s=STEP_S,
        seed=0,
        provenance=provenance(model),
        command="CARLA leaderboard",
    )
