"""A gate for CI: what scores must be, and what they were before."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import ConfigError, unknown
from agent.evaluation.ledger import LEDGER
from agent.evaluation.statistics import MEANS, RATES

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_PER_KM = {f"{name}_per_km": name for name in RATES}
KNOWN = (*MEANS, *RATES, *_PER_KM, *LEDGER)
_LOWER_IS_BETTER = ("offset_mean_m", "offset_p95_m", "steer_change", *RATES)
_LARGEST_BYTES = 256 * 2**20

Estimates = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on a score's mean: name, comparison, bound."""

    name: str
    compare: str
    bound: float


def read_requirements(text: str) -> list[Requirement]:
    """`driving_score>=90,lane_invasions_per_km<=0.1` as conditions.

    Raises:
        ConfigError: not so written, or an unknown score.
    """
    found = []
    for part in (piece.strip() for piece in text.split(",")):
        match = re.fullmatch(r"([a-z_0-9]+)\s*(>=|<=|>|<)\s*(-?[0-9]+(?:\.[0-9]+)?)", part)
        if match is None:
            raise ConfigError(f"--require: got '{part:.60}', wanted such as driving_score>=90")
        if match[1] not in KNOWN:
            raise ConfigError(f"--require: {unknown('score', match[1], _named(match[1]))}")
        found.append(Requirement(match[1], match[2], float(match[3])))
    return found


def _named(name: str) -> Sequence[str]:
    """Which scores to name to somebody who asked for this one; the ledger's are many."""
    return KNOWN if name.startswith("attention") else (*MEANS, *_PER_KM)


def unmet(requirements: list[Requirement], estimates: Estimates) -> list[str]:
    """One line for each model and condition that does not hold; what cannot be told does not hold."""
    lines = []
    for model, scores in estimates.items():
        for one in requirements:
            mean = scores.get(_PER_KM.get(one.name, one.name), {}).get("mean")
            if mean is None or not _OPERATORS[one.compare](mean, one.bound):
                told = "unknown" if mean is None else f"{mean:.4g}"
                lines.append(f"{model}: {one.name} is {told}, required {one.compare} {one.bound:g}")
    return lines


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier evaluation: its estimates, and what it drove; None where its file does not say."""

    estimates: Estimates
    places: str | None


def read_baseline(path: Path) -> Baseline:
    """An earlier results.json.

    Raises:
        ConfigError: no such file, no results of an evaluation, or of one that was stopped.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ConfigError(f"{path} is larger than {_LARGEST_BYTES} bytes: that is no results.json")
        read = json.loads(path.read_text(encoding="utf-8"))
        driven, of = read["_checkpoint"]["progress"]
        for scores in read["estimates"].values():
            for estimate in scores.values():
                if not all(isinstance(estimate[key], float | int | None) for key in ("mean", "low", "high")):
                    raise ValueError("no number")
        places = read.get("places")
    except OSError as error:
        raise ConfigError(f"cannot read the baseline {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(f"{path} is no results.json of an evaluation: give one as --baseline") from None
    if driven != of:
        raise ConfigError(f"{path} is of an evaluation that was stopped after {driven} of {of} runs: --resume it first")
    return Baseline(read["estimates"], places if isinstance(places, str) else None)


def check_baseline(before: Baseline, models: Sequence[str], places: str) -> None:
    """Whether there is something to compare every model with.

    Args:
        before: the baseline.
        models: names of those to be driven.
        places: what they are driven on, see `settings.places_of`.

    Raises:
        ConfigError: a model that the baseline does not have, or it drove other routes, weathers or seeds.
    """
    missing = next((model for model in models if _earlier(before.estimates, model) is None), None)
    if missing is not None:
        raise ConfigError(f"--baseline: {unknown('model', missing, before.estimates)}")
    if before.places not in (None, places):
        raise ConfigError("--baseline: it drove other routes, weathers or seeds: give results of this suite")


def _earlier(before: Estimates, model: str) -> Mapping[str, Mapping[str, Any]] | None:
    return before.get(model) or (next(iter(before.values())) if len(before) == 1 else None)


def regressions(before: Estimates, now: Estimates) -> list[str]:
    """One line for each score that got worse beyond the noise: the two 95 % intervals do not meet.

    A model is compared with the baseline's model of the same name, or with its only one.
    """
    lines = []
    for model, scores in now.items():
        old = _earlier(before, model)
        for name, score in scores.items() if old is not None else ():
            was = old.get(name) if old is not None else None
            if was is not None and name not in LEDGER and _worse(name, was, score):
                lines.append(
                    f"{model}: {name} went from {was['mean']:.4g} [{was['low']:.4g}, {was['high']:.4g}] "
                    f"to {score['mean']:.4g} [{score['low']:.4g}, {score['high']:.4g}]"
                )
    return lines


def _worse(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    numbers = [each.get(key) for each in (was, now) for key in ("mean", "low", "high")]
    if any(not isinstance(number, (int, float)) or not math.isfinite(number) for number in numbers):
        return False
    if name in _LOWER_IS_BETTER:
        return bool(now["low"] > was["high"])
    return bool(now["high"] < was["low"])
