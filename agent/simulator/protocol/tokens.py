"""Stream tokens: which stream a subscriber asks for, and at which port."""

from __future__ import annotations

import struct

_TOKEN = struct.Struct("<IHBB16s")
_TCP = 1
_SAME_HOST = 0  # address left out: the client takes the host it dialled for its calls

WORLD_STREAM = 1
"""The stream of the world's state; sensors have ids above."""

NO_STREAM = b""
"""Token of an actor that sends nothing."""


def stream_token(stream_id: int, port: int) -> bytes:
    """The 24 bytes of a token for a TCP stream at `port` of the host that was dialled."""
    return _TOKEN.pack(stream_id, port, _TCP, _SAME_HOST, bytes(16))
