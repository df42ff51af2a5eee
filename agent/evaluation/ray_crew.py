"""The runs of a suite on a Ray cluster: one task a run, results as they come; a lost run is driven elsewhere."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from agent.errors import ConfigError
from agent.evaluation.crew import ATTEMPTS, Worker
from agent.evaluation.outcome import Outcome, write_outcome
from agent.evaluation.settings import Suite, Trial

_FILES_LIMIT_BYTES = 2**30
LOCAL = "local"


def drive_on_ray(suite: Suite, trials: Sequence[Trial], folder: Path, address: str) -> Generator[Outcome]:
    """Drive runs on a cluster and yield each result as it comes; the runs' files are brought here.

    Args:
        suite: of the runs; it must not name servers, the cluster's nodes have their own simulators.
        trials: those still to be driven.
        folder: holds a folder for each run.
        address: of the cluster, such as ray://host:10001 or auto; "local" starts one on this machine.

    Raises:
        ConfigError: Ray is not installed, or there is no cluster.
    """
    if suite.servers:
        raise ConfigError("servers: a suite for a Ray cluster names no servers")
    ray = _connected(address)
    drive = ray.remote(max_retries=3, num_cpus=1)(drive_there)  # retries: of runs whose worker or node is lost
    running = {drive.remote(suite.model_dump(mode="json"), trial.model_dump(mode="json")): trial for trial in trials}
    try:
        while running:
            (done,), _ = ray.wait(list(running), num_returns=1)
            trial = running.pop(done)
            yield _kept(ray, done, trial, folder / trial.id)
    finally:
        for task in running:
            ray.cancel(task)
        if address == LOCAL:
            ray.shutdown()


def _connected(address: str) -> Any:
    try:
        import ray
    except ImportError:
        raise ConfigError("--ray needs Ray: pip install 'ray[default]'") from None
    if not ray.is_initialized():
        try:
            ray.init(None if address == LOCAL else address, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError) as error:
            reason = (str(error).splitlines() or ["no answer"])[0]
            raise ConfigError(f"--ray: no cluster at {address} ({reason})") from None
    return ray


def _kept(ray: Any, task: Any, trial: Trial, folder: Path) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        outcome, files = ray.get(task)
    except ray.exceptions.RayError as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        outcome, files = Outcome(trial=trial, status="failed", reason=f"Ray: {reason}").model_dump(mode="json"), {}
    for name, content in files.items():
        (folder / Path(name).name).write_bytes(content)
    checked = Outcome.model_validate(outcome)
    write_outcome(folder, checked)
    return checked


def drive_there(suite: dict[str, Any], trial: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Drive a run in a worker process on the node this is called on; the outcome and the run's files come back."""
    import tempfile

    asked = Trial.model_validate(trial)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run"
        folder.mkdir()
        worker = Worker(Suite.model_validate(suite), None, Path(place) / "worker.log")
        try:
            for attempt in range(1, ATTEMPTS + 1):
                outcome = worker.run(asked, folder).model_copy(update={"attempts": attempt})
                if outcome.status == "done":
                    break
        finally:
            worker.close()
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    if sum(map(len, files.values())) > _FILES_LIMIT_BYTES:
        files = {}
    return outcome.model_dump(mode="json"), files
