"""The size of a JPEG or a PNG from its header, before anything is unpacked; pure."""

from __future__ import annotations

_PNG = b"\x89PNG\r\n\x1a\n"

# ITU-T T.81, table B.1
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE = frozenset((0x01, *range(0xD0, 0xD8)))  # TEM and RST: no length follows
_SEGMENT = frozenset((0xC4, 0xCC, 0xDB, 0xDC, 0xDD, *range(0xE0, 0xF0), 0xFE))  # a length follows
FILL = 0xFF  # any number of them may stand before a marker: B.1.1.2


def is_jpeg(content: bytes) -> bool:
    """Whether it begins like one."""
    return content[:2] == b"\xff\xd8"


def picture_size(content: bytes) -> tuple[int, int]:
    """Height and width [px] of a JPEG or a PNG.

    Raises:
        ValueError: neither; see `jpeg_size`.
    """
    if content[:8] == _PNG and content[12:16] == b"IHDR" and len(content) >= 24:  # ISO/IEC 15948, 11.2.2
        return int.from_bytes(content[20:24], "big"), int.from_bytes(content[16:20], "big")
    return jpeg_size(content)


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Height and width [px], as a decoder will find them: what is not known to be skipped by all is refused.

    Raises:
        ValueError: no JPEG, cut off before its size, or with a marker that does not belong there.
    """
    if not is_jpeg(jpeg):
        raise ValueError("not a JPEG")
    at = 2
    while at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == FILL:
            at += 1
        elif marker in ALONE:
            at += 2
        elif marker in _START_OF_FRAME:
            return int.from_bytes(jpeg[at + 5 : at + 7], "big"), int.from_bytes(jpeg[at + 7 : at + 9], "big")
        elif marker in _SEGMENT and (length := int.from_bytes(jpeg[at + 2 : at + 4], "big")) >= 2:
            at += 2 + length
        else:
            break
    raise ValueError("a JPEG without a size")
