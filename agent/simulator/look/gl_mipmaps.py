"""Mip levels of a texture array, uploaded one by one. The context is handed in.

Mesa's llvmpipe (22.3) finishes all that has been drawn before it uses a texture array whose levels `glGenerateMipmap`
made, three times a frame here; with levels that were uploaded it does not. moderngl has no call for that, so OpenGL's
own is taken from its loader.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.simulator.look.gl_programs import Gl

UInt8 = npt.NDArray[np.uint8]

# from the OpenGL registry's gl.xml
_TEXTURE0, _TEXTURE_2D_ARRAY, _TEXTURE_MAX_LEVEL = 0x84C0, 0x8C1A, 0x813D
_RGBA8, _RGBA, _UNSIGNED_BYTE = 0x8058, 0x1908, 0x1401


def halved(pictures: UInt8) -> UInt8:
    """The next level (n, h / 2, w / 2, channels) of pictures (n, h, w, channels): the mean of each 2 x 2 pixels."""
    sums = pictures.astype(np.uint16)
    sums = sums[:, ::2] + sums[:, 1::2]
    sums = sums[:, :, ::2] + sums[:, :, 1::2]
    return ((sums + 2) // 4).astype(np.uint8)


def upload_levels(context: Gl, unit: int, pictures: UInt8) -> None:
    """Give the texture array bound to a unit all levels below its pictures.

    Args:
        context: of moderngl.
        unit: number of the texture unit.
        pictures: uint8 (n, side, side, 4), level 0, which is there already; the side a power of two.
    """
    _gl(context, "glActiveTexture", ctypes.c_uint)(_TEXTURE0 + unit)
    upload = _gl(context, "glTexImage3D", ctypes.c_uint, *[ctypes.c_int] * 6, *[ctypes.c_uint] * 2, ctypes.c_char_p)
    level = 0
    while pictures.shape[1] > 1:
        pictures, level = halved(pictures), level + 1
        layers, height, width = pictures.shape[:3]
        size = (width, height, layers, 0)
        upload(_TEXTURE_2D_ARRAY, level, _RGBA8, *size, _RGBA, _UNSIGNED_BYTE, pictures.tobytes())
    _gl(context, "glTexParameteri", *[ctypes.c_uint] * 2, ctypes.c_int)(_TEXTURE_2D_ARRAY, _TEXTURE_MAX_LEVEL, level)


def _gl(context: Gl, name: str, *arguments: Any) -> Callable[..., None]:
    return ctypes.CFUNCTYPE(None, *arguments)(context.mglo._context.load(name))
