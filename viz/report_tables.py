"""The tables of the evaluation's report: summary, comparison of models, routes by weathers. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from agent.evaluation.ledger import ALARMS, SHARES
from agent.evaluation.outcome import Outcome
from agent.evaluation.settings import model_name
from agent.evaluation.statistics import MEANS, RATES, Scored, difference, told

Estimates = Mapping[str, Mapping[str, Mapping[str, Any]]]

NAMES = {
    "driving_score": "driving score",
    "route_completion": "route completed [%]",
    "infraction_penalty": "infraction penalty",
    "success": "success [%]",
    "offset_mean_m": "mean lane offset [m]",
    "offset_p95_m": "95 % lane offset [m]",
    "steer_change": "steering change a step",
    "comfort": "comfortable [% of time]",
    "mean_speed_mps": "mean speed [m/s]",
    "speed_kept": "speed kept [% of time]",
    "autonomy": "autonomy [%]",
    "collisions": "collisions / km",
    "lane_invasions": "lane invasions / km",
    "off_road_m": "off road [m / km]",
    "red_lights": "red lights / km",
    "interventions": "interventions / km",
    ALARMS: "attention alarms / km",
    **{name: f"attention on {kind} [%]" for kind, name in SHARES.items()},
}
"""What a score is called."""
_NOTES = {"speed_kept": "of the time at 80 % of the target speed or more: within 10 % of it"}
"""What is not said by the name."""
_PERCENT = ("speed_kept", *SHARES.values())
"""Shares of 0 to 1 that are told in percent."""
_MOST_DECIMALS = 6
_DRIVER = "driver_saliency"
"""The stage that both take together."""
_LEAST_SHARE = 0.01
_LESS_IS_BETTER = ("offset_mean_m", "offset_p95_m", "steer_change", *RATES)


def summary(estimates: Estimates) -> list[dict[str, Any]]:
    """A row for each score, a cell for each model; shares of the attention have a table of their own."""
    known = {name for scores in estimates.values() for name in scores}
    return [
        {
            "name": NAMES[name],
            "note": _NOTES.get(name, ""),
            "meaning": name,
            "cells": [_cell(scores[name], _factor(name)) for scores in estimates.values()],
        }
        for name in (*MEANS, *RATES)
        if name in known
    ]


def _cell(estimate: Mapping[str, Any], factor: float) -> dict[str, str]:
    if estimate["mean"] is None:
        return {"mean": "–", "interval": ""}
    if estimate["low"] is None:
        return {"mean": plain(factor * estimate["mean"]), "interval": ""}
    mean, low, high = (plain(factor * estimate[key]) for key in ("mean", "low", "high"))
    return {"mean": mean, "interval": f"[{low}, {high}]"}


def _factor(name: str) -> float:
    return 100.0 if name in _PERCENT else 1.0


def plain(value: float, sign: str = "") -> str:
    """Three significant digits as people write them: no exponent, no zeros at the end.

    Args:
        value: finite.
        sign: "+": with its sign.
    """
    places = 2 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{value:{sign}.{min(max(places, 0), _MOST_DECIMALS)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if float(text) else "0"


def measured(models: Iterable[str], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Rows like the summary's of what is no score: how long a step takes, when an infraction comes first."""
    runs = {
        model: [o for o in outcomes if model_name(o.trial.model) == model and o.status == "done"] for model in models
    }
    return [
        {
            "name": "driver and saliency [ms a step]",
            "note": "median of the runs' medians; in brackets of their 95 % values",
            "meaning": "stages",
            "cells": [_latency([o.stages[_DRIVER] for o in mine if _DRIVER in o.stages]) for mine in runs.values()],
        },
        {
            "name": "first infraction after [s]",
            "note": "simulated time, median over the runs that had one",
            "meaning": "first_infraction_s",
            "cells": [_first([o.scores.get("first_infraction_s") for o in mine]) for mine in runs.values()],
        },
    ]


def _latency(stages: Sequence[Mapping[str, float]]) -> dict[str, str]:
    if not stages:
        return {"mean": "–", "interval": ""}
    median, high = (plain(float(np.median([stage[name] for stage in stages]))) for name in ("median_ms", "p95_ms"))
    return {"mean": median, "interval": f"[95 %: {high}]"}


def _first(times_s: Sequence[float | None]) -> dict[str, str]:
    known = [time_s for time_s in times_s if time_s is not None]
    median = plain(float(np.median(known))) if known else "–"
    none = len(times_s) - len(known)
    return {"mean": median, "interval": f"[none in {none} of {len(times_s)}]" if none else ""}


def comparisons(models: Sequence[str], scored: Sequence[Scored]) -> list[dict[str, Any]]:
    """Every model against the first."""
    runs = {model: [run for run in scored if run.model == model] for model in models}
    return [
        {
            "title": f"{model} less {models[0]}",
            "rows": [_difference(name, runs[models[0]], runs[model]) for name in _compared(scored)],
        }
        for model in models[1:]
    ]


def _compared(scored: Sequence[Scored]) -> list[str]:
    """Scores and rates, and the shares of classes that anything lies on."""
    shares = [name for name in SHARES.values() if any(run.scores.get(name, 0.0) > _LEAST_SHARE for run in scored)]
    return [name for name in told(scored) if name in MEANS or name in RATES] + shares


def _difference(name: str, one: Sequence[Scored], other: Sequence[Scored]) -> dict[str, str]:
    mean, low, high = difference(one, other, name)
    row = {"name": NAMES[name], "note": _NOTES.get(name, ""), "mean": "–", "interval": ""}
    if not np.isfinite(mean):
        return {**row, "verdict": "cannot be told", "kind": "soft"}
    row["mean"] = plain(_factor(name) * mean, "+")
    if not np.isfinite(low):
        return {**row, "verdict": "cannot be told", "kind": "soft"}
    beyond = low > 0.0 or high < 0.0
    bounds = [plain(_factor(name) * value, "+") for value in (low, high)]
    row["interval"] = f"[{bounds[0]}, {bounds[1]}]"
    if name not in MEANS and name not in RATES:  # what is looked at is neither good nor bad
        return {**row, "verdict": "yes" if beyond else "no", "kind": ""}
    better = (mean < 0.0) == (name in _LESS_IS_BETTER)
    verdict = ("yes, better" if better else "yes, worse") if beyond else "no"
    return {**row, "verdict": verdict, "kind": ("good" if better else "bad") if beyond else "soft"}


def heat(model: str, scored: Sequence[Scored]) -> dict[str, Any]:
    """Routes by weathers, the driving score as text and colour."""
    mine = [run for run in scored if run.model == model]
    weathers, routes = list(dict.fromkeys(r.weather for r in mine)), list(dict.fromkeys(r.route for r in mine))
    return {
        "model": model,
        "weathers": weathers,
        "rows": [
            {"route": route, "cells": [_heat_cell(mine, route, weather) for weather in weathers]} for route in routes
        ],
    }


def _heat_cell(runs: Sequence[Scored], route: str, weather: str) -> dict[str, str]:
    scores = [r.scores["driving_score"] for r in runs if (r.route, r.weather) == (route, weather)]
    if not scores:
        return {"text": "–", "color": "transparent"}
    mean = float(np.mean(scores))
    return {"text": f"{mean:.0f}", "color": f"hsl({1.3 * mean:.0f} 60% 62%)"}
