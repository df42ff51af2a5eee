"""What an evaluation costs: the real-time factor of a run, two workers against one, the report of 200 runs."""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agent.evaluation.folder import EvaluationFolder
from agent.evaluation.outcome import read_outcome, write_outcome
from agent.evaluation.settings import read_suite, trials_of
from scripts.evaluate_results import write_results

ROUTE = "{map: loop, start: {x: 243.2, y: -50.3}, length_m: %s, speed_kmh: 35}"
ASTRAY = "100, offset_m: 2.9, askew_deg: 45, time_limit_s: 15"
RUNS = 200


def evaluate(suite: Path, out: Path, workers: int) -> tuple[dict, float, float]:
    """Drive a suite by its door: results, seconds of wall time and of processor time, simulators included."""
    begin_s, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "scripts.evaluate", str(suite), "--out", str(out), "--workers", str(workers)]
    subprocess.run(command, check=True, capture_output=True)
    wall_s, after = time.monotonic() - begin_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads((out / "results.json").read_text()), wall_s, used_s


def written(path: Path, routes: dict[str, object], more: str = "") -> Path:
    lines = [f"  {name}: {ROUTE % length_m}" for name, length_m in routes.items()]
    path.write_text("routes:\n" + "\n".join(lines) + "\n" + more)
    return path


def real_time(place: Path) -> None:
    """Without recording, at the size of which the network's view is cut without reducing it."""
    for name, res, kept in (("bare", "200x88", "false"), ("usual", "320x180", "true")):
        suite = written(place / f"{name}.yaml", {"long": 900}, f"res: {res}\nlog: {kept}\n")
        results, _, used_s = evaluate(suite, place / name, 1)
        (run,) = results["runs"]
        steps = run["stages"]["simulator_wait"]["count"]
        stages = ", ".join(f"{key} {stage['median_ms']:.2f} ms" for key, stage in run["stages"].items())
        target = " (>= 8)" if name == "bare" else ", with its log"
        print(
            f"one run, {res}: {run['simulated_s'] / run['wall_s']:.1f} x real time{target}; "
            f"{1e3 * run['wall_s'] / steps:.2f} ms a step: {stages}; {used_s:.0f} s of processors in all"
        )


def two_workers(place: Path, rounds: int) -> None:
    """The same suite by one worker and by two, interleaved."""
    suite = written(place / "pairs.yaml", {"one": 300}, "seeds: [0]\nrepetitions: 6\n")
    pairs = []
    for turn in range(rounds):
        taken = [evaluate(suite, place / f"w{workers}-{turn}", workers) for workers in (1, 2)]
        pairs.append([(wall_s, used_s) for _, wall_s, used_s in taken])
    ratio = statistics.median(two[0] / one[0] for one, two in pairs)
    (one_s, one_used_s), (two_s, two_used_s) = pairs[-1]
    print(f"two workers / one worker, 6 runs of 300 m: {ratio:.2f} (<= 0.6); {two_s:.0f} s against {one_s:.0f} s")
    print(
        f"  of {os.cpu_count()} processors one worker keeps {one_used_s / one_s:.2f} busy, two {two_used_s / two_s:.2f}"
    )


def report(place: Path) -> None:
    """A real run's results under 200 seeds, into results and page."""
    suite = written(
        place / "report.yaml", {"long": 900, "astray": ASTRAY}, "attention: true\nweathers: [ClearNoon, WetNoon]\n"
    )
    evaluate(suite, place / "few", 2)
    many = read_suite(str(suite), {"seeds": list(range(RUNS // 4))})
    folder = EvaluationFolder(place / "many", "many", many, resume=False)
    folder.begin()
    outcomes = []
    for trial in trials_of(many):
        real = place / "few" / "trials" / trial.id.replace(f".s{trial.seed}.", ".s0.")
        shutil.copytree(real, folder.trials / trial.id, copy_function=os.link)
        outcome = read_outcome(real).model_copy(update={"trial": trial})
        (folder.trials / trial.id / "result.json").unlink()
        write_outcome(folder.trials / trial.id, outcome)
        outcomes.append(outcome)
    begin_s, used_s = time.monotonic(), time.process_time()
    write_results(folder, many, outcomes, name="many", arguments=[])
    taken_s, used_s = time.monotonic() - begin_s, time.process_time() - used_s
    size = (folder.path / "report.html").stat().st_size / 1e6
    print(
        f"report of {len(outcomes)} runs: {taken_s:.1f} s, {used_s:.1f} s of it computing (< 20), {size:.1f} MB (< 15)"
    )


def main(rounds: int = 2) -> None:
    with tempfile.TemporaryDirectory() as place:
        report(Path(place))
        real_time(Path(place))
        two_workers(Path(place), rounds)


if __name__ == "__main__":
    main()
