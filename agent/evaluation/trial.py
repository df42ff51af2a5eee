"""One run of a suite: the loop of the live drive, watched by a referee; no picture is drawn unless somebody looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agent.attention import attended
from agent.carla_world import CarlaWorld
from agent.driver import ModelDriver
from agent.embedded import Address
from agent.errors import ConfigError
from agent.evaluation.outcome import Outcome
from agent.evaluation.record import Record
from agent.evaluation.settings import Place, Suite, Trial
from agent.log import LogWriter
from agent.loop import drive
from agent.model import SteeringModel
from agent.route import NoRouteError
from agent.run_folder import LOG
from agent.saliency import make_explainer
from agent.scenario import Scenario
from agent.speed import SpeedController
from agent.stages import Stages, TimedWorld
from agent.stopping import Stop
from agent.types import RunCard, Step
from agent.view import CameraMount

Watcher = Callable[[Step], None]
STEP_S = 0.05


class InterruptedTrialError(Exception):
    """The run was stopped from outside: it has no result."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a run is given.

    Attributes:
        suite, trial: what to drive.
        address: of the simulator.
        model: that drives.
        card: recorded with the run.
        folder: that the run's files go to.
    """

    suite: Suite
    trial: Trial
    address: Address
    model: SteeringModel
    card: RunCard
    folder: Path


Watch = Callable[[Errand], AbstractContextManager[Watcher | None]]
"""Makes somebody who looks at every step of a run, such as a video; None for nobody."""


def run_trial(errand: Errand, *, watch: Watch, stop: Stop) -> Outcome:
    """Drive a route to a verdict, log it, score it.

    Raises:
        UserError: the simulator, the model or the disk failed.
        InterruptedTrialError: a signal came.
    """
    start_s, stages, suite, trial = time.monotonic(), Stages(), errand.suite, errand.trial
    with ExitStack() as stack:
        world = stack.enter_context(
            CarlaWorld(errand.address.host, errand.address.port, scenario_of(suite, trial, errand.model))
        )
        record = Record(_route(world, trial), trial, suite)
        log = stack.enter_context(LogWriter(errand.folder / LOG, errand.card)) if suite.log else None
        watcher = stack.enter_context(watch(errand))
        for step in attended(_steps(errand, world, stages)):
            alarms = record.add(step)
            if log is not None:
                log.write(step, errand.model.preprocessor(step.frame))
                for words in alarms:
                    log.event(step.frame, "attention", words)
            if watcher is not None:
                watcher(step)
            if stop.signal:
                raise InterruptedTrialError
            if record.verdict is not None:
                break
    record.write(errand.folder)
    return Outcome(
        trial=trial,
        status="done",
        wall_s=time.monotonic() - start_s,
        stages=stages.summary(),
        model_sha256=errand.model.sha256,
        versions=errand.card.provenance,
        **record.result(),
    )


def _route(world: CarlaWorld, trial: Trial) -> npt.NDArray[np.float64]:
    start = trial.route.start
    if isinstance(start, int) and start >= world.spawn_count:
        last = world.spawn_count - 1
        raise ConfigError(f"route '{trial.route_name}': start: the map has spawn points 0 to {last}, not {start}")
    try:
        return world.route(trial.route.destination)
    except NoRouteError as error:
        raise ConfigError(f"route '{trial.route_name}': {error}") from None


def _steps(errand: Errand, world: CarlaWorld, stages: Stages) -> Iterator[Step]:
    """The loop of the live drive, its stages timed."""
    suite, model = errand.suite, errand.model
    speed = SpeedController(errand.trial.route.speed_kmh / 3.6)
    driver = stages.timed("driver_saliency", ModelDriver(model, speed))
    explainer = make_explainer(suite.method, None, model, beside_driver=True)
    explain = stages.timed("driver_saliency", explainer, continues=True)
    return drive(TimedWorld(world, stages), driver, explain, every=suite.every)


def scenario_of(suite: Suite, trial: Trial, model: SteeringModel) -> Scenario:
    """What a run asks of the server."""
    camera, route = model.card.camera, trial.route
    start, (width_px, height_px) = route.start, suite.size_px
    return Scenario(
        map=route.map if suite.servers else None,  # an embedded simulator was started with it
        weather=trial.weather,
        mount=CameraMount(x_m=camera.x_m, z_m=camera.z_m, pitch_deg=camera.pitch_deg, fov_deg=camera.fov_deg),
        width_px=width_px,
        height_px=height_px,
        step_s=STEP_S,
        seed=trial.seed,
        spawn=start if isinstance(start, int) else None,
        place=(start.x, start.y, start.yaw) if isinstance(start, Place) else None,
        offset_m=route.offset_m,
        askew_deg=route.askew_deg,
        traffic=route.traffic,
        semantic=suite.attention,
    )
