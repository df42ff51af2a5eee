"""Reaching a CARLA server, and saying in one line why it cannot be reached."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agent.errors import SimulatorError

_GREETING_TIMEOUT_S = 5.0
"""Longest wait for the first answers: what is no CARLA keeps silent."""


def connect(make_client: Callable[[str, int], Any], host: str, port: int, timeout_s: float) -> Any:
    """A client of a CARLA server of our own version.

    Args:
        make_client: `carla.Client`.
        host: name or address of the server.
        port: of its calls.
        timeout_s: longest wait for any answer from now on.

    Raises:
        SimulatorError: nobody listens there, it is no CARLA, or one of another version.
    """
    greeting_s = min(timeout_s, _GREETING_TIMEOUT_S)
    try:
        socket.create_connection((host, port), timeout=greeting_s).close()
    except (OSError, ValueError, OverflowError) as error:  # a name that is none, "a..b", a port beyond 65535
        raise SimulatorError(
            f"no simulator at {host}:{port} ({error}): start one, correct host and port, "
            "or leave them out to use the embedded one"
        ) from None
    client = make_client(host, port)
    client.set_timeout(greeting_s)
    try:
        server, own = client.get_server_version(), client.get_client_version()
    except RuntimeError:
        raise SimulatorError(f"what listens at {host}:{port} does not answer as CARLA: check host and port") from None
    if server != own:
        raise SimulatorError(
            f"the simulator at {host}:{port} is CARLA {server}, this program speaks {own}: start a CARLA {own} there"
        )
    client.set_timeout(timeout_s)
    return client


@contextmanager
def answering() -> Iterator[None]:
    """Turn the one error of CARLA's client, for time-outs and refusals alike, into ours."""
    try:
        yield
    except RuntimeError as error:
        raise SimulatorError(
            f"the simulator stopped answering ({error}): look at its own output, then start anew"
        ) from error
