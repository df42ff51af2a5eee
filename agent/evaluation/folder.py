"""The folder of an evaluation: its suite, what is driven, what is left; nothing earlier is ever overwritten."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from agent.errors import ConfigError
from agent.evaluation.outcome import Outcome, read_outcome
from agent.evaluation.settings import Suite, Trial

SUITE, TRIALS = "suite.json", "trials"


class EvaluationFolder:
    """Where results are kept; nothing is written before `begin`.

    Args:
        path: of the folder; None: a new one under `runs/`.
        name: of the suite.
        suite: what is to be driven.
        resume: go on with what is there.

    Raises:
        ConfigError: results are there and `resume` is not set, they are of another suite, or the folder cannot be used.
    """

    def __init__(self, path: Path | None, name: str, suite: Suite, *, resume: bool) -> None:
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        self.path = path or Path("runs") / f"{now}-{name}"
        self._suite = json.dumps(suite.model_dump(mode="json"), indent=2, sort_keys=True)
        there = self.path / SUITE
        try:
            if there.exists():
                self._refuse(there, resume=resume)
            elif resume:
                raise ConfigError(f"{self.path} holds no evaluation to go on with: leave --resume out, or mend --out")
            elif self.path.exists() and any(self.path.iterdir()):
                raise ConfigError(f"{self.path} is not empty and holds no evaluation: choose another --out")
        except OSError as error:
            raise self._unusable(error) from None

    def begin(self) -> None:
        """Make the folder, if it is not there.

        Raises:
            ConfigError: it cannot be used.
        """
        try:
            self.trials.mkdir(parents=True, exist_ok=True)
            if not (self.path / SUITE).exists():
                (self.path / SUITE).write_text(self._suite, encoding="utf-8")
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> ConfigError:
        return ConfigError(f"cannot use {self.path}: {error.strerror}: choose another --out")

    def _refuse(self, there: Path, *, resume: bool) -> None:
        try:
            before = json.loads(there.read_text(encoding="utf-8"))
            changed = [key for key, value in json.loads(self._suite).items() if before.get(key) != value]
        except (ValueError, AttributeError, RecursionError):
            raise ConfigError(f"{there} is damaged: choose another --out") from None
        if changed:
            keys = ", ".join(changed)
            raise ConfigError(f"{self.path} holds results of another suite, of other {keys}: choose another --out")
        if not resume:
            raise ConfigError(f"{self.path} holds results already: give --resume to go on, or choose another --out")

    @property
    def trials(self) -> Path:
        """Holds a folder for each run."""
        return self.path / TRIALS

    def driven(self, trials: Sequence[Trial], weights: Mapping[str, str]) -> list[Outcome]:
        """Results that are there, in the order of the trials; runs that failed are to be driven again.

        Args:
            trials: of the suite.
            weights: checksums of its models, by how the suite calls them.

        Raises:
            ConfigError: a result that cannot be read, or is of other weights.
        """
        try:
            found = [read_outcome(self.trials / trial.id) for trial in trials]
        except (OSError, ValueError) as error:
            raise ConfigError(f"{error}: remove that run's folder to drive it again") from None
        kept = [outcome for outcome in found if outcome is not None and outcome.status == "done"]
        for outcome in kept:
            model = outcome.trial.model
            if outcome.model_sha256 != weights[model]:
                raise ConfigError(f"{self.path}: '{model}' has other weights than when it drove: choose another --out")
        return kept
