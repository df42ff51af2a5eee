"""The loop itself: a tick that fails does not end it."""

import logging
from types import SimpleNamespace

from agent.simulator.protocol.listener import listen_pair
from agent.simulator.protocol.structs import EpisodeSettings
from agent.simulator.server import Server


def test_a_tick_that_fails_is_logged_once_and_the_loop_goes_on(caplog):
    ticks = []

    def run_free(elapsed_s):
        ticks.append(elapsed_s)
        raise OverflowError("float too large to pack")

    simulation = SimpleNamespace(
        settings=EpisodeSettings(),
        frame=1,
        last_state=b"",
        issued=lambda _: False,
        run_free=run_free,
        close=lambda: None,
    )
    server = Server(*listen_pair(0), lambda **_: simulation)
    with caplog.at_level(logging.ERROR):
        server.run(lambda: len(ticks) < 5)
    server.close()
    assert len(ticks) >= 5
    assert [record.message for record in caplog.records] == ["a tick failed"]
