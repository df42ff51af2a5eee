"""Start the embedded simulator beside us and make sure it never outlives us."""

from __future__ import annotations

import functools
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agent.errors import SimulatorError

SHARING = {"LP_NUM_THREADS": "0"}
"""Environment of a simulator that is not alone on the machine: Mesa's software renderer then draws in the thread that
calls it; threads of its own cost a fifth more than the drawing itself, in waking and waiting."""

_ROOT = Path(__file__).resolve().parent.parent
_START_LIMIT_S = 60.0
_LINE_LIMIT = 4096
_USER_ERROR = 2
"""Exit status of a door whose user has something to mend; its line is in the exception."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a simulator listens."""

    host: str
    port: int


@contextmanager
def embedded_simulator(map_name: str, seed: int, *, alone: bool = True) -> Iterator[Callable[[], Address]]:
    """Run the embedded simulator on a free loopback port as long as the context lasts.

    Yields a call that waits until the simulator is ready and says where: there is time for other things until then.

    It is a process of its own session, so that Ctrl-C reaches us alone and we can still tidy up on it; and it ends when
    its standard input does, so that not even kill -9 of this program leaves it behind.

    Args:
        map_name: a name or an OpenDRIVE file.
        seed: of its scenery.
        alone: False if others run at the same time, see `SHARING`.

    Raises:
        SimulatorError: by the call: it did not start; its own line says why.
    """
    command = [sys.executable, "-m", "scripts.simulator", "--port", "0", "--map", map_name]
    found = os.environ if alone else {**SHARING, **os.environ}
    path = os.pathsep.join(filter(None, [str(_ROOT), found.get("PYTHONPATH")]))
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [*command, "--seed", str(seed), "--die-with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
            env={**found, "PYTHONPATH": path},
        )
        try:
            yield functools.cache(lambda: _address(process, said))
        finally:
            died = process.poll()
            _end(process)
            if died is not None and died != _USER_ERROR:  # by itself: what it had to say is a bug report
                said.seek(0)
                sys.stderr.write(said.read().decode(errors="replace"))


def _address(process: subprocess.Popen[bytes], said: IO[bytes]) -> Address:
    """Wait for the one line in which the simulator says that it is ready."""
    assert process.stdout is not None  # noqa: S101 - given to Popen above
    deadline, line = time.monotonic() + _START_LIMIT_S, b""
    while not line.endswith(b"\n") and len(line) < _LINE_LIMIT:
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise SimulatorError(
                f"the embedded simulator gave no sign of life in {_START_LIMIT_S:g} s: see scripts.doctor"
            )
        piece = os.read(process.stdout.fileno(), _LINE_LIMIT)
        if not piece:
            raise SimulatorError(_last_words(process.wait(5), said))
        line += piece
    try:
        ready_line = json.loads(line)
        return Address(str(ready_line["host"]), int(ready_line["port"]))
    except (ValueError, KeyError, TypeError):
        raise SimulatorError(f"the embedded simulator said {line[:80]!r} instead of its address") from None


def _last_words(status: int, said: IO[bytes]) -> str:
    """Why the simulator did not start: its own error line if it has one."""
    said.seek(0)
    lines = said.read().decode(errors="replace").splitlines()
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return errors[-1] if errors else f"the embedded simulator did not start (exit status {status}): see scripts.doctor"


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101
    process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
