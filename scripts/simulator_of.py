"""Which simulator a run is on: the embedded one, or one that is already there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from agent.config import DriveConfig
from agent.embedded import Address, embedded_simulator

DEFAULT_MAP = "loop"


def simulator_of(config: DriveConfig) -> AbstractContextManager[Callable[[], Address]]:
    """The embedded simulator, started with the map and seed of the settings; with a host, what listens there."""
    if config.host is None:
        return embedded_simulator(config.map or DEFAULT_MAP, config.seed)
    there = Address(config.host, config.port or 2000)
    return nullcontext(lambda: there)
