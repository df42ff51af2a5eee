"""What is recorded of an evaluation's runs besides the log: a video of each, if the suite asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from agent.evaluation.settings import Suite, Trial
from agent.evaluation.trial import STEP_S, Errand, Watch, Watcher
from agent.log.records import json_of
from agent.model import SteeringModel
from agent.provenance import provenance
from agent.run_folder import VIDEO, WEATHER
from agent.types import RunCard, Step
from viz.hud import Hud
from viz.video import VideoWriter


def watching(suite: Suite) -> Watch:
    """Who looks at the steps of a run."""

    @contextmanager
    def watch(errand: Errand) -> Iterator[Watcher | None]:
        if suite.video != "all":
            yield None
            return
        hud = Hud(*suite.size_px, errand.card)
        facts = {"run": json_of(errand.card).decode(), WEATHER: errand.trial.weather}
        with VideoWriter(errand.folder / VIDEO, *suite.size_px, 1 / STEP_S, facts) as video:

            def write(step: Step) -> None:
                video.write(hud.draw(step), step.frame.time_s)

            yield write

    return watch


def card_of(suite: Suite, trial: Trial, model: SteeringModel) -> RunCard:
    """What is recorded with every step of a run."""
    return RunCard(
        map=trial.route.map,
        model=model.name,
        model_sha256=model.sha256,
        method="off" if suite.method == "none" else suite.method,
        layer=model.network.layers[-1].name,
        every=suite.every,
        step_s=STEP_S,
        seed=trial.seed,
        provenance=provenance(model),
        command=f"python -m scripts.evaluate, run {trial.id}",
    )
