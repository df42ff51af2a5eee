"""Two networks on one frame: their pictures beside each other, their steering and how it differs below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.comparison import Difference
from agent.types import Picture, RunCard, Step
from viz.canvas import Canvas
from viz.colors import BRIGHT, MUTED, OFFSET, STEERING, WARNING
from viz.hud import Hud
from viz.layout import Box

_TRACE_PX, _GAP_PX = 120, 4
_SECONDS = 10.0
_PAPER = (14, 16, 20)


class Duel:
    """Draws them.

    Attributes:
        size_px: width and height of what is drawn.
    """

    def __init__(self, size_px: tuple[int, int], cards: tuple[RunCard, RunCard], huds: tuple[Hud, Hud]) -> None:
        self._cards, self._huds = cards, huds
        self.size_px = (2 * size_px[0] + _GAP_PX, size_px[1] + _TRACE_PX)

    def draw(self, steps: tuple[Step, Step], found: Difference, trace: Sequence[tuple[float, float, float]]) -> Picture:
        """RGB uint8 (height, width, 3).

        Args:
            steps: the frame as each network sees it.
            found: how they differ.
            trace: time and both steerings up to now.
        """
        pair = beside([hud.draw(step) for hud, step in zip(self._huds, steps, strict=True)])
        picture = np.empty((self.size_px[1], self.size_px[0], 3), np.uint8)
        picture[: pair.shape[0]] = pair
        picture[pair.shape[0] :] = _PAPER
        self._draw_trace(Canvas(picture), pair.shape[0], found, trace)
        return picture

    def _draw_trace(
        self, canvas: Canvas, top: int, found: Difference, trace: Sequence[tuple[float, float, float]]
    ) -> None:
        a, b = self._cards
        used = canvas.text(f"A {a.model} {found.a:+.3f}", (12, top + 22), 16, STEERING)
        canvas.text(f"B {b.model} {found.b:+.3f}", (32 + used, top + 22), 16, OFFSET)
        words = f"differs by {found.apart:.3f}   maps' rank correlation {found.rank_correlation:+.2f}"
        canvas.text(words, (canvas.width_px - 12, top + 22), 16, BRIGHT, align=1.0)
        box = Box(12, top + 34, canvas.width_px - 24, _TRACE_PX - 44)
        canvas.fill(Box(box.left, box.top + box.height // 2, box.width, 1), MUTED)
        recent = np.array([row for row in trace[-400:] if row[0] > found.time_s - _SECONDS])
        if len(recent) < 2:
            return
        full = max(0.1, float(np.abs(recent[:, 1:]).max()), float(np.abs(recent[:, 1] - recent[:, 2]).max()))
        x = box.right - 1 - (found.time_s - recent[:, 0]) / _SECONDS * (box.width - 1)
        lines = ((recent[:, 1] - recent[:, 2], WARNING), (recent[:, 2], OFFSET), (recent[:, 1], STEERING))
        for values, color in lines:
            y = box.top + box.height / 2 * (1 - values / full)
            canvas.line(np.stack([x, y], axis=1), color, 2)
        canvas.text(f"±{full:.2f}, difference in amber", (box.left, box.bottom), 13, WARNING)


def beside(pictures: Sequence[Picture]) -> Picture:
    """Pictures of one height next to each other."""
    gap = np.zeros((pictures[0].shape[0], _GAP_PX, 3), np.uint8)
    parts = [pictures[0]]
    for picture in pictures[1:]:
        parts += [gap, picture]
    return np.concatenate(parts, axis=1)
