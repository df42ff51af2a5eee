"""Worker processes that drive the runs of a suite: each by itself, so that one that dies takes nobody along."""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from agent.embedded import SHARING
from agent.evaluation.outcome import Outcome, read_outcome, write_outcome
from agent.evaluation.settings import Suite, Trial

ATTEMPTS = 2
"""A run that fails is tried again once."""
DONE = "run is over"
"""What a worker says when it has kept a result; other lines of its output are other programs' chatter."""
_LEAVE_S = 20.0
_ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """A process of `scripts.evaluation_worker`, started when it is first needed and again after it died.

    Args:
        suite: of the runs.
        server: HOST:PORT, or None.
        errors: where its error output goes.
        alone: False if other workers drive at the same time.
    """

    def __init__(self, suite: Suite, server: str | None, errors: Path, *, alone: bool = True) -> None:
        self._task = json.dumps({"suite": suite.model_dump(mode="json"), "server": server, "cwd": str(Path.cwd())})
        self._limit_s, self._errors = suite.run_limit_s, errors
        self._environment = os.environ if alone else {**SHARING, **os.environ}
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, trial: Trial, folder: Path) -> Outcome:
        """Have a run driven; whatever happens to the process, there is an outcome."""
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = self._start()
        order = json.dumps({"trial": trial.model_dump(mode="json"), "folder": str(folder)})
        try:
            assert process.stdin is not None and process.stdout is not None  # noqa: S101 - given to Popen
            process.stdin.write(order.encode() + b"\n")
            process.stdin.flush()
            ended = _wait(process.stdout, time.monotonic() + self._limit_s)
        except BrokenPipeError:
            ended = False
        outcome = read_outcome(folder) if ended else None
        if outcome is not None:
            return outcome
        status = process.poll()
        self.close()
        if ended:
            reason = "the worker kept no result"
        elif status is None:
            reason = f"no result after {self._limit_s:g} s (the suite's run_limit_s)"
        else:
            reason = f"the worker died (status {status}): see {self._errors}"
        return Outcome(trial=trial, status="failed", reason=reason)

    def close(self) -> None:
        """End the process; it leaves its simulator tidy if it still can."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_LEAVE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # an order that it died before reading
                    pipe.close()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._errors.open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "scripts.evaluation_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=_ROOT,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches us alone; we tell it
            )
        assert process.stdin is not None  # noqa: S101 - given to Popen
        process.stdin.write(self._task.encode() + b"\n")
        return process


def _wait(output: IO[bytes], deadline_s: float) -> bool:
    """Until the worker says that a run is over; False if it ends or time runs out before."""
    said = b""
    while DONE.encode() not in said:
        ready, _, _ = select.select([output], [], [], max(0.0, deadline_s - time.monotonic()))
        piece = output.read1(4096) if ready else b""  # type: ignore[attr-defined] # Popen's pipes are buffered readers
        if not piece:
            return False
        said = said[-64:] + piece
    return True


def drive_all(suite: Suite, trials: Sequence[Trial], folder: Path, workers: int) -> Generator[Outcome]:
    """Drive runs side by side and yield each result as it comes; closing the iterator stops what is under way.

    Args:
        suite: of the runs.
        trials: those still to be driven.
        folder: holds a folder for each run.
        workers: processes; with servers one for each of them at the most.
    """
    servers: list[str | None] = list(suite.servers) or [None] * workers
    servers = servers[: min(workers, len(trials))]
    crew = [
        Worker(suite, server, folder / f"worker-{index}.log", alone=len(servers) == 1)
        for index, server in enumerate(servers)
    ]
    waiting: queue.SimpleQueue[Trial] = queue.SimpleQueue()
    news: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
    stop = threading.Event()
    for trial in trials:
        waiting.put(trial)
    threads = [
        threading.Thread(target=_work, args=(worker, waiting, news, stop, folder), daemon=True) for worker in crew
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in trials:
            event = news.get()
            if isinstance(event, BaseException):
                raise event
            yield event
    finally:
        stop.set()
        for worker in crew:
            worker.close()
        for thread in threads:
            thread.join()


def _work(worker: Worker, waiting: Any, news: Any, stop: threading.Event, folder: Path) -> None:
    try:
        while not stop.is_set():
            trial = waiting.get_nowait()
            news.put(tried(worker, trial, folder / trial.id, stop))
    except queue.Empty:
        return
    except BaseException as error:  # goes to the caller, who raises it in the main thread
        news.put(error)


def tried(worker: Worker, trial: Trial, folder: Path, stop: threading.Event) -> Outcome:
    """A run's result: of the second attempt if the first one failed; kept in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, ATTEMPTS + 1):
        outcome = worker.run(trial, folder).model_copy(update={"attempts": attempt})
        if outcome.status == "done" or stop.is_set():
            break
    if not stop.is_set():
        write_outcome(folder, outcome)
    return outcome
