from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from agent.errors import RecordingError
from agent.log import LogWriter, read_log
from agent.log.records import json_of
from tests.logs import CARD, make_steps, network_input, write_log

WRITES = """
import resource, sys
from pathlib import Path
from agent.errors import RecordingError
from agent.log import LogWriter
from tests.logs import CARD, make_steps, network_input
steps = make_steps(120)
inputs = [network_input(number) for number in range(120)]
"""
UNTIL_KILLED = (
    WRITES
    + """
log = LogWriter(Path(sys.argv[1]), CARD)
for step, seen in zip(steps, inputs):
    log.write(step, seen)
print("written", flush=True)
sys.stdin.read()
"""
)
UNTIL_FULL = (
    WRITES
    + """
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    with LogWriter(Path(sys.argv[1]), CARD) as log:
        for step, seen in zip(steps, inputs):
            log.write(step, seen)
except RecordingError as error:
    print(error)
    sys.exit(2)
"""
)
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("log") / "run.mcap", make_steps(40, every=3))


def test_kill_9_loses_little(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    command = [sys.executable, "-c", UNTIL_KILLED, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as writing:
        assert writing.stdout is not None
        assert writing.stdout.readline() == b"written\n"
        writing.kill()
    assert writing.returncode == -signal.SIGKILL
    run = read_log(path)
    assert run.card == CARD
    assert not run.complete
    assert 120 - 8 - 4 <= run.count <= 120  # the queue, and a chunk of some 100 KB steps
    assert len(list(run)) == run.count


def test_a_waiting_run_is_on_disk_soon(tmp_path: Path) -> None:
    """A chunk that is not full is written all the same when nothing more comes."""
    path = tmp_path / "a.mcap"
    with LogWriter(path, CARD) as log:
        log.write(make_steps(1)[0], network_input(0))
        for _ in range(100):
            if read_log(path).count == 1:
                break
            time.sleep(0.1)
        assert len(list(read_log(path))) == 1


def test_a_cut_log_reads_to_its_end(log: Path, tmp_path: Path) -> None:
    content, cut = log.read_bytes(), tmp_path / "cut.mcap"
    counts = []
    for length in sorted(np.random.default_rng(1).integers(600, len(content) - 1, 25)):
        cut.write_bytes(content[:length])
        run = read_log(cut)
        assert not run.complete
        assert run.card == CARD
        read = list(run)
        assert len(read) == run.count
        for number, logged in enumerate(read):
            assert np.array_equal(logged.network_input, network_input(number))
        counts.append(run.count)
    assert counts == sorted(counts)
    assert counts[-1] >= 35


def test_a_log_cut_within_its_head(log: Path, tmp_path: Path) -> None:
    content, cut = log.read_bytes(), tmp_path / "cut.mcap"
    card = json_of(CARD)
    card_ends = content.index(card) + len(card)
    for length in (*range(0, card_ends, 7), card_ends - 1):
        cut.write_bytes(content[:length])
        with pytest.raises(RecordingError) as caught:
            read_log(cut)
        assert "\n" not in str(caught.value)


def test_damage_is_one_line(log: Path, tmp_path: Path) -> None:
    """Bytes changed anywhere: what is read is what was written, or a line says that the file is damaged."""
    content, hurt = log.read_bytes(), tmp_path / "hurt.mcap"
    rng = np.random.default_rng(2)
    told = 0
    for _ in range(60):
        changed = bytearray(content)
        at = int(rng.integers(0, len(content) if rng.random() < 0.5 else 3000))
        changed[at : at + 4] = rng.bytes(4)
        hurt.write_bytes(changed)
        try:
            for number, logged in enumerate(read_log(hurt)):
                assert np.array_equal(logged.network_input, network_input(number))
        except RecordingError as error:
            assert "\n" not in str(error)
            told += 1
    assert told >= 30


@pytest.mark.parametrize("limit", [100, 5_000, 1_000_000])
def test_a_full_disk_is_one_line_and_leaves_a_readable_file(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "a.mcap"
    command = [sys.executable, "-c", UNTIL_FULL, str(path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 2, done.stderr
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert "a.mcap: the log cannot be written (File too large): free some space" in done.stdout
    if limit == 1_000_000:
        assert len(list(read_log(path))) >= 5


def test_a_disk_that_fills_up_while_closing(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mcap", tmp_path / "cut.mcap"
    write_log(whole, make_steps(120))
    content = whole.read_bytes()
    # in the middle of what closing writes: a slow machine flushes more often, and its file is a little larger
    limit = (content.index(b"timeline.rows") + len(content)) // 2
    command = [sys.executable, "-c", UNTIL_FULL, str(cut), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 2, done.stderr
    run = read_log(cut)
    assert not run.complete
    assert len(list(run)) == 120


def test_unwritable_places(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "no such folder" / "a.mcap", tmp_path / "file" / "a.mcap", tmp_path):
        with pytest.raises(RecordingError, match="cannot be written"):
            LogWriter(path, CARD)


def test_an_error_of_the_run_is_not_hidden_by_closing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), LogWriter(tmp_path / "a.mcap", CARD) as log:
        log.write(make_steps(1)[0], network_input(0))
        raise KeyError
    assert read_log(tmp_path / "a.mcap").complete
