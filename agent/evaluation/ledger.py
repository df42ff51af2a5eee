"""The attention ledger of a run that is judged: its shares along the way, their means as scores, its alarms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agent.attention import CLASSES, AlarmWatch, read_alarm
from agent.attention_sums import MOST_ROWS, AttentionSums
from agent.evaluation.referee import Infraction
from agent.types import Step

ALARMS = "attention_alarms"
SHARES = {kind: f"attention_{kind.replace(' ', '_')}" for kind in CLASSES}
"""Score by class: the mean share of the maps; with one of these endings, what it is to be compared with."""
ENDINGS = "", "_sobel", "_pixels", "_ratio"
_, SOBEL, PIXELS, RATIO = ENDINGS
"""An edge filter's share; the pixels', which a map of pure chance would have; the map's share over the pixels'."""
LEDGER = tuple(f"{name}{ending}" for name in SHARES.values() for ending in ENDINGS)

Along = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


class Ledger:
    """Takes in the steps of one run.

    Args:
        alarms: what to raise one for, see `agent.attention.read_alarm`.

    Attributes:
        alarms: raised so far, in order.
    """

    def __init__(self, alarms: Sequence[str]) -> None:
        self._watch = AlarmWatch([read_alarm(text) for text in alarms])
        self._sums = AttentionSums()
        self._counted = -1
        self.alarms: list[Infraction] = []

    def read(self, step: Step, done_m: float) -> list[str]:
        """Take in a step so far along the route; the words of the alarms that it sets off."""
        seen, time_s, pose = step.attention, step.frame.time_s, step.frame.telemetry.pose
        if seen is None or seen.frame_index == self._counted:
            return []
        self._counted = seen.frame_index
        self._sums.add(done_m, seen)
        rung = [str(alarm) for alarm in self._watch.add(time_s, seen)]
        self.alarms += [Infraction("attention_alarm", time_s, done_m, pose.x_m, pose.y_m, words) for words in rung]
        return rung

    def scores(self) -> dict[str, float]:
        """How many alarms, and each of `LEDGER`; NaN where nothing was explained, or no pixel is of a class."""
        if not self._sums.count:
            return {}
        means = self._sums.along()[1].mean(axis=0)
        scores = {ALARMS: float(len(self.alarms))}
        for kind, saliency, sobel, pixels in zip(CLASSES, *means.tolist(), strict=True):
            ratio = saliency / pixels if pixels > 0.0 else math.nan
            values = zip(ENDINGS, (saliency, sobel, pixels, ratio), strict=True)
            scores |= {f"{SHARES[kind]}{ending}": value for ending, value in values}
        return scores

    def write(self, path: Path) -> None:
        """Keep distances [m] and shares (n, 3, classes) as .npz; nothing where nothing was explained."""
        if self._sums.count:
            done_m, shares = self._sums.along()
            np.savez_compressed(path, done_m=done_m.astype(np.float32), shares=shares.astype(np.float32))


def read_along(path: Path) -> Along | None:
    """Distances (n,) [m] and shares (n, 3, classes) of a run, None without a ledger; no code in the file is run.

    Raises:
        ValueError: not a ledger.
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as read:
            done_m, shares = np.asarray(read["done_m"], np.float64), np.asarray(read["shares"], np.float64)
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise ValueError(f"{path} is no ledger of a run: {error}") from None
    if shares.shape != (len(done_m), 3, len(CLASSES)) or done_m.ndim != 1 or len(done_m) > MOST_ROWS:
        raise ValueError(f"{path} is no ledger of a run: its shape is {shares.shape}")
    return done_m, shares
