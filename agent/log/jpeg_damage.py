"""Whether a JPEG is cut off or overwritten, as far as its bytes tell: decoders paint over that and say nothing; pure.

Measured on 49 kB (640x360): 0.04 ms, of 2.2 ms that decoding takes. What cannot be told without decoding, and often not
even then: bytes changed to others that are codes as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.log.picture_size import ALONE, FILL

# ITU-T T.81, table B.1
_HUFFMAN, _SCAN, _END, _SEQUENTIAL = 0xC4, 0xDA, 0xD9, (0xC0, 0xC1)
_STOP = re.compile(rb"\xff[^\x00\xff\xc4\xd0-\xd7\xda-\xdd\xe0-\xef\xfe]")
"""What cannot be within scans (zero bytes are stuffed behind 0xFF, B.1.1.5) nor between them: the end, or damage."""
_ZEROS = bytes(64)


@dataclass(slots=True)
class _Head:
    """What comes before the first scan.

    Attributes:
        sequential: whether a block is coded at once.
        components: of the picture.
        scanned: components in the scan.
        codes: first symbol of each table for AC coefficients, whose code is all zeros.
    """

    sequential: bool = False
    components: int = 0
    scanned: int = 0
    codes: list[int] = field(default_factory=list)


def check_jpeg(content: bytes) -> None:
    """Look for signs of damage; what is no JPEG has none.

    Raises:
        ValueError: it is cut off, or overwritten by zeros or by what is no coded picture.
    """
    if content[:2] != b"\xff\xd8":
        return
    head = _Head()
    begin = _scan_of(content, head)
    stop = _STOP.search(content, begin)
    if stop is None:
        raise ValueError("a JPEG that is cut off")
    if content[stop.start() + 1] != _END:
        raise ValueError(f"a JPEG that is damaged at byte {stop.start()}")
    zeros = content.find(_ZEROS, begin, stop.start())
    all_at_once = head.sequential and head.scanned == head.components
    # So many zero bits hold at least a whole block: one without detail if its zero code is the end of a block, 0, else
    # one of which every coefficient is the same, which no camera sees.
    if zeros >= 0 and all_at_once and any(head.codes):
        raise ValueError(f"a JPEG that is overwritten with zeros at byte {zeros}")


def _scan_of(content: bytes, head: _Head) -> int:
    """Where the first scan's codes begin."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in ALONE or marker == FILL:
            at += 1 if marker == FILL else 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == _SCAN and segment:
            head.scanned = segment[0]
            return at
        if marker in _SEQUENTIAL and len(segment) > 5:
            head.sequential, head.components = True, segment[5]
        elif marker == _HUFFMAN:
            head.codes += _first_symbols(segment)
    raise ValueError("a JPEG that is cut off before its picture")


def _first_symbols(segment: bytes) -> list[int]:
    """Of the tables for AC coefficients in a segment (T.81, B.2.4.2)."""
    found, at = [], 0
    while at + 17 < len(segment):
        if segment[at] >> 4:
            found.append(segment[at + 17])
        at += 17 + sum(segment[at + 1 : at + 17])
    return found
