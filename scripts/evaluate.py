"""Drive a suite of routes, score it and write a report: `python -m scripts.evaluate --help`."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import closing

from agent.evaluation.crew import drive_all
from agent.evaluation.folder import EvaluationFolder
from agent.evaluation.gate import read_estimates, regressions, unmet
from agent.evaluation.outcome import Outcome
from agent.evaluation.settings import Trial, trials_of
from agent.stopping import Stop
from scripts.door import FailedError, open_door
from scripts.evaluate_flags import Wish, parse, wish_of
from scripts.evaluate_results import summary_table, write_results
from viz.progress import Progress


def run(wish: Wish, stop: Stop) -> None:
    """Drive what is not driven yet, then tell how it went."""
    from agent.evaluation.checks import check

    trials = trials_of(wish.suite)
    before = None if wish.baseline is None else read_estimates(wish.baseline)
    check(wish.suite)
    folder = EvaluationFolder(wish.out, wish.name, wish.suite, resume=wish.resume)
    outcomes = {outcome.trial.id: outcome for outcome in folder.driven(trials)}
    stop.patient = True
    with Progress("run", len(trials), len(outcomes)) as progress, closing(driving(wish, folder, outcomes)) as drives:
        for outcome in drives:
            outcomes[outcome.trial.id] = outcome
            progress.step(f"{outcome.trial.id}: {outcome.reason}")
            if stop.signal:
                break
    results = write_results(folder, wish.suite, [outcomes[trial.id] for trial in trials if trial.id in outcomes])
    print(summary_table(results["estimates"]))
    print(folder.path)
    lines = unmet(wish.requirements, results["estimates"])
    lines += [] if before is None else regressions(before, results["estimates"])
    if lines and not stop.signal:
        raise FailedError("\n".join(lines))


def driving(wish: Wish, folder: EvaluationFolder, done: dict[str, Outcome]) -> Generator[Outcome]:
    """The runs that are left, on processes of this machine or on a Ray cluster."""
    left: list[Trial] = [trial for trial in trials_of(wish.suite) if trial.id not in done]
    if wish.ray is not None:
        from agent.evaluation.ray_crew import drive_on_ray

        return drive_on_ray(wish.suite, left, folder.trials, wish.ray)
    return drive_all(wish.suite, left, folder.trials, wish.workers)


def main() -> None:
    """Parse, wire, loop."""
    flags, verbose = parse(sys.argv[1:])
    open_door(lambda stop: run(wish_of(flags), stop), verbose=verbose)


if __name__ == "__main__":
    main()
