"""What is noted of a run while it is driven, and what that comes to."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.evaluation.ledger import Ledger
from agent.evaluation.outcome import ATTENTION, ROUTE, TRACE
from agent.evaluation.progress import RouteProgress
from agent.evaluation.referee import Referee
from agent.evaluation.scores import scores_of
from agent.evaluation.settings import Suite, Trial
from agent.evaluation.trace import Trace, write_trace
from agent.types import Step

_SLACK, _SLACK_S = 3.0, 30.0


class Record:
    """Takes in the steps of one run.

    Args:
        route: float64 (N, 2) [m].
        trial, suite: what is driven.
    """

    def __init__(self, route: npt.NDArray[np.float64], trial: Trial, suite: Suite) -> None:
        self._route, self._trial = route, trial
        self._progress, self._trace = RouteProgress(route), Trace()
        self._referee = Referee(self._progress, time_limit_s(trial, self._progress.length_m))
        self._ledger = Ledger(suite.attention_alarms)

    @property
    def verdict(self) -> str | None:
        """Why the run is over; None while it goes on."""
        return self._referee.verdict

    def add(self, step: Step) -> list[str]:
        """Take in a step; the words of the attention alarms that it sets off."""
        self._referee.watch(step)
        self._trace.add(step, self._progress.done_m)
        return self._ledger.read(step, self._progress.done_m)

    def write(self, folder: Path) -> None:
        """Keep the trace, the route and the ledger in the run's folder."""
        write_trace(folder / TRACE, self._trace.columns())
        np.savez_compressed(folder / ROUTE, route=self._route.astype(np.float32))
        self._ledger.write(folder / ATTENTION)

    def result(self) -> dict[str, Any]:
        """An outcome's verdict, scores, infractions, alarms, length and time."""
        columns, referee, length_m = self._trace.columns(), self._referee, self._progress.length_m
        scores = scores_of(
            columns,
            referee.infractions,
            length_m=length_m,
            off_road_m=referee.off_road_m,
            target_mps=self._trial.route.speed_kmh / 3.6,
        )
        scores |= self._ledger.scores()
        return {
            "reason": referee.verdict or "the world ended",
            "scores": {name: value if math.isfinite(value) else None for name, value in scores.items()},
            "infractions": tuple(referee.infractions),
            "alarms": tuple(self._ledger.alarms),
            "length_m": length_m,
            "simulated_s": float(columns["time_s"][-1]) if len(columns["time_s"]) else 0.0,
        }


def time_limit_s(trial: Trial, length_m: float) -> float:
    """Simulated time a run may take."""
    limit = trial.route.time_limit_s
    return limit if limit is not None else _SLACK_S + _SLACK * length_m / (trial.route.speed_kmh / 3.6)
