"""Two networks on the same frames: how their steering and their maps differ; pure."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from agent.types import Float32, Step

Ranks = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """One step seen twice.

    Attributes:
        number: of the step.
        time_s: of the frame.
        a, b: steering of both.
        rank_correlation: of their maps, Spearman's; NaN where one has none.
    """

    number: int
    time_s: float
    a: float
    b: float
    rank_correlation: float

    @property
    def apart(self) -> float:
        """Difference of the steering."""
        return abs(self.a - self.b)


@dataclass(slots=True)
class Comparison:
    """Gathers differences; keeps the worst and the sums.

    Attributes:
        worst_count: how many of the worst are kept.
        trace: steering of both at each step, for a plot: 24 bytes a step.
    """

    worst_count: int
    trace: list[tuple[float, float, float]] = field(default_factory=list)
    _worst: list[tuple[float, int, Difference]] = field(default_factory=list)
    _correlations: list[float] = field(default_factory=list)

    def add(self, number: int, a: Step, b: Step) -> Difference:
        """A step, seen by both."""
        similar = math.nan
        if a.saliency is not None and b.saliency is not None:
            similar = rank_correlation(a.saliency.map, b.saliency.map)
        found = Difference(number, a.frame.time_s, a.control.steer, b.control.steer, similar)
        self.trace.append((found.time_s, found.a, found.b))
        if math.isfinite(similar):
            self._correlations.append(similar)
        keep = heapq.heappush if len(self._worst) < self.worst_count else heapq.heappushpop
        keep(self._worst, (found.apart, -number, found))
        return found

    def worst(self) -> list[Difference]:
        """The frames of greatest disagreement, worst first."""
        return [found for _, _, found in sorted(self._worst, reverse=True)]

    def words(self) -> str:
        """The result in a line."""
        apart = np.abs(np.diff([row[1:] for row in self.trace], axis=1))
        similar = np.array(self._correlations)
        maps = (
            f", maps: rank correlation median {np.median(similar):.2f}, least {similar.min():.2f}"
            if len(similar)
            else ""
        )
        return (
            f"steering differs by {apart.mean():.4f} on average, {np.percentile(apart, 95):.4f} at 95 %, "
            f"{apart.max():.4f} at most{maps}"
        )


def rank_correlation(a: Float32, b: Float32) -> float:
    """Spearman's rank correlation of two maps: 1 the same order of pixels, 0 none, -1 the reverse.

    Args:
        a: float32 (h, w).
        b: float32; brought to the size of `a` if it has another.

    Returns:
        NaN where a map is flat.
    """
    if b.shape != a.shape:
        b = np.asarray(cv2.resize(b, a.shape[::-1], interpolation=cv2.INTER_AREA), np.float32)
    one, other = (_ranks(each.ravel()) for each in (a, b))
    one, other = one - one.mean(), other - other.mean()
    spread = math.sqrt(float(np.dot(one, one)) * float(np.dot(other, other)))
    return float(np.dot(one, other)) / spread if spread > 0 else math.nan


def _ranks(values: Float32) -> Ranks:
    """Ranks with ties at their mean, as Spearman's coefficient wants them."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    return ranks
