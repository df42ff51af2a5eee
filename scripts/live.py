"""A live run put together from the rooms; owns every resource of it."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

from agent.backend import configure_tensorflow
from agent.carla_world import WEATHERS, CarlaWorld
from agent.config import DriveConfig
from agent.driver import ModelDriver
from agent.embedded import Address
from agent.log import LogWriter
from agent.log.records import json_of
from agent.model import SteeringModel, load_model
from agent.pacing import at_most
from agent.run_folder import LOG, SUMMARY, VIDEO, make_run_folder
from agent.run_summary import RunSummary, write_summary
from agent.saliency import make_explainer
from agent.scenario import Scenario
from agent.speed import SpeedController
from agent.stages import Stages
from agent.types import RunCard, Step
from agent.view import CameraMount
from viz.audience import Audience
from viz.cockpit import Cockpit, ProgressCockpit, WindowCockpit
from viz.hud import Hud
from viz.video import VideoWriter
from viz.window import Window, display_available


class Live:
    """World, driver, explainer and audience of one run.

    Attributes:
        world, driver, explain, audience: what the loop needs.
        exit_reason: why the run ended, for the summary; set it when it is known.
    """

    def __init__(self, config: DriveConfig, address: Callable[[], Address], stages: Stages) -> None:
        self._config = config
        self._stages = stages
        self._stack = ExitStack()
        self.exit_reason = "failed"
        try:
            self._put_together(address)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Live:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.exit_reason = f"{type(error).__name__}: {error}"
        self._stack.__exit__(kind, error, trace)

    @property
    def closed(self) -> bool:
        """Whether the person closed the window."""
        return self._cockpit.closed

    def paced(self, steps: Iterable[Step]) -> Iterator[Step]:
        """In a window no faster than a person can watch; without one as fast as it goes."""
        return at_most(self._config.max_real_time_factor, steps) if self._shown else iter(steps)

    def _put_together(self, address: Callable[[], Address]) -> None:
        """All that can be refused comes before the run folder is made."""
        config = self._config
        configure_tensorflow()
        model = load_model(config.model)
        model.preprocessor.preprocessing.placement(config.res[1], config.res[0])
        self.explain = make_explainer(config.method, config.layer, model)
        self.driver = ModelDriver(model, SpeedController(config.speed_kmh / 3.6))
        there = address()
        self.world = self._stack.enter_context(CarlaWorld(there.host, there.port, scenario_of(config, model)))
        card = run_card(config, model, self.world)
        hud = Hud(*config.res, card)
        self.audience = Audience(hud.draw, self._stages)
        self._shown = config.display == "on" or (config.display == "auto" and display_available())
        window = self._stack.enter_context(Window(*config.res, f"{card.model} on {card.map}")) if self._shown else None
        folder = make_run_folder(config.out, card.map, card.model)
        self._record(card, folder, model)
        self._cockpit = self._seat(hud, folder, window)

    def _record(self, card: RunCard, folder: Path, model: SteeringModel) -> None:
        config = self._config
        summary = RunSummary(card)
        self._stack.callback(self._finish, summary, folder)
        self.audience.add_reader("summary", summary.add)
        if config.log:
            log = self._stack.enter_context(LogWriter(folder / LOG, card))
            self.audience.add_reader("log", lambda step: log.write(step, model.preprocessor(step.frame)))
        if config.video:
            facts = {"run": json_of(card).decode()}
            video = self._stack.enter_context(VideoWriter(folder / VIDEO, *config.res, config.fps, facts))
            self.audience.add_viewer("video_handover", lambda step, picture: video.write(picture, step.frame.time_s))

    def _seat(self, hud: Hud, folder: Path, window: Window | None) -> Cockpit:
        if window is None:
            progress = ProgressCockpit(self._config.frame_limit)
            self._stack.callback(progress.close)
            self.audience.add_reader("progress", progress.read)
            return progress
        cockpit = WindowCockpit(window, hud, weathers=list(WEATHERS), set_weather=self.world.set_weather, folder=folder)
        self.audience.add_viewer("window", cockpit.show)
        return cockpit

    def _finish(self, summary: RunSummary, folder: Path) -> None:
        numbers = summary.as_dict(
            exit_reason=self.exit_reason, stages=self._stages.summary(), stale_images=self.world.skipped_images
        )
        write_summary(folder / SUMMARY, numbers)
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
    )


def run_card(config: DriveConfig, model: SteeringModel, world: CarlaWorld) -> RunCard:
    """What is shown and recorded with every step of the run."""
    packages = ("carla", "tensorflow", "keras", "numpy", "opencv-python", "pygame")
    return RunCard(
        map=world.map_name,
        model=model.name,
        model_sha256=model.sha256,
        method=config.method,
        layer=config.layer or "steering",
        every=config.every,
        step_s=1 / config.fps,
        seed=config.seed,
        provenance={
            "python": platform.python_version(),
            **{package: version(package) for package in packages},
            "command": shlex.join(sys.argv),
        },
    )
