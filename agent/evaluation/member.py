"""One worker's hands: it keeps its models and its simulator from run to run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from agent.backend import configure_tensorflow
from agent.embedded import Address, embedded_simulator
from agent.errors import UserError
from agent.evaluation.outcome import Outcome, write_outcome
from agent.evaluation.settings import Suite, Trial
from agent.evaluation.trial import Errand, Watch, run_trial
from agent.model import SteeringModel, load_model
from agent.stopping import Stop
from agent.types import RunCard

CardOf = Callable[[Suite, Trial, SteeringModel], RunCard]


class Member:
    """Drives one run after the other; use it with `with`.

    Args:
        suite: of the runs.
        server: a running CARLA, HOST:PORT; None: embedded simulators, one after another as the maps change.
        watch: who looks at the steps.
        card_of: what is recorded with a run.
        stop: tells when to stop.
    """

    def __init__(self, suite: Suite, server: str | None, *, watch: Watch, card_of: CardOf, stop: Stop) -> None:
        self._suite, self._watch, self._card_of, self._stop = suite, watch, card_of, stop
        self._there = None if server is None else Address(server.rsplit(":", 1)[0], int(server.rsplit(":", 1)[1]))
        self._models: dict[str, SteeringModel] = {}
        self._simulator = ExitStack()
        self._address: tuple[tuple[str, int], Address] | None = None
        configure_tensorflow()

    def __enter__(self) -> Member:
        return self

    def __exit__(self, *_: object) -> None:
        self._simulator.close()

    def run(self, trial: Trial, folder: Path) -> Outcome:
        """Drive a run and keep its result in its folder; what fails for a reason that can be told is a failed run.

        Raises:
            InterruptedTrialError: a signal came.
        """
        folder.mkdir(parents=True, exist_ok=True)
        try:
            model = self._model(trial.model)
            card = self._card_of(self._suite, trial, model)
            errand = Errand(self._suite, trial, self._where(trial), model, card, folder)
            outcome = run_trial(errand, watch=self._watch, stop=self._stop)
        except UserError as error:
            self._leave()  # a simulator that failed once is not asked again
            outcome = Outcome(trial=trial, status="failed", reason=str(error))
        write_outcome(folder, outcome)
        return outcome

    def _model(self, name: str) -> SteeringModel:
        if name not in self._models:
            self._models[name] = load_model(name)
        return self._models[name]

    def _where(self, trial: Trial) -> Address:
        if self._there is not None:
            return self._there
        wanted = (trial.route.map, trial.seed)
        if self._address is None or self._address[0] != wanted:
            self._leave()
            address = self._simulator.enter_context(embedded_simulator(*wanted))()
            self._address = (wanted, address)
        return self._address[1]

    def _leave(self) -> None:
        self._address = None
        self._simulator.close()
