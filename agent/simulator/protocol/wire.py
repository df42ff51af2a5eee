"""Bytes in, calls out, replies back to bytes: CARLA's RPC protocol without any socket.

CARLA speaks msgpack-rpc as rpclib does it (https://github.com/rpclib/rpclib): concatenated msgpack objects without a
length prefix, requests [0, id, method, arguments], replies [1, id, error, result]. CARLA wraps results in its own
`Response` and puts [wants no answer] before the arguments.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgpack

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Greatest request: an OpenDRIVE map sent by the client is the largest thing it says."""

STREAM_GREETING = struct.Struct("<I")
"""What a stream subscriber sends once: the id of the stream it wants."""

FRAME_SIZE = struct.Struct("<I")
"""What stands before each message of a stream: its size in bytes."""

MAX_ITEM_BYTES = 1024 * 1024
"""Greatest request without its long texts: an empty list is one byte on the wire and sixty in memory."""

_MAX_ITEMS = 100_000
_PIECE_BYTES = 64 * 1024
_MAX_METHOD_CHARS = 128


class WireError(ValueError):
    """The peer sent what is no CARLA request; its connection cannot be read any further."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a client.

    Attributes:
        id: to be repeated in the reply.
        method: e.g. "tick_cue".
        args: without CARLA's leading metadata.
    """

    id: int
    method: str
    args: Sequence[Any]


class RpcReader:
    """Cuts the bytes of one connection into calls, whatever pieces they arrive in."""

    def __init__(self, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._max_message_bytes = max_message_bytes
        self._begun = 0  # where the unfinished request begins in the stream of bytes
        self._item_bytes = 0  # of it, its long texts not counted
        self._unpacker = msgpack.Unpacker(
            raw=False,
            max_buffer_size=max_message_bytes,
            max_array_len=_MAX_ITEMS,
            max_map_len=_MAX_ITEMS,
        )

    def feed(self, received: bytes | memoryview) -> list[Call]:
        """The calls that these bytes complete, in order.

        Raises:
            WireError: not msgpack, not a request, or larger than allowed.
        """
        calls: list[Call] = []
        view = memoryview(received)
        try:
            for start in range(0, len(view), _PIECE_BYTES):
                self._feed(view[start : start + _PIECE_BYTES], calls)
        except WireError:
            raise
        except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
            raise WireError(f"not a msgpack-rpc request: {error}") from error
        return calls

    def _feed(self, piece: memoryview, calls: list[Call]) -> None:
        """Add the calls that a piece completes; what it leaves unfinished must not have grown too large."""
        before = self._unpacker.tell()
        self._unpacker.feed(piece)
        for message in self._unpacker:
            calls.append(_call(message))
            before = self._begun = self._unpacker.tell()
            self._item_bytes = 0
        read = self._unpacker.tell()
        self._item_bytes += min(read - before, len(piece))  # more was read than came now: a text was waited for
        if self._item_bytes > MAX_ITEM_BYTES or read - self._begun > self._max_message_bytes:
            raise WireError(f"a request larger than {MAX_ITEM_BYTES >> 20} MB that is not one long text")


def _call(message: Any) -> Call:
    """A checked request."""
    if not isinstance(message, list) or len(message) != 4 or message[0] != 0:
        raise WireError("got something else than [0, id, method, arguments]")
    _, call_id, method, arguments = message
    if type(call_id) is not int or not 0 <= call_id < 2**32:
        raise WireError("the id of a request is no 32-bit number")
    if not isinstance(method, str) or len(method) > _MAX_METHOD_CHARS or not isinstance(arguments, list):
        raise WireError("a request without a method name or without a list of arguments")
    if arguments and isinstance(arguments[0], list):  # CARLA's metadata [wants no answer]
        return Call(call_id, method, arguments[1:])
    return Call(call_id, method, arguments)


def reply(call_id: int, result: object) -> bytes:
    """The reply that carries a bare result."""
    packed: bytes = msgpack.packb([1, call_id, None, result])
    return packed


def value(content: object) -> list[object]:
    """CARLA's `Response` that holds a value."""
    return [[1, content]]


def done() -> list[object]:
    """CARLA's `Response` of a call that returns nothing."""
    return [[False]]


def refusal(reason: str) -> list[object]:
    """CARLA's `Response` that holds an error; the client raises RuntimeError(reason)."""
    return [[0, [reason]]]


def framed_size(parts: Sequence[bytes | memoryview]) -> bytes:
    """The size to put before a stream message made of these parts."""
    return FRAME_SIZE.pack(sum(len(part) for part in parts))
