"""How an mp4 ends, told by its boxes (ISO/IEC 14496-12); nothing is decoded, and of a box only its head is read."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

WHOLE = "whole"


def ending_of(path: Path) -> str | None:
    """`WHOLE`, or in words why not; None for what is no mp4.

    A run's video is recorded in fragments; closing it hides them in one box and adds an index behind.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        boxes = list(_boxes(file, size))
    kinds = [kind for kind, _ in boxes]
    if kinds[:1] != [b"ftyp"]:
        return None
    beyond = boxes[-1][1] - size
    if beyond > 0:
        return f"cut off, its last box lacks {beyond} bytes"
    if b"moov" not in kinds:
        return "damaged, it has no index"
    if beyond < 0:
        return f"damaged, no box at byte {boxes[-1][1]}"
    if b"moof" in kinds and b"mfra" not in kinds:
        return "in fragments, never closed by its writer"
    return WHOLE


def _boxes(file: BufferedReader, size: int) -> Iterator[tuple[bytes, int]]:
    """Kind and end [byte] of each box, up to one that is none or ends beyond the file."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if len(head) < 8:
            length = 8
        elif length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:  # up to the end of the file
            length = size - at
        if length < 8:
            return
        at += length
        yield head[4:8], at
