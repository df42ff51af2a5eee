"""A live run put together from the rooms; owns every resource of it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

from agent.attention import attended
from agent.backend import configure_tensorflow
from agent.braking import brake_to_stand
from agent.carla_world import WEATHERS, CarlaWorld
from agent.config import DriveConfig
from agent.driver import ModelDriver
from agent.embedded import Address
from agent.errors import RecordingError
from agent.log import LogWriter
from agent.log.records import json_of
from agent.loop import Explain
from agent.model import SteeringModel, load_model
from agent.pacing import at_most
from agent.provenance import provenance
from agent.run_folder import LOG, SUMMARY, VIDEO, WEATHER, make_run_folder
from agent.run_summary import RunSummary, write_summary
from agent.scenario import Scenario
from agent.speed import SpeedController
from agent.stages import Stages
from agent.stopping import Stop
from agent.types import Picture, RunCard, Step
from agent.view import CameraMount
from scripts.explaining import Explaining
from viz.audience import Audience, Draw
from viz.cockpit import Cockpit, ProgressCockpit, WindowCockpit
from viz.hud import Hud
from viz.video import VideoWriter
from viz.window import Window, display_available


class Live:
    """World, driver, explainer and audience of one run.

    Attributes:
        world, driver, explain, every, audience: what the loop needs.
        exit_reason: why the run ended, for the summary; set it when it is known.
    """

    def __init__(self, config: DriveConfig, address: Callable[[], Address], stages: Stages, stop: Stop) -> None:
        self._config = config
        self._stages = stages
        self._stop = stop
        self._paused_s = 0.0
        self._failed = False
        self._tell: Callable[[Step, RecordingError], None] = lambda step, failure: None
        self.exit_reason = "failed"
        with ExitStack() as stack:
            self._stack = stack
            try:
                self._put_together(address)
            except BaseException:
                stop.held = True
                raise
            self._stack = stack.pop_all()

    def __enter__(self) -> Live:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.held = True  # all of it is bounded in time: no second Ctrl-C leaves a server half tidied up
        if error is not None:
            self.exit_reason = f"{type(error).__name__}: {error}"
        self._stack.__exit__(kind, error, trace)

    @property
    def closed(self) -> bool:
        """Whether the person closed the window."""
        return self._cockpit.closed

    def paced(self, steps: Iterable[Step]) -> Iterator[Step]:
        """In a window no faster than a person can watch, and standing still on request; else as fast as it goes."""
        live = self._explaining.explain
        cockpit, steps = self._cockpit, attended(steps, lambda: live.explained)
        if not isinstance(cockpit, WindowCockpit):
            return steps
        return at_most(self._config.max_real_time_factor, self._pausing(cockpit, steps))

    def show(self, step: Step) -> None:
        """Pass a step on to all who watch and record.

        Raises:
            RecordingError: a recording failed; the car stands by now, and what else is recorded says why.
        """
        try:
            self.audience(step)
        except RecordingError as failure:
            self._failed = True
            with suppress(RecordingError):  # maybe it is the log that failed
                self._tell(step, failure)
            brake_to_stand(self.world, step.control.steer)
            raise

    def _pausing(self, cockpit: WindowCockpit, steps: Iterable[Step]) -> Iterator[Step]:
        for step in steps:
            yield step
            self._paused_s += cockpit.wait_while_paused()
            if self._stop.signal or cockpit.closed:
                return

    def _put_together(self, address: Callable[[], Address]) -> None:
        """All that can be refused comes before the run folder is made."""
        config = self._config
        configure_tensorflow()
        model = load_model(config.model, config.card)
        model.preprocessor.preprocessing.placement(config.res[1], config.res[0])
        self._explaining = self._stack.enter_context(Explaining(config, model))
        self.every = self._explaining.every
        self.driver = ModelDriver(model, SpeedController(config.speed_kmh / 3.6))
        there = address()
        self.world = self._enter_world(there, scenario_of(config, model))
        card = run_card(config, model, self._explaining.explain, self.world.map_name)
        self.explain = self.driver.while_sound(self._explaining.explain)
        hud = Hud(*config.res, card)
        self.audience = Audience(self._drawn_by(hud), self._stages)
        self.audience.add_reader("attention", self._explaining.read)
        shown = config.display == "on" or (config.display == "auto" and display_available())
        window = self._stack.enter_context(Window(*config.res, f"{card.model} on {card.map}")) if shown else None
        folder = make_run_folder(config.out, card.map, card.model)
        self._record(card, folder, model)
        self._cockpit = self._seat(hud, folder, window)

    def _drawn_by(self, hud: Hud) -> Draw:
        """Draws, having told the HUD what is explained just now."""

        def draw(step: Step) -> Picture:
            self._explaining.tell(hud, step.frame.time_s)
            return hud.draw(step)

        return draw

    def _enter_world(self, there: Address, scenario: Scenario) -> CarlaWorld:
        """Set the world up, unbroken: what was being spawned when a signal came would stay on the server."""
        self._stop.held = True
        world = self._stack.enter_context(CarlaWorld(there.host, there.port, scenario))
        self._stop.held, self._stop.patient = False, True
        if self._stop.signal:
            raise KeyboardInterrupt
        return world

    def _record(self, card: RunCard, folder: Path, model: SteeringModel) -> None:
        config = self._config
        summary = RunSummary(card)
        self._stack.callback(self._finish, summary, folder)
        self.audience.add_reader("summary", summary.add)
        if config.log:
            log = self._stack.enter_context(LogWriter(folder / LOG, card, camera=config.log_camera))
            self._tell = lambda step, failure: log.event(step.frame, "recording_failed", str(failure))
            self._explaining.on_alarm = lambda frame, text: log.event(frame, "attention", text)
            self.audience.add_reader("log", lambda step: log.write(step, model.preprocessor(step.frame)))
        if config.video:
            facts = {"run": json_of(card).decode(), WEATHER: self.world.weather}
            video = self._stack.enter_context(VideoWriter(folder / VIDEO, *config.res, config.fps, facts))
            self.audience.add_viewer("video_handover", lambda step, picture: video.write(picture, step.frame.time_s))

    def _seat(self, hud: Hud, folder: Path, window: Window | None) -> Cockpit:
        if window is None:
            progress = ProgressCockpit(self._config.frame_limit)
            self._stack.callback(progress.close)
            self.audience.add_reader("progress", progress.read)
            return progress
        cockpit = WindowCockpit(
            window,
            hud,
            weathers=list(WEATHERS),
            set_weather=self.world.set_weather,
            switches=self._explaining.explain,
            folder=folder,
            stopped=lambda: self._stop.signal is not None,
        )
        self.audience.add_viewer("window", cockpit.present)
        return cockpit

    def _finish(self, summary: RunSummary, folder: Path) -> None:
        numbers = summary.as_dict(exit_reason=self.exit_reason, stages=self._stages.summary(), paused_s=self._paused_s)
        with suppress(*([RecordingError] if self._failed else [])):  # the first failure is the one to tell
            write_summary(folder / SUMMARY, {**numbers, **self._explaining.summary()})
        if self._failed:
            return
        self._explaining.plot(folder)
        print(
            f"{numbers['frames']} frames, {numbers['distance_m']:.0f} m, {numbers['real_time_factor']} x real time, "
            f"{numbers['lane_invasions']} lane invasions, {numbers['collisions']} collisions: {folder}"
        )


def scenario_of(config: DriveConfig, model: SteeringModel) -> Scenario:
    """What the settings and the model's card ask of the server."""
    camera = model.card.camera
    return Scenario(
        map=config.map if config.host else None,  # the embedded simulator was started with it
        weather=config.weather,
        mount=CameraMount(x_m=camera.x_m, z_m=camera.z_m, pitch_deg=camera.pitch_deg, fov_deg=camera.fov_deg),
        width_px=config.res[0],
        height_px=config.res[1],
        step_s=1 / config.fps,
        role_name=config.rolename,
        seed=config.seed,
        spawn=config.spawn,
        semantic=config.attention,
    )


def run_card(config: DriveConfig, model: SteeringModel, explain: Explain, map_name: str) -> RunCard:
    """What is shown and recorded with every step of the run."""
    return RunCard(
        map=printable(map_name),
        model=printable(model.name),
        model_sha256=model.sha256,
        method=getattr(explain, "method", "off"),
        layer=getattr(explain, "layer", ""),
        every=1 if config.every == "auto" else config.every,
        step_s=1 / config.fps,
        seed=config.seed,
        provenance=provenance(model),
        command=printable(shlex.join(sys.argv)),
    )


def printable(name: str) -> str:
    """A file name or an argument that is not UTF-8, in a form that can be recorded."""
    return name.encode("utf-8", "backslashreplace").decode()
