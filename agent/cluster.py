"""A Ray cluster: connected to, this program sent along, one task after the other and results as they come."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
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
_ADDRESS = re.compile(r"local|auto|(ray://)?[^:/\s]+:[0-9]{1,5}")
_ANSWER_S = 10.0
_HTTP_2, _SETTINGS = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0\0\0\4\0\0\0\0\0"
"""How both sides of a gRPC connection, and Ray's are such, begin (RFC 9113, sections 3.4 and 6.5)."""
_PROJECT = {
    "working_dir": str(Path(__file__).resolve().parent.parent),
    "excludes": [".venv", ".git", "/runs", "/data", "/tests"],
}
"""What is sent to the nodes: this program and its configs, so that they need nothing but its requirements."""


class LostError(Exception):
    """A task that Ray could not bring to an end, or that failed there; one line."""


def on_cluster(
    ray: Any, task: Callable[..., Result], orders: Iterable[tuple[Key, tuple[Any, ...]]]
) -> Generator[tuple[Key, Result | LostError]]:
    """Have a function called on a cluster's nodes and yield each result with its key as it comes.

    Orders are taken as nodes become free, a few more than there are processors, so that what they carry is not held in
    memory all at once.

    Args:
        ray: the cluster, `connected`.
        task: a function of one of our modules; its arguments and its result are sent.
        orders: key and arguments of each call.
    """
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
def connected(address: str) -> Generator[Any]:
    """A cluster; leaving ends what is under way there.

    Args:
        address: HOST:PORT, ray://HOST:PORT or auto; "local" starts a cluster on this machine.

    Raises:
        ConfigError: Ray is not installed, or there is no cluster.
    """
    if not _ADDRESS.fullmatch(address):
        raise ConfigError(f"--ray is '{address:.80}', wanted local, auto, HOST:PORT or ray://HOST:PORT")
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
        if "InvalidAuthToken" in f"{error} {error.__cause__}":
            reason = "it asks for a token: set RAY_AUTH_MODE=token, see Ray's documentation of token authentication"
        raise ConfigError(f"--ray: no cluster at {address} ({reason})") from None
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)  # Ray puts its own in place, which ends the program in mid-run
    try:
        yield ray
    finally:
        ray.shutdown()  # what still runs for us ends with our connection


def _knock(address: str) -> None:
    """Ray itself goes on asking for ten minutes where nobody listens, or somebody else does."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if ":" not in address:  # auto, local
        return
    try:
        with socket.create_connection((host, int(port)), _ANSWER_S) as there, there.makefile("rb") as said:
            there.sendall(_HTTP_2 + _SETTINGS)
            if said.read(len(_SETTINGS))[3:4] != _SETTINGS[3:4] and "RAY_USE_TLS" not in os.environ:
                raise OSError("what answers there is not Ray")
    except (OSError, OverflowError) as error:
        raise ConfigError(f"--ray: no cluster at {address} ({error}): start one, or give local") from None
