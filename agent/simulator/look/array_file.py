"""Arrays in one file: a header of JSON, then their bytes, to be mapped into memory. Nothing in it could run.

Layout: the magic word, the header's length (uint64, little endian), the header padded to 64 bytes, then the arrays,
each padded too. The header has the type, shape and place of each, and the CRC-32 of all that follows it.
"""

from __future__ import annotations

import json
import math
import mmap
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.simulator.look.meshes import VERTEX

MAX_FILE_BYTES = 512 << 20
_MAGIC = b"SCENE-01"
_START = struct.Struct("<8sQ")
_MAX_HEADER_BYTES = 1 << 20
_ALIGN = 64
_TYPES: dict[str, np.dtype[Any]] = {
    "u1": np.dtype("u1"),
    "u4": np.dtype("<u4"),
    "i8": np.dtype("<i8"),
    "f4": np.dtype("<f4"),
    "f8": np.dtype("<f8"),
    "vertex": VERTEX,
}
_Array = npt.NDArray[Any]


class ArrayFileError(ValueError):
    """A file that is none of ours, or broken."""


def write_arrays(path: Path, arrays: Mapping[str, _Array], plan: object) -> None:
    """Write arrays and what JSON can say beside them.

    Raises:
        OSError: it cannot be written.
    """
    names = {dtype: name for name, dtype in _TYPES.items()}
    entries, blocks, at, crc = {}, [], 0, 0
    for name, array in arrays.items():
        content = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        entries[name] = [names[array.dtype], array.shape, at]
        blocks += [content, np.zeros(-len(content) % _ALIGN, np.uint8)]
        at += len(content) + len(blocks[-1])
        crc = zlib.crc32(blocks[-1].data, zlib.crc32(content.data, crc))
    header = json.dumps({"arrays": entries, "crc": crc, "plan": plan}).encode()
    header += b" " * (-(_START.size + len(header)) % _ALIGN)
    with path.open("wb") as file:
        file.write(_START.pack(_MAGIC, len(header)) + header)
        for block in blocks:
            file.write(block.data)


def read_arrays(path: Path) -> tuple[dict[str, _Array], Any]:
    """The arrays, mapped and read-only, and what was said beside them.

    Raises:
        OSError: no file there.
        ArrayFileError: it is none of ours, or broken.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if not _START.size <= size <= MAX_FILE_BYTES:
            raise ArrayFileError(f"{path} has {size} bytes, wanted {_START.size} to {MAX_FILE_BYTES}")
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    magic, length = _START.unpack_from(whole)
    if magic != _MAGIC or length > min(_MAX_HEADER_BYTES, size - _START.size):
        raise ArrayFileError(f"{path} holds no arrays")
    start = _START.size + length
    try:
        header = json.loads(whole[_START.size : start])
        if zlib.crc32(memoryview(whole)[start:]) != header["crc"]:
            raise ArrayFileError(f"{path} is broken")
        return {name: _array(whole, start, *entry) for name, entry in header["arrays"].items()}, header["plan"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArrayFileError(f"{path}: {error}") from error


def let_go(array: _Array) -> None:
    """Take the file an array lies in out of the resident memory, if it lies in one."""
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    whole = getattr(owner, "obj", owner)
    if isinstance(whole, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        whole.madvise(mmap.MADV_DONTNEED)


def _array(whole: mmap.mmap, start: int, kind: str, shape: list[int], at: int) -> _Array:
    if at < 0 or at % _ALIGN or any(length < 0 for length in shape):
        raise ArrayFileError(f"an array of {shape} at {at}")
    array: _Array = np.frombuffer(whole, _TYPES[kind], math.prod(shape), start + at)
    return array.reshape(shape)
