"""The loop: one thread that owns the sockets, the episode and the renderer. No locks, nothing that blocks.

A graphics context belongs to one thread, and a tick touches everything; so everything is in one.
"""

from __future__ import annotations

import heapq
import logging
import selectors
import socket
import time
from collections.abc import Callable
from functools import partial
from itertools import count

from agent.simulator.protocol.listener import Listener
from agent.simulator.protocol.rpc_connection import RpcConnection
from agent.simulator.protocol.streams import Streams
from agent.simulator.protocol.wire import Call, WireError, reply
from agent.simulator.world.calls import answer
from agent.simulator.world.simulation import Simulation

_LOG = logging.getLogger(__name__)

_FREE_PERIOD_S = 1.0 / 30.0
_SLOWEST_PERIOD_S = 0.1
_FASTEST_PERIOD_S = 0.01
_SETTINGS_POLLS = 2  # for one frame; then the Traffic Manager is spinning
_SPIN_DELAY_S = 0.003
_AWAKE_S = 0.0003  # who ticks in a loop calls again within this time; being woken takes time, too
_IDLE_S = 0.5  # how often an idle loop looks around
_MOST_CONNECTIONS = 256
_CALLS_AT_ONCE = 32  # of one client, before the others and the clock get their turn
_TICK_WAITS_S = 1.0
_LOAD = "load_new_episode"
_QUIET_S = 0.1
"""Before and after an episode changes nothing is sent over streams: the 0.9.16 client takes its subscription of the
world's state down and makes a new one when the call is answered, and crashes if a message comes in at that moment."""


class Server:
    """Answers clients until told to stop.

    Args:
        calls, streams: listening sockets; closed by `close`.
        simulate: makes the simulation, given `outlet`, where its messages go, and the `streaming_port`.
    """

    def __init__(self, calls: socket.socket, streams: socket.socket, simulate: Callable[..., Simulation]) -> None:
        self._selector = selectors.DefaultSelector()
        self._streams = Streams(self._selector, streams)
        self._simulation = simulate(outlet=self._streams, streaming_port=streams.getsockname()[1])
        self._streams.last_state = lambda: self._simulation.last_state
        self._streams.issued = self._simulation.issued
        self._connections: dict[int, RpcConnection] = {}
        self._late: list[tuple[float, int, RpcConnection, bytes]] = []
        self._order = count()
        self._ticking: list[RpcConnection] = []  # their tick waits for subscribers, at most until `_ticking_until`
        self._ticking_until = 0.0
        self._unfinished: list[RpcConnection] = []  # have calls left for the next round
        self._resting: list[RpcConnection] = []  # wait for the end of a quiet time
        self._quiet_until = 0.0
        self._rested_for: RpcConnection | None = None  # its change of the episode comes next
        self._changed = False  # who has subscribed before does not know yet of the new episode
        self._failure = ""
        self._awake_until = 0.0
        self._last_free_s = time.monotonic()
        self._next_free_s = self._last_free_s
        self._stopped = False
        self._listener = Listener(
            self._selector, calls, lambda: len(self._connections) < _MOST_CONNECTIONS, self._welcome
        )

    def ports(self) -> dict[str, int]:
        """Where it listens."""
        return {"port": self._listener.port, "streaming_port": self._simulation.streaming_port}

    def map_name(self) -> str:
        """Of the map it is on."""
        return self._simulation.episode.town.network.name

    def watch(self, file: int, then: Callable[[], None]) -> None:
        """Call `then` whenever a file descriptor can be read.

        Raises:
            PermissionError: the system cannot wait for this kind of file.
        """
        self._selector.register(file, selectors.EVENT_READ, lambda _: then())

    def stop(self) -> None:
        """Leave the loop after what is being answered now."""
        self._stopped = True

    def run(self, alive: Callable[[], bool] = lambda: True) -> None:
        """Answer until `stop` is called or `alive`, asked about twice a second, says no."""
        next_look_s = 0.0
        while not self._stopped:
            for key, mask in self._selector.select(self._wait_s()):
                key.data(mask)
            now = time.monotonic()
            if now >= next_look_s:
                next_look_s = now + _IDLE_S
                if not alive():
                    return
            self._on_time(now)

    def close(self) -> None:
        """Hang up on everybody."""
        for connection in list(self._connections.values()):
            self._hang_up(connection)
        self._streams.close()
        self._listener.close()
        self._selector.close()
        self._simulation.close()

    def _wait_s(self) -> float:
        """How long nothing has to be done unless somebody says something."""
        if self._unfinished or time.monotonic() < self._awake_until:
            return 0.0
        times = [until for until, *_ in self._late[:1]]
        if not self._simulation.settings.synchronous_mode:
            times.append(self._next_free_s)
        if self._ticking:
            times.append(min(self._streams.awaited_until() or 0.0, self._ticking_until))
        if self._resting or self._changed:
            times.append(self._quiet_until)
        return min(max(min(times, default=_IDLE_S + time.monotonic()) - time.monotonic(), 0.0), _IDLE_S)

    def _on_time(self, now: float) -> None:
        """What the clock asks for: late replies, ticks that waited, calls left from the last round, free ticks."""
        self._listener.on_time(now)
        self._streams.on_time(now)
        while self._late and self._late[0][0] <= now:
            _, _, connection, late_reply = heapq.heappop(self._late)
            self._send(connection, late_reply)
        waiting, self._unfinished = self._unfinished, []
        if now >= self._quiet_until:
            waiting += self._resting
            self._resting = []
            if self._changed:
                self._streams.announce()
                self._changed = False
        if self._ticking and (self._streams.awaited_until() is None or now >= self._ticking_until):
            self._streams.give_up()
            waiting += self._ticking
            self._ticking = []
        for connection in waiting:
            self._answer_some(connection)
        self._run_free(now)

    def _run_free(self, now: float) -> None:
        """In asynchronous mode: a tick when it is time for one."""
        settings = self._simulation.settings
        if settings.synchronous_mode or now < self._next_free_s or now < self._quiet_until:
            return
        period_s = settings.fixed_delta_seconds or _FREE_PERIOD_S
        self._next_free_s = max(self._next_free_s + min(max(period_s, _FASTEST_PERIOD_S), _SLOWEST_PERIOD_S), now)
        elapsed_s = min(max(now - self._last_free_s, 0.001), _SLOWEST_PERIOD_S)
        self._last_free_s, self._streams.lossless = now, False
        self._unless_it_fails(partial(self._simulation.run_free, elapsed_s))

    def _unless_it_fails(self, work: Callable[[], None]) -> None:
        """A bug of ours must not end the clients' session; it is said once, not 30 times a second."""
        try:
            work()
        except Exception as error:
            if repr(error) != self._failure:
                _LOG.exception("a tick failed")
            self._failure = repr(error)

    def _welcome(self, accepted: socket.socket) -> None:
        connection = RpcConnection(accepted)
        self._connections[accepted.fileno()] = connection
        self._selector.register(accepted, selectors.EVENT_READ, lambda mask: self._serve(connection, mask))

    def _serve(self, connection: RpcConnection, mask: int) -> None:
        try:
            if mask & selectors.EVENT_WRITE:
                connection.flush()
            if mask & selectors.EVENT_READ:
                connection.receive()
        except WireError as error:
            _LOG.warning("a client was hung up on: %s", error)
            self._hang_up(connection)
            return
        except OSError:
            self._hang_up(connection)
            return
        self._answer_some(connection)

    def _answer_some(self, connection: RpcConnection) -> None:
        """Answer what has been read, in order: some calls or one tick, up to a tick that has to wait."""
        if connection in self._ticking or connection in self._unfinished or connection in self._resting:
            return
        answered_calls, frame = 0, self._simulation.frame
        while connection.calls and not connection.choked and connection.socket.fileno() >= 0:
            call = connection.calls[0]
            self._streams.lossless = self._simulation.settings.synchronous_mode
            if self._rests(connection, call):
                self._resting.append(connection)
                break
            if _ticks(call) and self._streams.lossless and self._streams.awaited_until() is not None:
                if not self._ticking:
                    self._ticking_until = time.monotonic() + _TICK_WAITS_S
                self._ticking.append(connection)
                break
            if answered_calls == _CALLS_AT_ONCE or self._simulation.frame != frame:
                self._unfinished.append(connection)
                break
            answered_calls += 1
            connection.calls.popleft()
            answered = reply(call.id, answer(self._simulation, call))
            if call.method == _LOAD:
                self._rested_for, self._changed, self._quiet_until = None, True, time.monotonic() + _QUIET_S
            if call.method == "get_episode_settings" and self._spins(connection):
                heapq.heappush(self._late, (time.monotonic() + _SPIN_DELAY_S, next(self._order), connection, answered))
            else:
                self._send(connection, answered)
                if self._simulation.settings.synchronous_mode:
                    self._awake_until = time.monotonic() + _AWAKE_S  # past already if a picture is to be drawn
                self._unless_it_fails(self._simulation.look)
        self._listen(connection)

    def _rests(self, connection: RpcConnection, call: Call) -> bool:
        """Whether a call has to wait because the streams have to be quiet; a change of the episode makes them so."""
        if call.method != _LOAD and not _ticks(call):
            return False
        now = time.monotonic()
        if call.method == _LOAD and now >= self._quiet_until and self._rested_for is not connection:
            self._rested_for, self._quiet_until = connection, now + _QUIET_S
        return now < self._quiet_until

    def _spins(self, connection: RpcConnection) -> bool:
        """Whether a client asks for the settings of one frame over and over."""
        frame, polls = connection.settings_polls
        connection.settings_polls = (self._simulation.frame, polls + 1 if frame == self._simulation.frame else 1)
        return connection.settings_polls[1] > _SETTINGS_POLLS

    def _send(self, connection: RpcConnection, answered: bytes) -> None:
        if connection.socket.fileno() < 0:
            return
        try:
            connection.send(answered)
        except OSError:
            self._hang_up(connection)
            return
        self._listen(connection)

    def _listen(self, connection: RpcConnection) -> None:
        if connection.socket.fileno() < 0:
            return
        events = connection.events
        if events != connection.listened:
            self._selector.modify(connection.socket, events, self._selector.get_key(connection.socket).data)
            connection.listened = events

    def _hang_up(self, connection: RpcConnection) -> None:
        if connection.socket.fileno() < 0:
            return
        for waiting in (self._ticking, self._unfinished, self._resting):
            if connection in waiting:
                waiting.remove(connection)
        if connection is self._rested_for:
            self._rested_for = None
        self._connections.pop(connection.socket.fileno(), None)
        self._selector.unregister(connection.socket)
        connection.socket.close()
        connection.calls.clear()
        if not self._connections:
            self._simulation.abandoned()


def _ticks(call: Call) -> bool:
    """Whether a call lets the world go on: by itself, or at the end of a batch of commands."""
    return call.method == "tick_cue" or (call.method == "apply_batch" and len(call.args) > 1 and call.args[1] is True)
