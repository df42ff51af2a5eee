"""The attention ledger of a whole run: shares along it in bounded memory, their means, ratios to the pixels; pure."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from agent.attention import CLASSES
from agent.types import Attention

MOST_ROWS = 2048
"""Rows kept; when they are full, each two become one."""


class AttentionSums:
    """Means of ledgers over stretches of a run, by its time or by its way; memory does not grow.

    Attributes:
        count: ledgers taken in.
    """

    def __init__(self) -> None:
        self.count = 0
        self._rows: list[npt.NDArray[np.float64]] = []
        self._each = 1
        self._open: list[npt.NDArray[np.float64]] = []

    def add(self, at: float, seen: Attention) -> None:
        """Take in a frame's ledger at a time [s], or at a distance [m]."""
        self.count += 1
        self._open.append(np.array([at, *seen.saliency, *seen.sobel, *seen.pixels]))
        if len(self._open) < self._each:
            return
        self._rows.append(np.mean(self._open, axis=0))
        self._open = []
        if len(self._rows) == MOST_ROWS:
            self._rows = [(a + b) / 2.0 for a, b in zip(self._rows[::2], self._rows[1::2], strict=True)]
            self._each *= 2

    def along(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Times or distances (n,) and shares (n, 3, classes): of the map, of the Sobel filter, of the pixels."""
        rows = np.array(self._rows).reshape(-1, 1 + 3 * len(CLASSES))
        return rows[:, 0], rows[:, 1:].reshape(len(rows), 3, len(CLASSES))

    def as_dict(self) -> dict[str, Any]:
        """By class: mean share of the map, of the Sobel filter and of the pixels, and the map's ratio to the pixels."""
        means = self.along()[1].mean(axis=0)
        return {
            kind: {
                "saliency": round(float(saliency), 4),
                "sobel": round(float(sobel), 4),
                "pixels": round(float(pixels), 4),
                "ratio": round(float(saliency / pixels), 2) if pixels > 0 else None,
            }
            for kind, saliency, sobel, pixels in zip(CLASSES, *means, strict=True)
            if max(saliency, sobel, pixels) > 0.0005
        }
