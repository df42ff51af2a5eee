"""Two networks on the same frames: how their steering and their maps differ; pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from agent.types import Float32, Step

APART_S = 1.0
"""Between moments of disagreement that count as two."""
COLUMNS = ("time_s", "frame", "steer_a", "steer_b", "difference", "rank_correlation")
Ranks = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """One step seen twice.

    Attributes:
        number: of the step.
        frame: its index.
        time_s: of the frame.
        a, b: steering of both.
        rank_correlation: of their maps, Spearman's; NaN where one has none.
    """

    number: int
    frame: int
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
    """Gathers differences.

    Attributes:
        worst_count: how many of the worst are asked for.
        found: so far, in the order of their times.
        trace: time and steering of both at each step, for a plot.
    """

    worst_count: int
    found: list[Difference] = field(default_factory=list)
    trace: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, number: int, a: Step, b: Step) -> Difference:
        """A step, seen by both."""
        similar = math.nan
        if a.saliency is not None and b.saliency is not None:
            similar = rank_correlation(a.saliency.map, b.saliency.map)
        found = Difference(number, a.frame.index, a.frame.time_s, a.control.steer, b.control.steer, similar)
        self.found.append(found)
        self.trace.append((found.time_s, found.a, found.b))
        return found

    def worst(self) -> list[Difference]:
        """The moments of greatest disagreement, worst first: `APART_S` or more from each other."""
        chosen: list[Difference] = []
        for found in sorted(self.found, key=lambda found: found.apart, reverse=True):
            if len(chosen) == self.worst_count:
                break
            if all(abs(found.time_s - other.time_s) >= APART_S - 1e-6 for other in chosen):
                chosen.append(found)
        return chosen

    def rows(self) -> Iterator[dict[str, object]]:
        """What was found, by `COLUMNS`; None for a correlation that there is not."""
        for found in self.found:
            similar = found.rank_correlation if math.isfinite(found.rank_correlation) else None
            values = (round(found.time_s, 6), found.frame, found.a, found.b, found.apart, similar)
            yield dict(zip(COLUMNS, values, strict=True))

    def words(self) -> str:
        """The result in a line."""
        apart = np.abs(np.diff([row[1:] for row in self.trace], axis=1))
        similar = np.array([found.rank_correlation for found in self.found])
        similar = similar[np.isfinite(similar)]
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
