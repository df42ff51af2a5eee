"""The scrub bar under a replay: thumbnails, the steering, events, where the replay stands."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from agent.log import LoggedEvent, Timeline
from agent.types import Picture
from viz import text as letters
from viz.canvas import Canvas
from viz.colors import BRIGHT, DANGER, MUTED, OFFSET, STEERING, WARNING, Color
from viz.fit import letterbox
from viz.layout import Box

HEIGHT_PX = 104
_BAR = (26, 78)
"""First and last row of the thumbnails."""
_TICKS = (82, 98)
_MARGIN_PX, _PAPER = 10, (14, 16, 20)
_COLORS: dict[str, Color] = {
    "collision": DANGER,
    "lane_invasion": WARNING,
    "weather": OFFSET,
    "steering_jump": STEERING,
}


class Strip:
    """Draws the bar for a width; the parts that stay are drawn once.

    Attributes:
        slots: times at which thumbnails are wanted [s].
    """

    def __init__(self, width_px: int, aspect: float, timeline: Timeline, events: Sequence[LoggedEvent]) -> None:
        """
        Args:
            width_px: of the bar.
            aspect: width / height of the pictures.
            timeline: of the run.
            events: to be marked.
        """
        self._width_px = width_px
        self._thumb_px = (max(8, round((_BAR[1] - _BAR[0]) * aspect)), _BAR[1] - _BAR[0])
        times_s = timeline.times_s
        self._span_s = (float(times_s[0]), max(float(times_s[-1]), float(times_s[0]) + 1e-3))
        count = max(1, -(-(width_px - 2 * _MARGIN_PX) // self._thumb_px[0]))
        self.slots = [self.time_at(_MARGIN_PX + (slot + 0.5) * self._thumb_px[0]) for slot in range(count)]
        self._base = np.empty((HEIGHT_PX, width_px, 3), np.uint8)
        self._base[:] = _PAPER
        self._steers = np.stack([times_s, timeline.rows["steer"]], axis=1)
        self._events = events
        self._draw_marks()

    def time_at(self, x_px: float) -> float:
        """The time at a column [s]."""
        share = (x_px - _MARGIN_PX) / max(1, self._width_px - 2 * _MARGIN_PX)
        return self._span_s[0] + min(max(share, 0.0), 1.0) * (self._span_s[1] - self._span_s[0])

    def put(self, slot: int, picture: Picture) -> None:
        """A thumbnail has come."""
        left = _MARGIN_PX + slot * self._thumb_px[0]
        right = min(left + self._thumb_px[0], self._width_px - _MARGIN_PX)
        if right > left:
            small = cv2.resize(picture, self._thumb_px, interpolation=cv2.INTER_AREA)
            self._base[_BAR[0] : _BAR[1], left:right] = small[:, : right - left]

    def draw(self, now_s: float, words: str, facts: Sequence[str], loop_s: tuple[float, float] | None) -> Picture:
        """RGB uint8 (HEIGHT_PX, width_px, 3), a new array.

        Args:
            now_s: where the replay stands.
            words: on the left of the first line.
            facts: on its right, as many of the last ones as there is room for.
            loop_s: stretch that is played over and over, or None.
        """
        picture = self._base.copy()
        canvas = Canvas(picture)
        self._draw_steering(canvas)
        if loop_s is not None:
            begin, end = (self._x(time_s) for time_s in loop_s)
            for left, right in ((_MARGIN_PX, begin), (end, self._width_px - _MARGIN_PX)):
                picture[_BAR[0] : _BAR[1], left:right] //= 3
            canvas.fill(Box(begin, _BAR[1], max(1, end - begin), 3), STEERING)
        x = self._x(now_s)
        canvas.fill(Box(x - 2, _BAR[0] - 3, 5, _TICKS[1] - _BAR[0] + 6), (0, 0, 0))
        canvas.fill(Box(x - 1, _BAR[0] - 3, 3, _TICKS[1] - _BAR[0] + 6), BRIGHT)
        used = canvas.text(words, (_MARGIN_PX, 18), 15, BRIGHT)
        while facts and _wide(facts) > self._width_px - used:
            facts = facts[1:]
        canvas.text("   ".join(facts), (self._width_px - _MARGIN_PX, 18), 14, MUTED, align=1.0)
        return picture

    def _x(self, time_s: float) -> int:
        share = (time_s - self._span_s[0]) / (self._span_s[1] - self._span_s[0])
        return _MARGIN_PX + round(min(max(share, 0.0), 1.0) * (self._width_px - 2 * _MARGIN_PX - 1))

    def _draw_marks(self) -> None:
        canvas = Canvas(self._base)
        canvas.fill(Box(_MARGIN_PX, _TICKS[0] + 7, self._width_px - 2 * _MARGIN_PX, 1), MUTED)
        for event in self._events:
            canvas.fill(Box(self._x(event.time_s) - 1, _TICKS[0], 3, _TICKS[1] - _TICKS[0]), color_of(event.kind))

    def _draw_steering(self, canvas: Canvas) -> None:
        """The steering over the thumbnails, right up: at most two points a column."""
        every = max(1, len(self._steers) // (2 * self._width_px))
        some = self._steers[::every]
        full = max(0.1, float(np.abs(self._steers[:, 1]).max()))
        middle, half = (_BAR[0] + _BAR[1]) / 2, (_BAR[1] - _BAR[0]) / 2 - 3
        share = (some[:, 0] - self._span_s[0]) / (self._span_s[1] - self._span_s[0])
        x = _MARGIN_PX + share * (self._width_px - 2 * _MARGIN_PX - 1)
        points = np.stack([x, middle - half * some[:, 1] / full], axis=1)
        if len(points) > 1:
            canvas.line(points, (0, 0, 0), 4)
            canvas.line(points, STEERING, 2)


def _wide(facts: Sequence[str]) -> int:
    """Room that facts take, with what keeps them apart from the words on the left [px]."""
    return letters.width_px("   ".join(facts), 14) + 4 * _MARGIN_PX


def color_of(kind: str) -> Color:
    """Of an event on the bar."""
    return _COLORS.get(kind, BRIGHT)


def stacked(picture: Picture, strip: Picture) -> Picture:
    """Picture above strip, as wide as the strip."""
    width = strip.shape[1]
    if picture.shape[1] != width:
        picture = letterbox(picture, (width, round(width * picture.shape[0] / picture.shape[1])))
    return np.concatenate([picture, strip])
