"""Drive a suite of routes, score it and write a report: `python -m scripts.evaluate --help`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from agent.evaluation.crew import drive_all
from agent.evaluation.folder import EvaluationFolder
from agent.evaluation.gate import check_baseline, read_estimates, regressions, unmet
from agent.evaluation.outcome import Outcome
from agent.evaluation.settings import Trial, model_name, trials_of
from agent.stopping import Stop
from scripts.door import FailedError, open_door
from scripts.evaluate_flags import Wish, parse, wish_of
from scripts.evaluate_results import failures, summary_table, write_results
from viz.progress import Progress


def run(wish: Wish, stop: Stop) -> None:
    """Drive what is not driven yet, then tell how it went."""
    from agent.evaluation.checks import check

    trials = trials_of(wish.suite)
    before = None if wish.baseline is None else read_estimates(wish.baseline)
    if before is not None:
        check_baseline(before, [model_name(model) for model in wish.suite.models])
    check(wish.suite, wish.source, wish.models)
    folder = EvaluationFolder(wish.out, wish.name, wish.suite, resume=wish.resume)
    outcomes = {outcome.trial.id: outcome for outcome in folder.driven(trials)}
    left = [trial for trial in trials if trial.id not in outcomes]
    with crew_of(wish) as drive, Progress("run", len(trials), len(outcomes)) as progress:
        folder.begin()
        # Ctrl-C ends the wait: what is under way is broken off, and driven again by --resume
        with closing(drive(left, folder.trials)) as drives, suppress(KeyboardInterrupt):
            for outcome in drives:
                outcomes[outcome.trial.id] = outcome
                progress.step(f"{outcome.trial.id}: {outcome.reason}")
    results = write_results(folder, wish.suite, [outcomes[trial.id] for trial in trials if trial.id in outcomes])
    print(summary_table(results["estimates"]))
    print(folder.path)
    lines = failures(list(outcomes.values()))
    lines += unmet(wish.requirements, results["estimates"])
    lines += [] if before is None else regressions(before, results["estimates"])
    if lines and not stop.signal:
        raise FailedError("\n".join(lines))


@contextmanager
def crew_of(wish: Wish) -> Iterator[Callable[[Sequence[Trial], Path], Generator[Outcome]]]:
    """Who drives runs into a folder: processes of this machine, or a Ray cluster."""
    if wish.ray is None:
        yield lambda trials, folder: drive_all(wish.suite, trials, folder, wish.workers)
        return
    from agent.cluster import connected
    from agent.evaluation.ray_crew import drive_on_ray

    with connected(wish.ray) as ray:
        yield lambda trials, folder: drive_on_ray(wish.suite, trials, folder, ray)


def main() -> None:
    """Parse, wire, loop."""
    flags, verbose = parse(sys.argv[1:])
    open_door(lambda stop: run(wish_of(flags), stop), verbose=verbose)


if __name__ == "__main__":
    main()
