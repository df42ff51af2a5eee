"""Means over frames with their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agent.types import Float32

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over frames and its 95 % confidence interval, by resampling frames with replacement (bootstrap)."""

    mean: float
    low: float
    high: float


def estimate(values: Float32) -> Estimate:
    """Of one value a frame, (n,). Frames of one drive resemble each other: the true interval is rather wider."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Estimate(float(values.mean()), float(low), float(high))


def estimates(curves: Float32) -> list[Estimate]:
    """Of curves (n frames, k points): an estimate a point."""
    return [estimate(column) for column in curves.T]
