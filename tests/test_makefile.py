"""`make test` with a python that only writes down what it was asked, and ends as it is told."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYTHON = """#!/bin/sh
echo "$@" >> asked
case "$*" in *--ignore*|*tests/test_*) exit $OTHERS;; *) exit $SIMULATOR;; esac
"""
BESIDE = "-n 2 --dist loadfile"
OTHERS, SIMULATOR = f"-m pytest tests --ignore tests/simulator {BESIDE}", f"-m pytest tests/simulator {BESIDE}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    for ready in ("ready", "ready-dev"):
        (tmp_path / ".venv" / ready).touch()
    return tmp_path


def make_test(folder: Path, arguments: str, others: int = 0, simulator: int = 0) -> tuple[bool, list[str]]:
    """Whether it succeeded, and what was run."""
    environment = {**os.environ, "OTHERS": str(others), "SIMULATOR": str(simulator), "MAKEFLAGS": ""}
    command = ["make", "test", f"ARGS={arguments}"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)
    return done.returncode == 0, (folder / "asked").read_text().splitlines()


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ("", [OTHERS, SIMULATOR]),
        ("tests", [OTHERS, SIMULATOR]),
        ("tests/", [OTHERS, SIMULATOR]),
        ("-x -k 'a or b'", [f"{OTHERS} -x -k a or b", f"{SIMULATOR} -x -k a or b"]),
        ("tests/test_x.py -x", ["-m pytest tests/test_x.py -x"]),
        ("-x tests/test_x.py::test_y tests/test_z.py", ["-m pytest tests/test_x.py::test_y tests/test_z.py -x"]),
        ("tests/simulator", ["-m pytest tests/simulator"]),
        ("tests/simulator/test_wire.py", ["-m pytest tests/simulator/test_wire.py"]),
        (
            "tests/test_x.py tests/simulator/test_wire.py",
            ["-m pytest tests/test_x.py", "-m pytest tests/simulator/test_wire.py"],
        ),
    ],
)
def test_paths_choose_the_runs(folder: Path, arguments: str, asked: list[str]) -> None:
    assert make_test(folder, arguments) == (True, asked)


@pytest.mark.parametrize(
    ("others", "simulator", "good"),
    [
        (0, 0, True),
        (1, 0, False),
        (0, 1, False),
        (1, 5, False),
        (5, 1, False),
        (0, 5, True),
        (5, 0, True),
        (5, 5, False),
    ],
)
def test_both_run_and_any_failure_counts(folder: Path, others: int, simulator: int, good: bool) -> None:
    assert make_test(folder, "-k x", others, simulator) == (good, [f"{OTHERS} -k x", f"{SIMULATOR} -k x"])
