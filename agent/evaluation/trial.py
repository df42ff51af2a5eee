"""One run of a suite: the loop of the live drive, watched by a referee; no picture is drawn unless somebody looks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agent.carla_world import CarlaWorld
from agent.driver import ModelDriver
from agent.embedded import Address
from agent.errors import ConfigError
from agent.evaluation.outcome import ROUTE, TRACE, Outcome
from agent.evaluation.progress import RouteProgress
from agent.evaluation.referee import Referee
from agent.evaluation.scores import scores_of
from agent.evaluation.settings import Place, Suite, Trial
from agent.evaluation.trace import Columns, Trace, write_trace
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
Watch = Callable[[RunCard, Path], AbstractContextManager[Watcher | None]]
"""Makes somebody who looks at every step of a run, such as a video; None for nobody."""
STEP_S = 0.05
_SLACK, _SLACK_S = 3.0, 30.0


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


def run_trial(errand: Errand, *, watch: Watch, stop: Stop) -> Outcome:
    """Drive a route to a verdict, log it, score it.

    Raises:
        UserError: the simulator, the model or the disk failed.
        InterruptedTrialError: a signal came.
    """
    start_s, stages, trial = time.monotonic(), Stages(), errand.trial
    with ExitStack() as stack:
        world = stack.enter_context(
            CarlaWorld(errand.address.host, errand.address.port, scenario_of(errand.suite, trial, errand.model))
        )
        route = _route(world, trial)
        progress, trace = RouteProgress(route), Trace()
        referee = Referee(progress, time_limit_s(trial, progress.length_m))
        log = stack.enter_context(LogWriter(errand.folder / LOG, errand.card))
        watcher = stack.enter_context(watch(errand.card, errand.folder))
        for step in _steps(errand, world, stages):
            referee.watch(step)
            trace.add(step, progress.done_m)
            log.write(step, errand.model.preprocessor(step.frame))
            if watcher is not None:
                watcher(step)
            if stop.signal:
                raise InterruptedTrialError
            if referee.verdict is not None:
                break
    columns = trace.columns()
    write_trace(errand.folder / TRACE, columns)
    np.savez_compressed(errand.folder / ROUTE, route=route.astype(np.float32))
    return Outcome(
        trial=trial,
        status="done",
        reason=referee.verdict or "the world ended",
        scores=_scores(columns, referee, progress, trial),
        infractions=tuple(referee.infractions),
        length_m=progress.length_m,
        simulated_s=float(columns["time_s"][-1]) if len(columns["time_s"]) else 0.0,
        wall_s=time.monotonic() - start_s,
        stages=stages.summary(),
        model_sha256=errand.model.sha256,
        versions=errand.card.provenance,
    )


def _route(world: CarlaWorld, trial: Trial) -> npt.NDArray[np.float64]:
    try:
        return world.route(trial.route.destination)
    except NoRouteError as error:
        raise ConfigError(f"route '{trial.route_name}': {error}") from None


def _steps(errand: Errand, world: CarlaWorld, stages: Stages) -> Iterator[Step]:
    """The loop of the live drive, its stages timed."""
    suite, model = errand.suite, errand.model
    speed = SpeedController(errand.trial.route.speed_kmh / 3.6)
    driver = stages.timed("driver_saliency", ModelDriver(model, speed))
    explain = stages.timed("driver_saliency", make_explainer(suite.method, None, model), continues=True)
    return drive(TimedWorld(world, stages), driver, explain, every=suite.every)


def _scores(columns: Columns, referee: Referee, progress: RouteProgress, trial: Trial) -> dict[str, float | None]:
    scores = scores_of(
        columns,
        referee.infractions,
        length_m=progress.length_m,
        off_road_m=referee.off_road_m,
        target_mps=trial.route.speed_kmh / 3.6,
    )
    return {name: value if math.isfinite(value) else None for name, value in scores.items()}


def time_limit_s(trial: Trial, length_m: float) -> float:
    """Simulated time a run may take."""
    limit = trial.route.time_limit_s
    return limit if limit is not None else _SLACK_S + _SLACK * length_m / (trial.route.speed_kmh / 3.6)


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
    )
