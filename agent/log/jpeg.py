"""The size of a JPEG from its header, before anything is unpacked; pure."""

from __future__ import annotations

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # ITU-T T.81, table B.1


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Height and width [px].

    Raises:
        ValueError: no JPEG, or cut off before its size.
    """
    if jpeg[:2] != b"\xff\xd8":
        raise ValueError("not a JPEG")
    at = 2
    while at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        if jpeg[at + 1] in _START_OF_FRAME:
            return int.from_bytes(jpeg[at + 5 : at + 7], "big"), int.from_bytes(jpeg[at + 7 : at + 9], "big")
        at += 2 + max(2, int.from_bytes(jpeg[at + 2 : at + 4], "big"))
    raise ValueError("a JPEG without a size")
