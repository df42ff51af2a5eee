"""The files an evaluation leaves, and its table on the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from agent.evaluation.folder import SUITE, EvaluationFolder
from agent.evaluation.outcome import RESULT, Outcome
from agent.evaluation.settings import Suite, trials_of
from agent.evaluation.tables import as_text, results_csv, results_json
from agent.whole_file import whole_file
from viz.report_tables import plain

_MOST_TOLD = 10
_TIME, _DAY = "%H:%M", "%Y-%m-%d %H:%M"
SHOWN = {
    "driving_score": "driving score",
    "route_completion": "completed %",
    "success": "success %",
    "collisions": "collisions/km",
    "lane_invasions": "invasions/km",
    "offset_mean_m": "offset m",
    "offset_p95_m": "95 % m",
    "steer_change": "|d steer|",
}


def write_results(
    folder: EvaluationFolder, suite: Suite, outcomes: Sequence[Outcome], *, name: str, arguments: Sequence[str]
) -> dict[str, Any]:
    """results.json, results.csv and report.html, in the suite's order, each whole or not at all; returns the JSON.

    Args:
        folder: to write into.
        suite, outcomes: what was to be driven, and what was.
        name: of the suite.
        arguments: of the command line, told in the report.

    Raises:
        RecordingError: the folder cannot be written.
    """
    from scripts.evaluation_moments import moments
    from viz.report import report_html

    outcomes = in_order(suite, outcomes)
    results = results_json(outcomes, suite)
    _write(folder.path / "results.json", as_text(results))
    _write(folder.path / "results.csv", results_csv(outcomes))
    begin, end = driven_between(folder, outcomes)
    page = report_html(
        name,
        date=f"{begin:{_DAY}} to {end:{_TIME if end.date() == begin.date() else _DAY}} UTC",
        suite=suite.model_dump(mode="json"),
        estimates=results["estimates"],
        outcomes=outcomes,
        wanted=len(trials_of(suite)),
        trials=folder.trials,
        moments=moments(outcomes, folder.trials, clips=suite.video == "events"),
        told=_told(folder, suite, arguments, begin, end),
    )
    _write(folder.path / "report.html", page)
    return results


def _told(
    folder: EvaluationFolder, suite: Suite, arguments: Sequence[str], begin: datetime, end: datetime
) -> dict[str, str]:
    return {
        "command": shlex.join(["python", "-m", "scripts.evaluate", *arguments]),
        "folder": str(folder.path),
        "begun": f"{begin:{_DAY}:%S} UTC",
        "last run ended": f"{end:{_DAY}:%S} UTC",
        "simulator": f"CARLA at {', '.join(suite.servers)}" if suite.servers else "embedded",
    }


def driven_between(folder: EvaluationFolder, outcomes: Sequence[Outcome]) -> tuple[datetime, datetime]:
    """When the evaluation was begun and when its last run ended, by the files it left then."""
    begin_s = (folder.path / SUITE).stat().st_mtime
    kept = [folder.trials / outcome.trial.id / RESULT for outcome in outcomes]
    end_s = max((path.stat().st_mtime for path in kept if path.exists()), default=begin_s)
    return datetime.fromtimestamp(begin_s, timezone.utc), datetime.fromtimestamp(end_s, timezone.utc)


def in_order(suite: Suite, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """As the suite names routes, weathers, seeds and models; they were driven map by map."""
    routes = list(suite.routes)

    def place(outcome: Outcome) -> tuple[int, ...]:
        trial = outcome.trial
        return (
            routes.index(trial.route_name),
            suite.weathers.index(trial.weather),
            suite.seeds.index(trial.seed),
            suite.models.index(trial.model),
            trial.repetition,
        )

    return sorted(outcomes, key=place)


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """A line for each run that could not be driven to a verdict; of many the first ones."""
    lines = [f"{outcome.trial.id}: {outcome.reason}" for outcome in outcomes if outcome.status == "failed"]
    more = [f"and {len(lines) - _MOST_TOLD} more runs, in results.json"] if len(lines) > _MOST_TOLD else []
    return lines[:_MOST_TOLD] + more


def _write(path: Path, text: str) -> None:
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")  # an argument may be no UTF-8


def summary_table(estimates: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """A line for each model: means and pooled rates with their 95 % intervals."""
    rows = [["model", "runs", *SHOWN.values()]]
    for model, scores in estimates.items():
        runs = str(next(iter(scores.values()))["runs"])
        rows.append([model, runs, *(_cell(scores[name]) for name in SHOWN)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _cell(estimate: Mapping[str, Any]) -> str:
    if estimate["mean"] is None:
        return "-"
    if estimate["low"] is None:
        return plain(estimate["mean"])
    mean, low, high = (plain(estimate[key]) for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"
