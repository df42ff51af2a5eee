"""What clients draw into the world to debug: strokes in rgb pictures, hidden by what stands before them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.simulator.look.gl_programs import Gl, Programs
from agent.simulator.nouns import MOST_STROKES, Stroke

_ROW = np.dtype([("begin", "<3f4"), ("width", "<f4"), ("end", "<3f4"), ("color", "4u1")])


class StrokePainter:
    """Keeps the strokes of now and draws them."""

    def __init__(self, context: Gl, programs: Programs) -> None:
        self._context, self._programs = context, programs
        self._buffer: Gl | None = None
        self._count = 0

    def take(self, strokes: Sequence[Stroke]) -> None:
        """These from now on, at most 20,000 of them."""
        self._count = min(len(strokes), MOST_STROKES)
        if not self._count:
            return
        rows = np.array(
            [(stroke.begin, stroke.width, stroke.end, (*stroke.color, 255)) for stroke in strokes[:MOST_STROKES]], _ROW
        )
        if self._buffer is None:
            self._buffer = self._context.buffer(reserve=MOST_STROKES * _ROW.itemsize)
        self._buffer.write(rows.tobytes())

    def draw(self, size: tuple[float, float]) -> None:
        """Draw them on a picture of this size [px]."""
        if not self._count:
            return
        context = self._context
        context.enable_only(context.DEPTH_TEST | context.BLEND)  # blended, they leave labels and depth alone
        self._programs.get("stroke")["screen"].value = size
        names = ("in_begin", "in_width", "in_end", "in_color")
        array = self._programs.instanced("stroke", self._buffer, "3f 1f 3f 4f1/i", names)
        array.render(context.TRIANGLE_STRIP, 4, instances=self._count)
