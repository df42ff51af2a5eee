"""Scores of many runs -> means with intervals, rates pooled over the distance; pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
FEWEST = 5
"""Groups of runs that it takes to tell two models apart: all of four agree by chance in one comparison of eight."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and how far it is to be trusted.

    Attributes:
        mean: over runs, or the pooled rate.
        low, high: 95 % bootstrap interval over the groups (seeds and routes), NaN with fewer than two.
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
    sums = np.array([_sums(group, name) for group in _groups(runs).values()], np.float64).reshape(-1, 2)
    mean = float(_ratio(sums.sum(axis=0)))
    drawn = _drawn(len(sums))
    low, high = _interval(_ratio(sums[drawn].sum(axis=1)))
    return Estimate(mean, low, high, _between_repetitions(runs, name), len(runs))


def _groups(runs: Sequence[Scored]) -> dict[tuple[str, int], list[Scored]]:
    """Runs that resemble each other: of one route and seed."""
    groups: dict[tuple[str, int], list[Scored]] = defaultdict(list)
    for run in runs:
        groups[run.route, run.seed].append(run)
    return groups


def _drawn(groups: int) -> npt.NDArray[np.int64]:
    """Which groups each resample has, (resamples, groups); one or none says nothing of others: no resample."""
    return np.random.default_rng(0).integers(0, max(groups, 1), (_RESAMPLES * (groups > 1), groups))


def _ratio(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Numerator over denominator, (..., 2) -> (...), NaN over nothing."""
    return np.asarray(sums[..., 0] / np.where(sums[..., 1] > 0.0, sums[..., 1], np.nan))


def _interval(drawn: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % of resamples, NaN where there are none."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.percentile(known, (2.5, 97.5))
    return float(low), float(high)


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
    """The second's mean or rate less the first's over the runs that both drove, and its 95 % bootstrap interval.

    Whole (route, seed) groups are drawn, as in `estimate`, each with the runs of both. With fewer than `FEWEST` of them
    the interval is NaN.
    """
    places = [{_place(run): run for run in runs if math.isfinite(_known(run, name))} for runs in (one, other)]
    both = [place for place in places[0] if place in places[1]]
    pairs = [_groups([place[key] for key in both]) for place in places]
    sums = np.array([[_sums(group[key], name) for key in pairs[0]] for group in pairs], np.float64).reshape(2, -1, 2)
    first, second = _ratio(sums.sum(axis=1))
    count = sums.shape[1]
    drawn = _drawn(count if count >= FEWEST else 0)
    was, now = _ratio(sums[:, drawn].sum(axis=2))
    return (float(second - first), *_interval(now - was))


def _place(run: Scored) -> tuple[str, str, int, int]:
    """What two models' runs have in common."""
    return run.route, run.weather, run.seed, run.repetition


def _known(run: Scored, name: str) -> float:
    """A score of a run; a count that it has not had is 0."""
    return run.scores.get(name, 0.0 if name in RATES and "distance_m" in run.scores else math.nan)
