"""Sending a control and letting the world go on; asked to begin by one thread, which goes on with its own work."""

from __future__ import annotations

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from agent.connecting import answering
from agent.errors import SimulatorError
from agent.sensor_queue import SensorQueue

_HAND_OVER_S = 0.005
"""Longest wait for the other thread to get going [s]."""


class Ticks(ABC):
    """How a server in synchronous mode is made to go on.

    Args:
        client, world: of carla.
        timeout_s: longest wait for a tick.
    """

    def __init__(self, client: Any, world: Any, timeout_s: float) -> None:
        self._client, self._world, self._timeout_s = client, world, timeout_s

    @abstractmethod
    def begin(self, commands: Sequence[Any]) -> None:
        """Send commands (`carla.command`) and let the world go on to the next frame; does not wait for it."""

    @abstractmethod
    def landed(self) -> Any:
        """Wait for the tick that was begun: its `carla.WorldSnapshot`.

        Raises:
            SimulatorError: the server went away, or answers too late.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of what waits for ticks."""


class MessageTicks(Ticks):
    """Commands and tick travel in one message, which nobody waits for; the world's state says when it is done."""

    def __init__(self, client: Any, world: Any, timeout_s: float) -> None:
        super().__init__(client, world, timeout_s)
        self._snapshots: SensorQueue[Any] = SensorQueue("world")
        self._listening = world.on_tick(self._snapshots.put)
        self._began = False

    def begin(self, commands: Sequence[Any]) -> None:
        """See `Ticks.begin`.

        Raises:
            SimulatorError: somebody else has ticked meanwhile.
        """
        if self._snapshots.drain() and self._began:  # those of before the first one are of the world's own pace
            raise SimulatorError("another client ticks this server: stop it, or use a server of your own")
        self._began = True
        with answering():
            self._client.apply_batch(list(commands), True)

    def landed(self) -> Any:
        """See `Ticks.landed`."""
        try:
            return self._snapshots.next(self._timeout_s)
        except queue.Empty:
            raise SimulatorError(
                f"the simulator stopped answering (no tick within {self._timeout_s:g} s): "
                "look at its own output, then start anew"
            ) from None

    def close(self) -> None:
        """See `Ticks.close`."""
        with suppress(RuntimeError):  # the server is gone
            self._world.remove_on_tick(self._listening)


class ManagedTicks(Ticks):
    """As CARLA's Traffic Manager wants it: it goes on within `World.tick`, which waits for both, on a thread here."""

    def __init__(self, client: Any, world: Any, timeout_s: float) -> None:
        super().__init__(client, world, timeout_s)
        self._ticker = ThreadPoolExecutor(1, thread_name_prefix="tick")
        self._told = threading.Event()  # the server was told to tick
        self._pending: Future[Any] = Future()

    def begin(self, commands: Sequence[Any]) -> None:
        """See `Ticks.begin`."""
        self._told.clear()
        self._pending = self._ticker.submit(self._tick, list(commands))
        self._told.wait(_HAND_OVER_S)  # else the interpreter's lock stays here, and the server idles meanwhile

    def landed(self) -> Any:
        """See `Ticks.landed`."""
        return self._pending.result()

    def close(self) -> None:
        """See `Ticks.close`."""
        self._ticker.shutdown(wait=True)

    def _tick(self, commands: list[Any]) -> Any:
        with answering():
            if commands:
                self._client.apply_batch(commands, False)
            self._told.set()
            self._world.tick(self._timeout_s)
            return self._world.get_snapshot()
