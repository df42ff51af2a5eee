"""Around a change of the episode the streams are quiet: a message at that moment crashed the client."""

from __future__ import annotations

import socket
import time

from tests.simulator.test_server_strangers import Stranger

EPISODE = slice(48, 56)  # of a world state


def states_until(stream: socket.socket, done) -> list[tuple[float, bytes]]:
    """When each state came in, and the state, up to one that is `done`."""
    found: list[tuple[float, bytes]] = []
    while not found or not done(found[-1][1]):
        size = int.from_bytes(stream.recv(4, socket.MSG_WAITALL), "little")
        found.append((time.monotonic(), stream.recv(size, socket.MSG_WAITALL)))
    return found


def test_nothing_is_sent_before_and_after_the_answer(served):
    with Stranger(served.port) as client, Stranger(served.streaming_port) as early:
        early.socket.sendall((1).to_bytes(4, "little"))
        old = states_until(early.socket, lambda state: True)[0][1][EPISODE]
        assert client.ask("load_new_episode", "", False, 0xFFFF) == [False]
        answered_s = time.monotonic()
        with Stranger(served.streaming_port) as late:  # who subscribes now is told at once
            late.socket.sendall((1).to_bytes(4, "little"))
            assert states_until(late.socket, lambda state: True)[0][1][EPISODE] != old
            seen = states_until(early.socket, lambda state: state[EPISODE] != old)
        came_s, _ = seen[-1]
        assert came_s > answered_s + 0.05
        assert all(before_s < came_s for before_s, _ in seen[:-1])
        assert client.ask("tick_cue")[0] == 1
