"""The streaming port: who is waited for, and who is let go."""

import selectors
import socket
import time

import pytest

from agent.simulator.protocol.listener import listen
from agent.simulator.protocol.streams import Streams
from agent.simulator.protocol.tokens import WORLD_STREAM

SENSOR = 7


class Port:
    """A streaming port with its loop."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        listener = listen(0)
        self.address = listener.getsockname()
        self.streams = Streams(self.selector, listener)
        self.streams.last_state = lambda: b"state"

    def turn(self, rounds=4):
        """What the server's loop does."""
        for _ in range(rounds):
            for key, mask in self.selector.select(0.05):
                key.data(mask)

    def subscriber(self, stream_id):
        connection = socket.create_connection(self.address)
        connection.sendall(stream_id.to_bytes(4, "little"))
        self.turn()
        return connection


@pytest.fixture
def port():
    made = Port()
    yield made
    made.streams.close()
    made.selector.close()


def test_who_was_told_a_token_is_waited_for_until_he_comes(port):
    assert port.streams.awaited_until() is None
    port.streams.expect(SENSOR)
    assert port.streams.awaited_until() > time.monotonic() - 1.0
    with port.subscriber(SENSOR):
        assert port.streams.awaited_until() is None
        port.streams.expect(SENSOR)  # a second listener
        assert port.streams.awaited_until() is not None


def test_who_did_not_come_is_not_waited_for_again_before_somebody_has(port):
    port.streams.expect(SENSOR)
    port.streams.give_up()
    port.streams.expect(SENSOR)
    assert port.streams.awaited_until() is None
    with port.subscriber(SENSOR):
        port.streams.expect(SENSOR)
        assert port.streams.awaited_until() is not None


def test_nobody_is_waited_for_who_reads_the_state_already(port):
    with port.subscriber(WORLD_STREAM):
        port.streams.expect(WORLD_STREAM)
        assert port.streams.awaited_until() is None
    port.turn()
    port.streams.expect(WORLD_STREAM)
    assert port.streams.awaited_until() is not None


def test_many_questions_are_not_remembered(port):
    for _ in range(5000):
        port.streams.expect(SENSOR)
    port.streams.give_up()
    assert port.streams.awaited_until() is None


def test_who_does_not_say_what_for_is_let_go(port):
    with socket.create_connection(port.address) as silent, port.subscriber(SENSOR):
        silent.sendall(b"\x01")
        port.turn()
        port.streams.on_time(time.monotonic() + 4.0)
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.recv(1)
        port.streams.on_time(time.monotonic() + 6.0)
        silent.settimeout(20)
        assert silent.recv(1) == b""
        assert port.streams.wanted(SENSOR)  # who has said it stays
