"""The attention ledger in the evaluation's report: shares by class, shares along a route, alarms. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from agent.attention import CLASSES
from agent.evaluation.ledger import ENDINGS, SHARES, Along
from agent.evaluation.outcome import Outcome
from viz.explain_cards import CLASS_COLORS
from viz.report_charts import LEFT, WIDTH, Array, caption, distance_axis, opening, thin

_LEAST = 0.0005
_HEIGHT, _TOP, _BOTTOM = 150.0, 24.0, 24.0
_CHANCE, _GAP, _EDGE = 34.0, 40.0, 14.0
"""Of the bar of the pixels beside the shares: its width, what is left free on both sides of it."""
_MOST_ALARMS = 60

COLORS = {kind: f"rgb{color}" for kind, color in CLASS_COLORS.items()}
"""CSS colour by class, the HUD's."""


def shares(estimates: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """A table for each model whose maps were put to account; rows by share, greatest first."""
    tables = [{"model": model, "rows": _rows(scores)} for model, scores in estimates.items()]
    return [table for table in tables if table["rows"]]


def _rows(scores: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for kind, name in SHARES.items():
        share, sobel, pixels, ratio = (scores.get(name + ending) for ending in ENDINGS)
        if not share or not sobel or not pixels or not ratio or share["mean"] is None:
            continue
        row = {
            "kind": kind,
            "color": COLORS[kind],
            "share": 100.0 * share["mean"],
            "interval": f"[{100.0 * share['low']:.1f}, {100.0 * share['high']:.1f}]",
            "sobel": 100.0 * sobel["mean"],
            "pixels": 100.0 * pixels["mean"],
            "ratio": "–" if ratio["mean"] is None else f"{ratio['mean']:.2f} ×",
        }
        rows += [row] if max(row["share"], row["sobel"], row["pixels"]) > 100.0 * _LEAST else []
    return sorted(rows, key=lambda row: -float(row["share"]))


def alarms(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The first alarms, and how many there are."""
    rung = [
        {"run": o.trial.id, "text": one.text, "at": f"at {one.time_s:.1f} s, {one.at_m:.0f} m"}
        for o in outcomes
        for one in o.alarms
    ]
    return {"shown": rung[:_MOST_ALARMS], "count": len(rung)}


def legend(ledgers: Sequence[Along]) -> list[dict[str, str]]:
    """Classes that any of some runs has, with their colours."""
    most = np.max([np.zeros(len(CLASSES)), *(each[1].mean(axis=0).max(axis=0) for each in ledgers)], axis=0)
    return [{"kind": kind, "color": COLORS[kind]} for kind, share in zip(CLASSES, most, strict=True) if share > _LEAST]


def stacked_chart(title: str, ledger: Along) -> str:
    """Shares of the maps over the distance along the route, stacked; beside them the pixels' mean shares."""
    done_m, values = ledger
    way_m = float(done_m.max(initial=0.0))
    if len(done_m) < 2 or way_m <= 0.0:
        return ""
    inner_w, inner_h = WIDTH - LEFT - _GAP - _CHANCE - _EDGE, _HEIGHT - _TOP - _BOTTOM
    parts = [opening(title, WIDTH, _HEIGHT), caption(title)]
    across = LEFT + inner_w * done_m / way_m
    beside = WIDTH - _EDGE - _CHANCE
    below, below_chance = np.zeros(len(done_m)), 0.0
    for kind, share, chance in zip(CLASSES, values[:, 0].T, values[:, 2].mean(axis=0), strict=True):
        top, top_chance = below + share, below_chance + float(chance)
        if share.max() > _LEAST:
            low, high = (_HEIGHT - _BOTTOM - inner_h * each for each in (below, top))
            parts.append(_area(across, low, high, kind))
        if chance > _LEAST:
            parts.append(
                f'<rect x="{beside:.1f}" width="{_CHANCE}" y="{_HEIGHT - _BOTTOM - inner_h * top_chance:.1f}" '
                f'height="{inner_h * float(chance):.1f}" fill="{COLORS[kind]}"><title>{kind}: {chance:.0%} of the '
                "pixels</title></rect>"
            )
        below, below_chance = top, top_chance
    for share in (0.0, 0.5, 1.0):
        y = _HEIGHT - _BOTTOM - inner_h * share
        parts.append(f'<text class="tick" x="{LEFT - 5}" y="{y + 3.5:.1f}" text-anchor="end">{share:.0%}</text>')
    parts += distance_axis(way_m, inner_w, _HEIGHT)
    middle = beside + _CHANCE / 2.0
    parts.append(f'<text class="tick" x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">pixels</text></svg>')
    return "".join(parts)


def _area(across: Array, low: Array, high: Array, kind: str) -> str:
    """What lies between two lines."""
    x, bottom = thin(across, low)
    _, top = thin(across, high)
    there = " ".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, top, strict=True))
    back = " ".join(f"{a:.1f} {b:.1f}" for a, b in zip(x[::-1], bottom[::-1], strict=True))
    return f'<path class="area" fill="{COLORS[kind]}" d="M{there} {back}Z"><title>{kind}</title></path>'
