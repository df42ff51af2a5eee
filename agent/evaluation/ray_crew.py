"""The runs of a suite on a Ray cluster: one task a run, results as they come; a lost run is driven elsewhere."""

from __future__ import annotations

import functools
import os
import tempfile
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from agent.cluster import MOST_SENT_BYTES, LostError, on_cluster
from agent.evaluation.crew import Worker, tried
from agent.evaluation.outcome import Outcome, write_outcome
from agent.evaluation.settings import Suite, Trial

Driven = tuple[str, dict[str, bytes]]
"""An outcome as JSON, and a run's files by name."""


def drive_on_ray(suite: Suite, trials: Sequence[Trial], folder: Path, ray: Any) -> Generator[Outcome]:
    """Drive runs on a cluster and yield each result as it comes; the runs' files are brought here.

    Args:
        suite: of the runs; the nodes have simulators of their own. Models and maps that are files of their own must lie
            at the same path on every node.
        trials: those still to be driven.
        folder: holds a folder for each run.
        ray: the cluster, see `agent.cluster.connected`.
    """
    asked = suite.model_dump_json()
    orders = ((trial, (asked, trial.model_dump_json())) for trial in trials)
    for trial, result in on_cluster(ray, drive_there, orders):
        yield _kept(trial, result, folder / trial.id)


def _kept(trial: Trial, result: Driven | LostError, folder: Path) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(result, LostError):
        outcome, files = Outcome(trial=trial, status="failed", reason=str(result)), {}
    else:
        outcome, files = Outcome.model_validate_json(result[0]), result[1]
    for name, content in files.items():
        (folder / Path(name).name).write_bytes(content)
    write_outcome(folder, outcome)
    return outcome


def drive_there(suite: str, trial: str) -> Driven:
    """Drive a run in a worker process on the node this is called on; the outcome and the run's files come back.

    Args:
        suite, trial: as JSON.

    Returns:
        The outcome, and the files; none where they are too large to be sent.
    """
    asked = Trial.model_validate_json(trial)
    worker = _worker(suite)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        outcome = tried(worker, asked, folder, threading.Event())
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    if sum(map(len, files.values())) > MOST_SENT_BYTES:
        files = {}
    return outcome.model_dump_json(), files


@functools.lru_cache(maxsize=1)
def _worker(suite: str) -> Worker:
    """Kept from run to run with its models and its simulator; it ends when the process of Ray does that it serves."""
    return Worker(Suite.model_validate_json(suite), None, Path(f"worker-{os.getpid()}.log"), alone=False)
