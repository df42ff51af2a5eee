"""The runs of a suite on a Ray cluster: one task a run, results as they come; a lost run is driven elsewhere."""

from __future__ import annotations

import functools
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from agent.errors import ConfigError
from agent.evaluation.crew import Worker, tried
from agent.evaluation.outcome import Outcome, write_outcome
from agent.evaluation.settings import Suite, Trial

_FILES_LIMIT_BYTES = 2**30
LOCAL = "local"
RESCHEDULED = 3
"""How often a run is driven anew because its node, or Ray's process there, is lost."""
_PROJECT = {
    "working_dir": str(Path(__file__).resolve().parents[2]),
    "excludes": [".venv", ".git", "/runs", "/data", "/tests"],
}
"""What is sent to the nodes: this program and its configs, so that they need nothing but its requirements."""


def drive_on_ray(suite: Suite, trials: Sequence[Trial], folder: Path, address: str) -> Generator[Outcome]:
    """Drive runs on a cluster and yield each result as it comes; the runs' files are brought here.

    Args:
        suite: of the runs; it must not name servers, the cluster's nodes have their own simulators. Models and maps
            that are files of their own must lie at the same path on every node.
        trials: those still to be driven.
        folder: holds a folder for each run.
        address: of the cluster, such as ray://host:10001 or auto; "local" starts one on this machine.

    Raises:
        ConfigError: Ray is not installed, or there is no cluster.
    """
    if suite.servers:
        raise ConfigError("servers: a suite for a Ray cluster names no servers")
    ray = _connected(address)
    try:
        drive = ray.remote(max_retries=RESCHEDULED)(drive_there)
        asked = suite.model_dump_json()
        running = {drive.remote(asked, trial.model_dump_json()): trial for trial in trials}
        while running:
            (done,), _ = ray.wait(list(running), num_returns=1)
            trial = running.pop(done)
            yield _kept(ray, done, trial, folder / trial.id)
    finally:
        ray.shutdown()  # what still runs for us ends with our connection


def _connected(address: str) -> Any:
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
    return ray


def _knock(address: str) -> None:
    """Ray itself goes on asking for ten minutes where nobody listens."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():  # auto, local
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(f"--ray: no cluster at {address} ({error}): start one, or give local") from None


def _kept(ray: Any, task: Any, trial: Trial, folder: Path) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        answer, files = ray.get(task)
        outcome = Outcome.model_validate_json(answer)
    except ray.exceptions.RayError as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        outcome, files = Outcome(trial=trial, status="failed", reason=f"Ray: {reason}"), {}
    for name, content in files.items():
        (folder / Path(name).name).write_bytes(content)
    write_outcome(folder, outcome)
    return outcome


def drive_there(suite: str, trial: str) -> tuple[str, dict[str, bytes]]:
    """Drive a run in a worker process on the node this is called on; the outcome and the run's files come back.

    Args:
        suite, trial: as JSON.

    Returns:
        The outcome as JSON, and the files by name; none where they are too large to be sent.
    """
    asked = Trial.model_validate_json(trial)
    worker = _worker(suite)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        outcome = tried(worker, asked, folder, threading.Event())
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    if sum(map(len, files.values())) > _FILES_LIMIT_BYTES:
        files = {}
    return outcome.model_dump_json(), files


@functools.lru_cache(maxsize=1)
def _worker(suite: str) -> Worker:
    """Kept from run to run with its models and its simulator; it ends when the process of Ray does that it serves."""
    return Worker(Suite.model_validate_json(suite), None, Path(f"worker-{os.getpid()}.log"))
