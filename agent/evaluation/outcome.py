"""What a run came to, as the JSON it is kept in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.evaluation.referee import Infraction
from agent.evaluation.settings import Trial, model_name
from agent.evaluation.statistics import Scored
from agent.run_summary import write_summary

RESULT, TRACE, ROUTE, ATTENTION = "result.json", "trace.npz", "route.npz", "attention.npz"
_LARGEST_BYTES = 16 * 2**20


class Outcome(BaseModel):
    """One run's result.

    Attributes:
        trial: what was asked.
        status: "failed" if it could not be driven to a verdict.
        reason: the referee's verdict, or why it failed.
        attempts: how often it was tried.
        scores: by name; None where they cannot be told.
        infractions: in order.
        alarms: of the attention ledger, in order; they cost nothing.
        length_m: of the route.
        simulated_s, wall_s: how long it took.
        stages: milliseconds by stage, see `agent.stages`.
        model_sha256: of the weights.
        versions: of what made the run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    trial: Trial
    status: Literal["done", "failed"]
    reason: str
    attempts: int = 1
    scores: dict[str, float | None] = Field(default_factory=dict)
    infractions: tuple[Infraction, ...] = ()
    alarms: tuple[Infraction, ...] = ()
    length_m: float = 0.0
    simulated_s: float = 0.0
    wall_s: float = 0.0
    stages: dict[str, dict[str, float]] = Field(default_factory=dict)
    model_sha256: str = ""
    versions: dict[str, str] = Field(default_factory=dict)

    def scored(self) -> Scored:
        """As statistics take it; a failed run has come nowhere, all its scores are 0 as in the CARLA leaderboard."""
        trial = self.trial
        scores = {name: float("nan") if value is None else value for name, value in self.scores.items()}
        if self.status == "failed":
            scores = dict.fromkeys(("driving_score", "route_completion", "infraction_penalty", "success"), 0.0)
        name = model_name(trial.model)
        return Scored(trial.route_name, trial.weather, trial.seed, name, trial.repetition, scores)


def write_outcome(folder: Path, outcome: Outcome) -> None:
    """Keep a result, whole or not at all.

    Raises:
        RecordingError: the folder cannot be written.
    """
    write_summary(folder / RESULT, outcome.model_dump(mode="json"))


def read_outcome(folder: Path) -> Outcome | None:
    """The result in a run's folder; None where there is none yet.

    Raises:
        ValueError: what is there is no result.
    """
    path = folder / RESULT
    if not path.exists():
        return None
    if path.stat().st_size > _LARGEST_BYTES:
        raise ValueError(f"{path} is larger than {_LARGEST_BYTES} bytes: that is no result")
    try:
        return Outcome.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
