"""Tables of bytes in, calls out: whole, byte by byte, with trailing bytes; strangers are refused."""

import msgpack
import pytest

from agent.simulator.protocol.wire import Call, RpcReader, WireError, done, framed_size, refusal, reply, value

TICK = bytes.fromhex("9400 07 a87469636b5f637565 9191c2".replace(" ", ""))  # [0, 7, "tick_cue", [[false]]]
SPAWN = msgpack.packb([0, 4294967295, "destroy_actor", [[True], 24]])


def test_a_request_as_the_client_sends_it():
    assert RpcReader().feed(TICK) == [Call(7, "tick_cue", [])]
    assert RpcReader().feed(SPAWN) == [Call(4294967295, "destroy_actor", [24])]


def test_byte_by_byte_and_many_at_once():
    reader = RpcReader()
    calls = [call for byte in TICK + SPAWN for call in reader.feed(bytes([byte]))]
    assert calls == RpcReader().feed(TICK + SPAWN)
    assert [call.method for call in calls] == ["tick_cue", "destroy_actor"]


def test_trailing_bytes_wait_for_the_rest():
    reader = RpcReader()
    assert len(reader.feed(TICK + SPAWN[:-3])) == 1
    assert reader.feed(SPAWN[-3:]) == [Call(4294967295, "destroy_actor", [24])]


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xc1",
        b"\x05",
        msgpack.packb([0, 1, "x"]),
        msgpack.packb([1, 1, "x", []]),
        msgpack.packb([0, -1, "x", []]),
        msgpack.packb([0, 2**32, "x", []]),
        msgpack.packb([0, 1, 5, []]),
        msgpack.packb([0, 1, "x" * 1000, []]),
        msgpack.packb([0, 1, "x", 5]),
        msgpack.packb({"a": 1}),
        b"\xdd\xff\xff\xff\xff",  # an array of four thousand million
        b"\x94\x00\x01\xa1x" + b"\x91" * 5000,  # deeper than any call
        b"\x94\x00\x01\xa2\xff\xfe\x90",  # no UTF-8
    ],
)
def test_strangers_are_refused(garbage):
    with pytest.raises(WireError):
        RpcReader().feed(garbage)


def test_a_message_larger_than_allowed_is_refused():
    reader = RpcReader(max_message_bytes=1000)
    with pytest.raises(WireError):
        for _ in range(20):
            reader.feed(b"\xdb\x00\x01\x00\x00" + bytes(100))


def test_replies():
    assert reply(7, value(3)) == bytes.fromhex("940107c0 91 920103".replace(" ", ""))
    assert reply(1, done()) == bytes.fromhex("940101c0 91 91c2".replace(" ", ""))
    assert reply(1, refusal("no")) == bytes.fromhex("940101c0 91 9200 91 a26e6f".replace(" ", ""))
    assert reply(1, value(bytes(2)))[-4:] == b"\xc4\x02\x00\x00"  # bytes stay bytes: a token must


def test_the_size_before_a_stream_message():
    assert framed_size((b"abc", memoryview(b"defgh"))) == b"\x08\x00\x00\x00"


def test_many_small_items_are_refused_and_a_long_text_is_read():
    head, pieces = b"\x94\x00\x01\xa1x", []
    reader = RpcReader()
    with pytest.raises(WireError, match="larger than 1 MB"):
        for piece in [head + b"\xdc\x00\x40", *([b"\xdd\x00\x01\x80\x00" + b"\x90" * 0x18000] * 64)]:
            pieces += reader.feed(piece)
    assert pieces == []
    sent = msgpack.packb([0, 7, "copy_opendrive_to_file", [[False], "x" * 5_000_000, [2.0, 50.0]]])
    reader = RpcReader()
    calls = [call for at in range(0, len(sent), 30_011) for call in reader.feed(sent[at : at + 30_011])]
    assert [(call.id, len(call.args[0])) for call in calls] == [(7, 5_000_000)]
    assert len(reader.feed(TICK * 100_000)) == 100_000  # many small ones are no large one


def test_many_long_texts_in_one_request_are_refused():
    reader = RpcReader(max_message_bytes=1_000_000)
    text = b"\xdb\x00\x07\xa1\x20" + bytes(500_000)
    with pytest.raises(WireError):
        for piece in [b"\x94\x00\x01\xa1x\x9f", text, text, text, text]:
            reader.feed(piece)
