"""What a picture is drawn on: colour, identity and depth of one size, kept between frames. The context is handed in."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from agent.simulator.look.gl_programs import Gl
from agent.simulator.nouns import Rendering

UInt8 = npt.NDArray[np.uint8]


class Want:
    """What of a rendering is asked for: bits of an int, some twenty of them looked at for a picture; enum is slow."""

    PICTURE = 1
    IDENTITY = 2
    DEPTH = 4
    NORMALS = 8


def supersample_for(size: tuple[int, int]) -> float:
    """How much larger than the picture is drawn: small ones need it most and cost least."""
    return 1.25 if size[0] * size[1] <= 330 * 190 else 1.0


class Target:
    """Frame buffers for one picture size.

    Attributes:
        scale: how much larger the picture is drawn.
    """

    def __init__(self, context: Gl, size: tuple[int, int], scale: float) -> None:
        self._context, self._size = context, size
        large = (math.ceil(size[0] * scale), math.ceil(size[1] * scale))
        self.scale = large[0] / size[0]
        self._attached: list[Gl] = []
        self._buffers: dict[int, Gl] = {}
        self._color, self._depth = self._keep(context.texture(large, 4)), self._keep(context.depth_renderbuffer(large))
        self._large = np.empty((large[1], large[0], 4), np.uint8) if large != size else None
        self._surveyed: tuple[Gl, ...] = ()

    def at_once(self, want: int) -> bool:
        """Whether one pass gives all that is wanted: not a picture that is drawn larger than it is, or normals too."""
        alike = self._large is None and not want & Want.NORMALS
        return alike or not want & Want.PICTURE or want == Want.PICTURE

    def begin(self, want: int) -> None:
        """Draw here from now on; only depth is cleared, the sky covers the rest."""
        target = self._buffer(want)
        target.use()
        self._context.enable_only(self._context.NOTHING)
        target.clear(0.0, 0.0, 0.0, 1.0, depth=1.0)

    def read(self, want: int) -> Rendering:
        """Reduce to the picture's size and fetch it."""
        target, place = self._buffer(want), 0
        width, height = self._size
        bgra, identity, normals = (
            np.empty((height, width, 4) if want & one else (0, 0, 4), np.uint8)
            for one in (Want.PICTURE, Want.IDENTITY, Want.NORMALS)
        )
        depth_m = np.empty((height, width) if want & Want.DEPTH else (0, 0), np.float32)
        if want & Want.PICTURE:
            drawn = bgra if self._large is None else self._large
            target.read_into(drawn, components=4, attachment=0)
            if drawn is not bgra:
                cv2.resize(drawn, self._size, dst=bgra, interpolation=cv2.INTER_LINEAR)
            place = 1
        if want & Want.IDENTITY:
            target.read_into(identity, components=4, attachment=place)
        if want & Want.DEPTH:
            target.read_into(depth_m, components=1, attachment=place + 1, dtype="f4")
        if want & Want.NORMALS:
            target.read_into(normals, components=4, attachment=2)
        return Rendering(bgra, identity, depth_m, normals)

    def release(self) -> None:
        """Give the frame buffers and what is attached to them back: they do not do that themselves."""
        for target in self._buffers.values():
            target.release()
        for attachment in self._attached:
            attachment.release()

    def _buffer(self, want: int) -> Gl:
        """The frame buffer for what is wanted: the picture first if it is, then identity and depth."""
        key = want | Want.IDENTITY if want & Want.DEPTH else want  # attachments are counted without gaps
        if not key & Want.PICTURE:
            key = Want.IDENTITY | Want.DEPTH | (want & Want.NORMALS)
        if key not in self._buffers:
            self._buffers[key] = self._made(key)
        return self._buffers[key]

    def _made(self, key: int) -> Gl:
        if not key & ~Want.PICTURE:
            return self._context.framebuffer([self._color], self._depth)
        if not self._surveyed:
            identity, far = self._context.texture(self._size, 4), self._context.texture(self._size, 1, dtype="f4")
            self._surveyed = self._keep(identity), self._keep(far)
        identity, far = self._surveyed
        if key & Want.PICTURE:
            colors = [self._color, identity] + ([far] if key & Want.DEPTH else [])
            return self._context.framebuffer(colors, self._depth)
        depth = self._keep(self._context.depth_renderbuffer(self._size)) if self._large is not None else self._depth
        normals = [self._keep(self._context.texture(self._size, 4))] if key & Want.NORMALS else []
        return self._context.framebuffer([identity, far, *normals], depth)

    def _keep(self, attachment: Gl) -> Gl:
        self._attached.append(attachment)
        return attachment
