"""Results as others read them: JSON in the shape of the CARLA leaderboard with our own figures beside it, and CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from agent.evaluation.outcome import Outcome
from agent.evaluation.referee import PENALTIES
from agent.evaluation.settings import Suite, model_name, places_of, trials_of
from agent.evaluation.statistics import estimate, told

_LISTED = (*PENALTIES, "off_road", "route_deviation", "blocked", "timeout", "lane_invasion")
_LEADERBOARD_NAMES = {
    "off_road": "outside_route_lanes",
    "route_deviation": "route_dev",
    "blocked": "vehicle_blocked",
    "timeout": "route_timeout",
    "lane_invasion": "lane_invasions",
}
_UNJUDGED = ("stop_infraction", "min_speed_infractions", "yield_emergency_vehicle_infractions", "scenario_timeouts")
"""Infractions of the leaderboard 2.0 that cannot occur here; whoever reads its files asks for them all."""
_SCORES = {
    "score_composed": "driving_score",
    "score_route": "route_completion",
    "score_penalty": "infraction_penalty",
}
_LABELS = {  # of `values`, in the leaderboard's order
    "Avg. driving score": "score_composed",
    "Avg. route completion": "score_route",
    "Avg. infraction penalty": "score_penalty",
    "Collisions with pedestrians": "collisions_pedestrian",
    "Collisions with vehicles": "collisions_vehicle",
    "Collisions with layout": "collisions_layout",
    "Red lights infractions": "red_light",
    "Stop sign infractions": "stop_infraction",
    "Off-road infractions": "outside_route_lanes",
    "Route deviations": "route_dev",
    "Route timeouts": "route_timeout",
    "Agent blocked": "vehicle_blocked",
    "Yield emergency vehicles infractions": "yield_emergency_vehicle_infractions",
    "Scenario timeouts": "scenario_timeouts",
    "Min speed infractions": "min_speed_infractions",
}


def estimates(outcomes: Sequence[Outcome]) -> dict[str, dict[str, dict[str, float | int | None]]]:
    """By model and score: mean or pooled rate, its interval, spread between repetitions, number of runs."""
    scored = [outcome.scored() for outcome in outcomes]
    return {
        model: {
            name: _jsonable(asdict(estimate([run for run in scored if run.model == model], name)))
            for name in told(scored)
        }
        for model in dict.fromkeys(run.model for run in scored)
    }


def results_json(outcomes: Sequence[Outcome], suite: Suite) -> dict[str, Any]:
    """All results: laid out as the CARLA leaderboard 2.0 does, and our own from `places` on.

    Args:
        outcomes: of the runs that are driven.
        suite: of these and of those that are not yet.
    """
    wanted = len(trials_of(suite))
    whole = "Finished" if all(o.status == "done" for o in outcomes) else "Finished with failed runs"
    overall = _global_record(outcomes)
    known = {**overall["scores_mean"], **overall["infractions"]}
    return {
        "_checkpoint": {
            "global_record": overall,
            "progress": [len(outcomes), wanted],
            "records": [_record(index, outcome) for index, outcome in enumerate(outcomes)],
        },
        "entry_status": whole if len(outcomes) == wanted else "Started",
        "eligible": len(outcomes) == wanted,
        "sensors": ["carla_camera"],
        "values": [str(known[name]) for name in _LABELS.values()],
        "labels": list(_LABELS),
        "places": places_of(suite),
        "estimates": estimates(outcomes),
        "runs": [outcome.model_dump(mode="json") for outcome in outcomes],
    }


def results_csv(outcomes: Sequence[Outcome]) -> str:
    """One line a run: its scores, and what a step of each stage took in the median [ms]."""
    scores = [outcome.scored().scores for outcome in outcomes]  # as the means take them
    names = list(dict.fromkeys(name for each in scores for name in each))
    stages = list(dict.fromkeys(name for outcome in outcomes for name in outcome.stages))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "run",
            "route",
            "weather",
            "seed",
            "model",
            "repetition",
            "status",
            "reason",
            *names,
            *(f"{stage}_ms" for stage in stages),
        ]
    )
    for outcome, known in zip(outcomes, scores, strict=True):
        trial = outcome.trial
        facts = (trial.id, trial.route_name, trial.weather, trial.seed, model_name(trial.model), trial.repetition)
        writer.writerow(
            [
                *facts,
                outcome.status,
                outcome.reason,
                *(_number(known.get(n)) for n in names),
                *(outcome.stages.get(stage, {}).get("median_ms") for stage in stages),
            ]
        )
    return text.getvalue()


def as_text(results: dict[str, Any]) -> str:
    """The JSON to write."""
    return json.dumps(results, indent=2, allow_nan=False) + "\n"


def _record(index: int, outcome: Outcome) -> dict[str, Any]:
    scores = outcome.scored().scores
    told = {
        _LEADERBOARD_NAMES.get(kind, kind): [
            f"{one.text} at (x={one.x_m:.3f}, y={one.y_m:.3f})" for one in outcome.infractions if one.kind == kind
        ]
        for kind in _LISTED
    }
    return {
        "index": index,
        "route_id": outcome.trial.id,
        "status": _status(outcome),
        "num_infractions": len(outcome.infractions),
        "infractions": {**told, **{kind: [] for kind in _UNJUDGED}},
        "scores": {name: _number(scores.get(ours)) or 0.0 for name, ours in _SCORES.items()},
        "meta": {
            "route_length": outcome.length_m,
            "duration_game": outcome.simulated_s,
            "duration_system": outcome.wall_s,
        },
    }


def _status(outcome: Outcome) -> str:
    if outcome.status == "failed":
        return f"Failed - {outcome.reason}"
    if outcome.reason == "completed":
        spoiled = any(one.kind != "lane_invasion" for one in outcome.infractions)
        return "Completed" if spoiled else "Perfect"
    return f"Failed - {outcome.reason}"


def _global_record(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    scored = [outcome.scored() for outcome in outcomes]
    kilometres = sum(run.scores.get("distance_m", 0.0) for run in scored) / 1000.0
    counts = {
        _LEADERBOARD_NAMES.get(kind, kind): sum(one.kind == kind for o in outcomes for one in o.infractions)
        for kind in _LISTED
    } | dict.fromkeys(_UNJUDGED, 0)
    ended = [_status(outcome) for outcome in outcomes]
    failed = any(status.startswith("Failed") for status in ended)
    return {
        "index": -1,
        "route_id": -1,
        "status": "Failed" if failed else "Completed" if "Completed" in ended else "Perfect",
        "scores_mean": {name: _number(estimate(scored, ours).mean) for name, ours in _SCORES.items()},
        "scores_std_dev": {
            name: _spread([run.scores.get(ours, 0.0) for run in scored]) for name, ours in _SCORES.items()
        },
        "infractions": {kind: count / kilometres if kilometres > 0.0 else None for kind, count in counts.items()},
        "meta": {
            "total_length": sum(outcome.length_m for outcome in outcomes),
            "duration_game": sum(outcome.simulated_s for outcome in outcomes),
            "duration_system": sum(outcome.wall_s for outcome in outcomes),
            "exceptions": [
                [outcome.trial.id, index, status]
                for index, (outcome, status) in enumerate(zip(outcomes, ended, strict=True))
                if status.startswith("Failed")
            ],
        },
    }


def _spread(values: Sequence[float]) -> float:
    """Standard deviation of a sample, 0 of fewer than two."""
    known = [value for value in values if math.isfinite(value)]
    return statistics.stdev(known) if len(known) > 1 else 0.0


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _jsonable(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _number(value) if isinstance(value, float) else value for name, value in values.items()}
