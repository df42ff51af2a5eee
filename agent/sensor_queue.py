"""One queue per sensor, read by frame number: what a tick must wait for."""

from __future__ import annotations

import queue
import time
from typing import Generic, Protocol, TypeVar

from agent.errors import SimulatorError


class Numbered(Protocol):
    """Anything with the number of the simulator frame it belongs to."""

    @property
    def frame(self) -> int:
        """Simulator frame."""


T = TypeVar("T", bound=Numbered)


class SensorQueue(Generic[T]):
    """Readings of one sensor in the order they came."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._readings: queue.SimpleQueue[T] = queue.SimpleQueue()

    def put(self, reading: T) -> None:
        """Called by the client's own thread for every reading."""
        self._readings.put(reading)

    def of_frame(self, frame: int, timeout_s: float) -> T:
        """Wait for the reading of a frame; older ones are thrown away.

        Raises:
            SimulatorError: it did not come in time, or the sensor is already past that frame.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                reading = self._readings.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise SimulatorError(
                    f"the {self.name} sent nothing for frame {frame} within {timeout_s:g} s: "
                    "is the simulator still running?"
                ) from None
            if reading.frame == frame:
                return reading
            if reading.frame > frame:
                raise SimulatorError(
                    f"the {self.name} is at frame {reading.frame}, wanted {frame}: "
                    "another client ticks this server; stop it, or use a server of your own"
                )

    def next(self, timeout_s: float) -> T:
        """Wait for the oldest reading.

        Raises:
            queue.Empty: none came in time.
        """
        return self._readings.get(timeout=timeout_s)

    def drain(self) -> list[T]:
        """All readings that are there, without waiting."""
        return [self._readings.get_nowait() for _ in range(self._readings.qsize())]
