"""What a picture is drawn on: colour, labels and depth of one size, kept between frames. The context is handed in."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from agent.simulator.look.gl_programs import TEXTURE_UNITS, Gl, Programs

UInt8 = npt.NDArray[np.uint8]


def supersample_for(size: tuple[int, int]) -> float:
    """How much larger than the picture is drawn: small ones need it most and cost least."""
    pixels = size[0] * size[1]
    return 1.5 if pixels <= 240 * 140 else 1.25 if pixels <= 330 * 190 else 1.0


class Target:
    """Frame buffers for one picture size."""

    def __init__(self, context: Gl, programs: Programs, size: tuple[int, int], scale: float) -> None:
        self._context, self._programs, self._size = context, programs, size
        large = (math.ceil(size[0] * scale), math.ceil(size[1] * scale))
        self.scale = large[0] / size[0]
        self._color, self._label = context.texture(large, 4), context.texture(large, 1)
        self._depth = context.depth_renderbuffer(large)
        self._plain = context.framebuffer([self._color], self._depth)
        self._both = context.framebuffer([self._color, self._label], self._depth)
        self._small_plain, self._small_both = self._plain, self._both
        self._large = large
        self._reduced = large != size
        self._attached = [self._color, self._label, self._depth]
        if self._reduced:
            self._label.filter = (context.NEAREST, context.NEAREST)
            color, label = context.texture(size, 4), context.texture(size, 1)
            self._small_plain = context.framebuffer([color])
            self._small_both = context.framebuffer([color, label])
            self._attached += [color, label]

    def begin(self, labels: bool) -> None:
        """Draw here from now on; only depth is cleared, the sky covers the rest."""
        target = self._both if labels else self._plain
        target.use()
        self._context.enable_only(self._context.NOTHING)
        target.clear(0.0, 0.0, 0.0, 1.0, depth=1.0)

    def read(self, labels: bool) -> tuple[UInt8, UInt8 | None]:
        """Reduce to the picture's size and fetch it: BGRA (H, W, 4), labels (H, W) or None."""
        target = self._small_both if labels else self._small_plain
        if self._reduced:
            target.use()
            self._context.enable_only(self._context.NOTHING)
            self._color.use(TEXTURE_UNITS["large_texture"])
            self._label.use(TEXTURE_UNITS["label_texture"])
            self._programs.full_screen("resolve").render(self._context.TRIANGLES, 3)
        width, height = self._size
        bgra = np.empty((height, width, 4), np.uint8)
        target.read_into(bgra, components=4, attachment=0)
        if not labels:
            return bgra, None
        ids = np.empty((height, width), np.uint8)
        target.read_into(ids, components=1, attachment=1, alignment=1)
        return bgra, ids

    def release(self) -> None:
        """Give the frame buffers and what is attached to them back: they do not do that themselves."""
        for target in {self._plain, self._both, self._small_plain, self._small_both}:
            target.release()
        for attachment in self._attached:
            attachment.release()
