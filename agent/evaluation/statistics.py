"""Scores of many runs -> means with intervals, rates pooled over the distance; pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agent.evaluation.ledger import ALARMS, LEDGER, PIXELS, RATIO

_RESAMPLES = 4000
MEANS = (
    "driving_score",
    "route_completion",
    "infraction_penalty",
    "success",
    "offset_mean_m",
    "offset_p95_m",
    "steer_change",
    "comfort",
    "mean_speed_mps",
    "speed_kept",
    "autonomy",
)
"""Scores whose mean over runs is told."""
RATES = ("collisions", "lane_invasions", "off_road_m", "red_lights", "interventions", ALARMS)
"""Counts told per kilometre: pooled counts over pooled distance, never a mean of rates."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and how far it is to be trusted.

    Attributes:
        mean: over runs, or the pooled rate.
        low, high: 95 % bootstrap interval over the groups (seeds and routes).
        repeat_std: standard deviation between repetitions of the same run, NaN without repetitions.
        runs: how many.
    """

    mean: float
    low: float
    high: float
    repeat_std: float
    runs: int


@dataclass(frozen=True, slots=True)
class Scored:
    """One run as statistics see it: what it was, its scores."""

    route: str
    weather: str
    seed: int
    model: str
    repetition: int
    scores: Mapping[str, float]


def told(runs: Sequence[Scored]) -> list[str]:
    """Scores that can be told of some runs: those of the attention ledger only where it was kept."""
    known = {name for run in runs for name in run.scores}
    return [name for name in (*MEANS, *RATES, *LEDGER) if name in known or not (name == ALARMS or name in LEDGER)]


def estimate(runs: Sequence[Scored], name: str) -> Estimate:
    """A score's mean over runs, or a count per kilometre.

    The bootstrap (Efron 1979, percentile method) draws whole (route, seed) groups: runs of one route and seed resemble
    each other, and drawing them apart would make the interval too narrow. The same runs give the same interval.
    """
    groups: dict[tuple[str, int], list[Scored]] = defaultdict(list)
    for run in runs:
        groups[run.route, run.seed].append(run)
    sums = np.array([_sums(group, name) for group in groups.values()], np.float64).reshape(-1, 2)
    if not len(sums) or sums[:, 1].sum() == 0.0:
        return Estimate(math.nan, math.nan, math.nan, math.nan, len(runs))
    drawn = np.random.default_rng(0).integers(0, len(sums), (_RESAMPLES, len(sums)))
    totals = sums[drawn].sum(axis=1)
    ratios = totals[:, 0] / np.where(totals[:, 1] > 0.0, totals[:, 1], np.nan)
    low, high = np.nanpercentile(ratios, (2.5, 97.5))
    whole = sums.sum(axis=0)
    return Estimate(float(whole[0] / whole[1]), float(low), float(high), _between_repetitions(runs, name), len(runs))


def _sums(group: Sequence[Scored], name: str) -> tuple[float, float]:
    """Numerator and denominator: the count and kilometres, two shares, or the scores and how many there are."""
    values = [run.scores.get(name, math.nan) for run in group]
    if name in RATES:
        return float(np.nansum(values)), sum(run.scores.get("distance_m", 0.0) for run in group) / 1000.0
    if name in LEDGER and name.endswith(RATIO):
        share = name.removesuffix(RATIO)
        return _sums(group, share)[0], _sums(group, share + PIXELS)[0]
    known = [value for value in values if math.isfinite(value)]
    return float(np.sum(known)), float(len(known))


def _between_repetitions(runs: Sequence[Scored], name: str) -> float:
    same: dict[tuple[str, str, int, str], list[float]] = defaultdict(list)
    for run in runs:
        value = run.scores.get(name, math.nan)
        if math.isfinite(value):
            same[run.route, run.weather, run.seed, run.model].append(value)
    spreads = [np.var(values, ddof=1) for values in same.values() if len(values) > 1]
    return math.sqrt(float(np.mean(spreads))) if spreads else math.nan


def difference(one: Sequence[Scored], other: Sequence[Scored], name: str) -> tuple[float, float, float]:
    """The second's mean less the first's, and its 95 % bootstrap interval over the runs that both drove."""
    pairs: dict[tuple[str, str, int, int], list[float]] = defaultdict(list)
    for runs in (one, other):
        for run in runs:
            pairs[run.route, run.weather, run.seed, run.repetition].append(run.scores.get(name, math.nan))
    changes = np.array([values[1] - values[0] for values in pairs.values() if len(values) == 2], np.float64)
    changes = changes[np.isfinite(changes)]
    if not len(changes):
        return math.nan, math.nan, math.nan
    drawn = np.random.default_rng(0).integers(0, len(changes), (_RESAMPLES, len(changes)))
    low, high = np.percentile(changes[drawn].mean(axis=1), (2.5, 97.5))
    return float(changes.mean()), float(low), float(high)
