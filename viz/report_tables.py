"""The tables of the evaluation's report: summary, comparison of models, routes by weathers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from agent.evaluation.ledger import ALARMS, SHARES
from agent.evaluation.statistics import FEWEST, MEANS, RATES, Scored, difference, told

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
    "speed_kept": "speed kept [share of time]",
    "autonomy": "autonomy [%]",
    "collisions": "collisions / km",
    "lane_invasions": "lane invasions / km",
    "off_road_m": "off road [m / km]",
    "red_lights": "red lights / km",
    "interventions": "interventions / km",
    ALARMS: "attention alarms / km",
    **{name: f"attention on {kind} [share]" for kind, name in SHARES.items()},
}
"""What a score is called."""
_LEAST_SHARE = 0.01
_LESS_IS_BETTER = ("offset_mean_m", "offset_p95_m", "steer_change", *RATES)


def summary(estimates: Estimates) -> list[dict[str, Any]]:
    """A row for each score, a cell for each model; shares of the attention have a table of their own."""
    known = {name for scores in estimates.values() for name in scores}
    return [
        {
            "name": NAMES[name],
            "meaning": name,
            "cells": [_cell(scores[name]) for scores in estimates.values()],
        }
        for name in (*MEANS, *RATES)
        if name in known
    ]


def _cell(estimate: Mapping[str, Any]) -> dict[str, str]:
    if estimate["mean"] is None:
        return {"mean": "–", "interval": ""}
    if estimate["low"] is None:
        return {"mean": _short(estimate["mean"]), "interval": ""}
    mean, low, high = (_short(estimate[key]) for key in ("mean", "low", "high"))
    return {"mean": mean, "interval": f"[{low}, {high}]"}


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


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
    if not np.isfinite(mean):
        return {"name": NAMES[name], "mean": "–", "interval": "", "verdict": "cannot be told", "kind": "soft"}
    if not np.isfinite(low):
        few = f"cannot be told of fewer than {FEWEST} routes and seeds"
        return {"name": NAMES[name], "mean": f"{mean:+.3g}", "interval": "", "verdict": few, "kind": "soft"}
    beyond = low > 0.0 or high < 0.0
    interval = f"[{low:+.3g}, {high:+.3g}]"
    if name not in MEANS and name not in RATES:  # what is looked at is neither good nor bad
        verdict = "yes" if beyond else "no"
        return {"name": NAMES[name], "mean": f"{mean:+.3g}", "interval": interval, "verdict": verdict, "kind": ""}
    better = (mean < 0.0) == (name in _LESS_IS_BETTER)
    verdict = ("yes, better" if better else "yes, worse") if beyond else "no"
    kind = ("good" if better else "bad") if beyond else "soft"
    return {"name": NAMES[name], "mean": f"{mean:+.3g}", "interval": interval, "verdict": verdict, "kind": kind}


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
