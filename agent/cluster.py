"""A Ray cluster: connected to, this program sent along, one task after the other and results as they come."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from agent.errors import ConfigError

Key = TypeVar("Key")
Result = TypeVar("Result")
LOCAL = "local"
RESCHEDULED = 3
"""How often a task is done anew because its node, or Ray's process there, is lost."""
MOST_SENT_BYTES = 2**30
"""No file larger than this is sent to a node or back."""
_WAITING = 2
_PROJECT = {
    "working_dir": str(Path(__file__).resolve().parent.parent),
    "excludes": [".venv", ".git", "/runs", "/data", "/tests"],
}
"""What is sent to the nodes: this program and its configs, so that they need nothing but its requirements."""


class LostError(Exception):
    """A task that Ray could not bring to an end, or that failed there; one line."""


def on_cluster(
    address: str, task: Callable[..., Result], orders: Iterable[tuple[Key, tuple[Any, ...]]]
) -> Generator[tuple[Key, Result | LostError]]:
    """Have a function called on a cluster's nodes and yield each result with its key as it comes.

    Closing the iterator ends what is under way. Orders are taken as nodes become free, a few more than there are
    processors, so that what they carry is not held in memory all at once.

    Args:
        address: such as ray://host:10001 or auto; "local" starts a cluster on this machine.
        task: a function of one of our modules; its arguments and its result are sent.
        orders: key and arguments of each call.

    Raises:
        ConfigError: Ray is not installed, or there is no cluster.
    """
    with _connected(address) as ray, closing(_called(ray, task, orders)) as results:
        yield from results


def _called(ray: Any, task: Callable[..., Result], orders: Iterable[tuple[Key, tuple[Any, ...]]]) -> Generator[Any]:
    there, left = ray.remote(max_retries=RESCHEDULED)(task), iter(orders)
    running: dict[Any, Key] = {}
    while True:
        room = int(ray.cluster_resources().get("CPU", 1)) * _WAITING
        while len(running) < room and (order := next(left, None)) is not None:
            running[there.remote(*order[1])] = order[0]
        if not running:
            return
        (done,), _ = ray.wait(list(running), num_returns=1)
        try:
            result = ray.get(done)
        except ray.exceptions.RayError as error:
            result = LostError(f"Ray: {(str(error).splitlines() or [type(error).__name__])[0]}")
        yield running.pop(done), result


@contextmanager
def _connected(address: str) -> Generator[Any]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    try:
        import ray
    except ImportError:
        raise ConfigError("--ray needs Ray: pip install --group ray") from None
    _knock(address)
    where: dict[str, Any] = {"address": address}
    if address == LOCAL:
        where = {"address": LOCAL, "_node_ip_address": "127.0.0.1", "include_dashboard": False}
    ours = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(**where, runtime_env=_PROJECT, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = (str(error).splitlines() or ["no answer"])[0]
        raise ConfigError(f"--ray: no cluster at {address} ({reason})") from None
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)  # Ray puts its own in place, which ends the program in mid-run
    try:
        yield ray
    finally:
        ray.shutdown()  # what still runs for us ends with our connection


def _knock(address: str) -> None:
    """Ray itself goes on asking for ten minutes where nobody listens."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():  # auto, local
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(f"--ray: no cluster at {address} ({error}): start one, or give local") from None
