"""The streaming port: who subscribed to what, and the messages on their way there."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector

from agent.simulator.protocol.listener import Listener
from agent.simulator.protocol.messages import Parts
from agent.simulator.protocol.subscription import Subscription
from agent.simulator.protocol.tokens import WORLD_STREAM
from agent.simulator.protocol.wire import STREAM_GREETING

_LOG = logging.getLogger(__name__)
_SUBSCRIBE_WITHIN_S = 1.0
_GREET_WITHIN_S = 5.0
_MOST_EXPECTED = 256
_MOST_CONNECTIONS = 4096


class Streams:
    """All subscriptions; the `Outlet` of the simulation.

    Args:
        selector: of the loop; the callables put there take the mask of events.
        listener: listening, non-blocking.
    """

    def __init__(self, selector: BaseSelector, listener: socket.socket) -> None:
        self.lossless = False
        self.last_state: Callable[[], bytes] = lambda: b""
        self.issued: Callable[[int], bool] = lambda _: True
        self._selector = selector
        self._greeting: dict[socket.socket, tuple[float, bytes]] = {}  # since when, what has been said
        self._subscriptions: dict[int, list[Subscription]] = {}
        self._expected: list[tuple[float, int]] = []
        self._missed: set[int] = set()  # who asked for these did not come: not waited for again
        self._connections = 0
        self._listener = Listener(selector, listener, lambda: self._connections < _MOST_CONNECTIONS, self._welcome)

    def wanted(self, stream_id: int) -> bool:
        """Whether anybody listens to a stream."""
        return any(not subscription.silent for subscription in self._subscriptions.get(stream_id, ()))

    def publish(self, stream_id: int, parts: Parts) -> None:
        """Send a message to all who listen; never waits."""
        for subscription in list(self._subscriptions.get(stream_id, ())):
            self._send(subscription, parts)

    def announce(self) -> None:
        """Send the world's last state to all who have not had it."""
        state = self.last_state()
        for subscription in list(self._subscriptions.get(WORLD_STREAM, ())):
            if subscription.last is not state:
                self._send(subscription, (state,))

    def expect(self, stream_id: int) -> None:
        """Somebody was told this stream's token and will subscribe soon.

        Not waited for: another reader of the world's state, who gets the last one at once; and streams whose asker did
        not come the last time.
        """
        self._prune()
        if stream_id == WORLD_STREAM and self.wanted(stream_id):
            return
        if stream_id not in self._missed and len(self._expected) < _MOST_EXPECTED:
            self._expected.append((time.monotonic() + _SUBSCRIBE_WITHIN_S, stream_id))

    def awaited_until(self) -> float | None:
        """The time [s, monotonic] until which a tick waits for subscribers to come, None if all are here."""
        self._prune()
        return min((until for until, _ in self._expected), default=None)

    def give_up(self) -> None:
        """Wait for none of the expected subscribers any longer."""
        self._missed.update(stream_id for _, stream_id in self._expected)
        self._expected.clear()

    def on_time(self, now: float) -> None:
        """Let go of who connected and does not say what for; to be called now and then.

        Args:
            now: monotonic [s].
        """
        self._listener.on_time(now)
        late = [connection for connection, (since, _) in self._greeting.items() if now - since > _GREET_WITHIN_S]
        for connection in late:
            del self._greeting[connection]
            self._forget(connection)

    def close(self) -> None:
        """Hang up on everybody."""
        for connection in [*self._greeting, *(s.connection for ss in self._subscriptions.values() for s in ss)]:
            self._forget(connection)
        self._listener.close()

    def _prune(self) -> None:
        """Sort out who should have come by now."""
        now = time.monotonic()
        self._missed.update(stream_id for until, stream_id in self._expected if until <= now)
        self._expected = [(until, stream_id) for until, stream_id in self._expected if until > now]

    def _welcome(self, connection: socket.socket) -> None:
        self._connections += 1
        self._greeting[connection] = (time.monotonic(), b"")
        self._selector.register(connection, EVENT_READ, lambda _: self._greet(connection))

    def _greet(self, connection: socket.socket) -> None:
        """Read the 4 bytes that say which stream is wanted."""
        if connection not in self._greeting:  # let go of earlier in the same round of events
            return
        since, said = self._greeting[connection]
        try:
            received = connection.recv(STREAM_GREETING.size - len(said))
        except BlockingIOError:
            return
        except OSError:
            received = b""
        said += received
        if not received:
            del self._greeting[connection]
            self._forget(connection)
        elif len(said) < STREAM_GREETING.size:
            self._greeting[connection] = (since, said)
        else:
            del self._greeting[connection]
            self._subscribe(connection, STREAM_GREETING.unpack(said)[0])

    def _subscribe(self, connection: socket.socket, stream_id: int) -> None:
        if not self.issued(stream_id):
            _LOG.warning("somebody asked for stream %d, which never was: hung up", stream_id)
            self._forget(connection)
            return
        subscription = Subscription(connection, stream_id)
        self._subscriptions.setdefault(stream_id, []).append(subscription)
        self._selector.modify(connection, EVENT_READ, lambda mask: self._serve(subscription, mask))
        self._missed.discard(stream_id)
        match = next((entry for entry in self._expected if entry[1] == stream_id), None)
        if match is not None:
            self._expected.remove(match)
        if stream_id == WORLD_STREAM:  # in synchronous mode the next state may be long in coming
            self._send(subscription, (self.last_state(),))

    def _send(self, subscription: Subscription, parts: Parts) -> None:
        was_busy = subscription.busy
        try:
            subscription.send(parts, lossless=self.lossless)
        except OSError:
            self._end(subscription)
            return
        if subscription.busy != was_busy:
            self._listen(subscription)

    def _serve(self, subscription: Subscription, mask: int) -> None:
        if subscription.connection.fileno() < 0:  # ended earlier in the same round of events, by a send
            return
        try:
            if mask & EVENT_READ and not subscription.connection.recv(64):
                raise ConnectionResetError  # hung up: unsubscribed
            if mask & EVENT_WRITE:
                subscription.flush()
        except BlockingIOError:
            return
        except OSError:
            self._end(subscription)
            return
        self._listen(subscription)

    def _listen(self, subscription: Subscription) -> None:
        mask = EVENT_READ | EVENT_WRITE if subscription.busy else EVENT_READ
        key = self._selector.get_key(subscription.connection)
        if key.events != mask:
            self._selector.modify(subscription.connection, mask, key.data)

    def _end(self, subscription: Subscription) -> None:
        """Hang up; a second time is harmless."""
        listening = self._subscriptions.get(subscription.stream_id, [])
        if subscription not in listening:
            return
        listening.remove(subscription)
        if not listening:
            del self._subscriptions[subscription.stream_id]
        self._forget(subscription.connection)

    def _forget(self, connection: socket.socket) -> None:
        self._connections -= 1
        self._selector.unregister(connection)
        connection.close()
