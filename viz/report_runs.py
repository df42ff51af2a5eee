"""The runs of an evaluation in its report, each with its files, and what made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agent.evaluation.outcome import Outcome
from agent.evaluation.settings import model_name
from agent.run_folder import LOG, VIDEO

_FILES = {"video": VIDEO, "log": LOG, "folder": ""}
_NAMES = {
    "git": "project's commit",
    "python": "Python",
    "os": "operating system",
    "device": "network computed by",
}
"""What is told first of the versions that runs record, and how it is called."""
_LEFT_OUT = ("preprocessing",)
"""A whole model card: it is in results.json."""


def lines(outcomes: Sequence[Outcome], trials: Path) -> list[dict[str, Any]]:
    """A row for each run.

    Args:
        outcomes: of the runs.
        trials: holds their folders; what is there is linked.
    """
    return [_line(outcome, trials / outcome.trial.id) for outcome in outcomes]


def _line(outcome: Outcome, folder: Path) -> dict[str, Any]:
    scores = {name: value for name, value in outcome.scores.items() if value is not None}

    def told(name: str, form: str) -> str:
        return format(scores[name], form) if name in scores else "–"

    cells = {
        "ended": outcome.reason,
        "score": told("driving_score", ".1f"),
        "completed [%]": told("route_completion", ".1f"),
        "offset [m]": told("offset_mean_m", ".3f"),
        "distance [m]": told("distance_m", ".0f"),
    }
    there = {text: f"trials/{quote(folder.name)}/{name}" for text, name in _FILES.items() if (folder / name).exists()}
    return {"id": outcome.trial.id, "cells": cells, "links": there}


def facts(outcomes: Sequence[Outcome], told: Mapping[str, str]) -> dict[str, str]:
    """What made the runs, by name; where they differ, all that there was.

    Args:
        outcomes: of the runs.
        told: of the evaluation as a whole; comes first.
    """
    found: dict[str, dict[str, None]] = {name: {} for name in _NAMES.values()}
    models: dict[str, str] = {}
    for outcome in outcomes:
        for name, value in outcome.versions.items():
            found.setdefault(_NAMES.get(name, name), {})[value] = None
        name = outcome.trial.model
        models[f"model {model_name(name)}"] = f"{name}, weights SHA-256 {outcome.model_sha256 or 'not known'}"
    known = {name: "; ".join(values) for name, values in found.items() if values and name not in _LEFT_OUT}
    return {**told, **models, **known}
