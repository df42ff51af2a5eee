"""`scripts.collect` as a person starts it, on the real embedded simulator."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.test_collect import read_shard

FLAGS = ("--frames", "40", "--frames-per-run", "20", "--workers", "2")


def collect(out: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.collect", "--out", str(out), *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def test_records_lists_and_continues(tmp_path: Path) -> None:
    first = collect(tmp_path, *FLAGS, "--weathers", "ClearNoon", "HardRainSunset")
    assert first.returncode == 0, first.stderr
    assert "40 frames of 2 runs (0 ended early)" in first.stdout
    listing = json.loads((tmp_path / "dataset.json").read_text())
    assert [shard["weather"] for shard in listing["shards"]] == ["ClearNoon", "HardRainSunset"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "0000-ClearNoon.tfrecord",
        "0001-HardRainSunset.tfrecord",
        "dataset.json",
    ]
    rows = read_shard(tmp_path / "0000-ClearNoon.tfrecord")
    assert len(rows) == 20
    pictures = [row["frame"] for row in rows]
    assert all(np.std(picture) > 10.0 for picture in pictures)  # a scene, not a blank
    assert all(np.any(a != b) for a, b in pairwise(pictures))
    assert all(abs(row["offset_m"]) < 1.6 and abs(row["steer"]) < 0.5 for row in rows)

    before = (tmp_path / "0000-ClearNoon.tfrecord").stat().st_mtime_ns
    (tmp_path / "0001-HardRainSunset.tfrecord").unlink()
    again = collect(tmp_path, *FLAGS, "--weathers", "ClearNoon", "HardRainSunset")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "0001-HardRainSunset.tfrecord").is_file()
    assert (tmp_path / "0000-ClearNoon.tfrecord").stat().st_mtime_ns == before


def test_ctrl_c_leaves_only_whole_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.collect", "--out", str(tmp_path), "--frames", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as door:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("*.partial")) and time.monotonic() < deadline and door.poll() is None:
            time.sleep(0.2)
        door.send_signal(signal.SIGINT)
        _, said = door.communicate(timeout=60)
    assert door.returncode == 130, said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--weathers", "ClearNon"), "unknown weather 'ClearNon'"),
        (("--frames", "0"), "--frames"),
        (("--host", "127.0.0.1", "--workers", "2"), "--workers 1"),
        (("--host", "127.0.0.1", "--port", "1", "--workers", "1"), "no simulator at 127.0.0.1:1"),
        (("--width-px", "640", "--height-px", "200"), "too flat"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(tmp_path: Path, flags: tuple[str, ...], said: str) -> None:
    ended = collect(tmp_path, *flags)
    assert ended.returncode == 2, ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert said in ended.stderr
