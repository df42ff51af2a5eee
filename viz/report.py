"""An evaluation's results as one HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from agent.evaluation.ledger import Along, read_along
from agent.evaluation.outcome import ATTENTION, ROUTE, TRACE, Outcome
from agent.evaluation.settings import model_name
from agent.evaluation.statistics import FEWEST
from agent.evaluation.trace import Columns, read_trace
from viz.report_attention import alarms, legend, shares, stacked_chart
from viz.report_charts import Series, line_chart
from viz.report_maps import BANDS_M, KINDS, Mark, Route, cutout, path_map
from viz.report_maps import Path as DrivenPath
from viz.report_runs import facts, lines
from viz.report_tables import Estimates, comparisons, heat, measured, summary

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_PLOTTED = (
    ("lane offset", "m", "offset_m", 0.1),
    ("steering", "−1 to 1", "steer", 0.05),
    ("speed", "km/h", "speed_mps", 1.0),
)
"""Title, unit, column of the trace, and the least span of the chart."""
_MOST_RUNS_A_PLOT = 6


@dataclass(frozen=True, slots=True)
class Moment:
    """Something worth a look: a still and, if there is one, a clip, each as a data URI or a path beside the page."""

    title: str
    text: str
    run: str
    time_s: float
    picture: str = ""
    clip: str = ""


def report_html(
    title: str,
    *,
    date: str,
    suite: Mapping[str, Any],
    estimates: Estimates,
    outcomes: Sequence[Outcome],
    trials: Path,
    wanted: int = 0,
    moments: Sequence[Moment] = (),
    told: Mapping[str, str] | None = None,
) -> str:
    """The page.

    Args:
        title: name of the suite.
        date: when it was driven.
        suite: settings, shown as they are.
        estimates: of `agent.evaluation.tables.estimates`.
        outcomes: of all runs.
        wanted: how many runs there are to be.
        trials: holds the runs' folders; their traces are drawn.
        moments: worst first.
        told: of the evaluation as a whole, such as the command line, by name.
    """
    traces = {outcome.trial.id: _trace(trials / outcome.trial.id) for outcome in outcomes}
    scored = [outcome.scored() for outcome in outcomes]
    return _template().render(
        title=title,
        date=date,
        counts=_counts(outcomes, wanted),
        models=list(estimates),
        summary=[*summary(estimates), *measured(estimates, outcomes)],
        failed=[{"id": o.trial.id, "reason": o.reason} for o in outcomes if o.status == "failed"],
        comparisons=comparisons(list(estimates), scored),
        fewest=FEWEST,
        heats=[heat(model, scored) for model in estimates],
        bands=BANDS_M,
        kinds=[KINDS[kind] for kind in KINDS if any(i.kind == kind for o in outcomes for i in o.infractions)],
        maps=_maps(outcomes, traces, trials),
        plots=_plots(outcomes, traces, trials),
        attention=shares(estimates),
        alarms=alarms(outcomes),
        moments=moments,
        suite=json.dumps(suite, indent=2),
        logged=suite.get("log", True),
        facts=facts(outcomes, told or {}),
        runs=lines(outcomes, trials),
    )


def _template() -> Template:
    environment = Environment(autoescape=select_autoescape(default=True), undefined=StrictUndefined, trim_blocks=True)
    environment.filters["humps"] = _humps
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _humps(name: str) -> Markup:
    """A name like WetSunset that may be broken before its capitals."""
    return Markup("<wbr>").join(re.findall(r"[^A-Z]+|[A-Z][^A-Z]*", name))


def _trace(folder: Path) -> Columns | None:
    try:
        return read_trace(folder / TRACE)
    except ValueError:
        return None


def _counts(outcomes: Sequence[Outcome], wanted: int) -> str:
    kilometres = sum(o.scores.get("distance_m") or 0.0 for o in outcomes) / 1000.0
    failed = sum(o.status == "failed" for o in outcomes)
    runs = "1 run" if len(outcomes) == 1 else f"{len(outcomes)} runs"
    runs = f"{len(outcomes)} of {wanted} runs: not finished" if wanted > len(outcomes) else runs
    return f"{runs}, {kilometres:.1f} km" + (f", {failed} failed" if failed else "")


def _maps(outcomes: Sequence[Outcome], traces: Mapping[str, Columns | None], trials: Path) -> list[dict[str, Any]]:
    """For each map a picture for each model, all of the same part of the map."""
    maps = []
    for name in dict.fromkeys(outcome.trial.route.map for outcome in outcomes):
        here = [outcome for outcome in outcomes if outcome.trial.route.map == name]
        driven = {o.trial.route_name: o for o in here if o.length_m}
        routes = [route for o in driven.values() if (route := _route(o, trials)) is not None]
        part = cutout(routes, _paths(here, traces))
        if part is None:
            continue
        sides = []
        for model in dict.fromkeys(model_name(outcome.trial.model) for outcome in here):
            mine = [outcome for outcome in here if model_name(outcome.trial.model) == model]
            svg = path_map(f"Paths of {model} on {name}", part, routes, _paths(mine, traces), _marks(mine))
            sides.append({"model": model, "svg": Markup(svg)})  # noqa: S704 - our own SVG, texts escaped
        maps.append({"name": name, "sides": sides})
    return maps


def _paths(outcomes: Sequence[Outcome], traces: Mapping[str, Columns | None]) -> list[DrivenPath]:
    known = ((outcome.trial.id, traces[outcome.trial.id]) for outcome in outcomes)
    return [DrivenPath(id_, t["x_m"], t["y_m"], t["offset_m"]) for id_, t in known if t is not None]


def _marks(outcomes: Sequence[Outcome]) -> list[Mark]:
    return [Mark(i.kind, f"{o.trial.id}: {i.text}", i.x_m, i.y_m) for o in outcomes for i in o.infractions]


def _route(outcome: Outcome, trials: Path) -> Route | None:
    try:
        with np.load(trials / outcome.trial.id / ROUTE, allow_pickle=False) as read:
            line = np.asarray(read["route"], np.float64)
    except (OSError, KeyError, ValueError, EOFError):
        return None
    return Route(outcome.trial.route_name, line) if line.ndim == 2 and line.shape[1] == 2 and len(line) > 1 else None


def _plots(outcomes: Sequence[Outcome], traces: Mapping[str, Columns | None], trials: Path) -> list[dict[str, Any]]:
    groups = []
    for name in dict.fromkeys(outcome.trial.route_name for outcome in outcomes):
        mine = [o for o in outcomes if o.trial.route_name == name and traces[o.trial.id] is not None]
        of, mine = len(mine), mine[:_MOST_RUNS_A_PLOT]
        charts = []
        for title, unit, column, least in _PLOTTED:
            factor = 3.6 if column == "speed_mps" else 1.0
            series = [
                Series(o.trial.id, trace["done_m"], factor * trace[column])
                for o in mine
                if (trace := traces[o.trial.id]) is not None
            ]
            charts.append(Markup(line_chart(title, unit, series, least)))  # noqa: S704 - our own SVG, texts escaped
        ledgers = {_label(o): along for o in mine if (along := _ledger(trials / o.trial.id)) is not None}
        stacks = [Markup(stacked_chart(label, along)) for label, along in ledgers.items()]  # noqa: S704 - our own SVG, texts escaped
        if mine:
            labels, kinds = [_label(o) for o in mine], legend(list(ledgers.values()))
            title = name if len(mine) == of else f"{name} (the first {len(mine)} of {of} runs)"
            groups.append({"name": title, "labels": labels, "charts": charts, "stacks": stacks, "kinds": kinds})
    return groups


def _ledger(folder: Path) -> Along | None:
    try:
        return read_along(folder / ATTENTION)
    except ValueError:
        return None


def _label(outcome: Outcome) -> str:
    trial = outcome.trial
    return f"{trial.weather}, seed {trial.seed}, {model_name(trial.model)}"
