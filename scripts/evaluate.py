"""Drive a suite of routes, score it and write a report: `python -m scripts.evaluate --help`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from agent.evaluation.crew import drive_all
from agent.evaluation.folder import EvaluationFolder
from agent.evaluation.gate import Baseline, check_baseline, read_baseline, regressions, unmet
from agent.evaluation.outcome import Outcome
from agent.evaluation.settings import Trial, model_name, places_of, trials_of
from agent.stopping import Stop
from scripts.door import FailedError, open_door
from scripts.evaluate_flags import Wish, parse, wish_of
from scripts.evaluate_results import failures, summary_table, write_results
from viz.progress import Progress


def run(wish: Wish, stop: Stop) -> None:
    """Drive what is not driven yet, then tell how it went."""
    from agent.evaluation.checks import check
    from scripts.maps import spawn_count

    trials = trials_of(wish.suite)
    before = None if wish.baseline is None else read_baseline(wish.baseline)
    if before is not None:
        check_baseline(before, [model_name(model) for model in wish.suite.models], places_of(wish.suite))
    weights = check(wish.suite, wish.source, wish.models, spawn_count)
    folder = EvaluationFolder(wish.out, wish.name, wish.suite, resume=wish.resume)
    outcomes = {outcome.trial.id: outcome for outcome in folder.driven(trials, weights)}
    left = [trial for trial in trials if trial.id not in outcomes]
    with crew_of(wish) as drive, Progress("run", len(trials), len(outcomes)) as progress:
        folder.begin()
        # Ctrl-C ends the wait: what is under way is broken off, and driven again by --resume
        with closing(drive(left, folder.trials)) as drives, suppress(KeyboardInterrupt):
            for outcome in drives:
                outcomes[outcome.trial.id] = outcome
                progress.step(f"{outcome.trial.id}: {outcome.reason}")
    if len(outcomes) < len(trials):
        told = f"{len(outcomes)} of {len(trials)} runs are driven: --resume --out {folder.path} goes on"
        print(f"stopped: {told}", file=sys.stderr)
    if outcomes:
        _tell(wish, before, folder, [outcomes[trial.id] for trial in trials if trial.id in outcomes], stop)


def _tell(
    wish: Wish, before: Baseline | None, folder: EvaluationFolder, outcomes: Sequence[Outcome], stop: Stop
) -> None:
    """Results, report and table, then what is not good enough.

    Raises:
        FailedError: a run failed, or the gate is not passed.
    """
    results = write_results(folder, wish.suite, outcomes, name=wish.name, arguments=sys.argv[1:])
    print(summary_table(results["estimates"]))
    print(folder.path)
    lines = failures(outcomes)
    lines += unmet(wish.requirements, results["estimates"])
    lines += [] if before is None else regressions(before.estimates, results["estimates"])
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
