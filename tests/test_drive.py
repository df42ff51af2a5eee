"""The main door from end to end, as a person would use it."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from agent.log import read_log
from viz.video import read_video

DRIVE = [sys.executable, "-m", "scripts.drive", "--no-display", "--res", "320x180"]


def start(*flags, **more):
    return subprocess.Popen(
        [*DRIVE, *map(str, flags)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )


def run(*flags):
    with start(*flags) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def wait_for(condition, limit_s=60.0):
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def simulators_of(process):
    return [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if "scripts.simulator" in child.cmdline()
    ]


def assert_gone(processes):
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive


def test_a_run_leaves_video_log_and_summary(tmp_path):
    status, out, err = run("--seconds", 4, "--out", tmp_path, "--weather", "CloudyNoon")
    assert status == 0, err
    assert str(tmp_path) in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drive.mp4", "run.mcap", "summary.json"]

    pictures = list(read_video(tmp_path / "drive.mp4"))
    assert len(pictures) == 80
    assert pictures[0][1].shape == (180, 320, 3)
    times = [time_s for time_s, _ in pictures]
    assert times == pytest.approx([0.05 * index for index in range(80)], abs=1e-3)

    log = read_log(tmp_path / "run.mcap")
    steps = list(log)
    assert len(steps) == 80
    assert log.card.map == "loop"
    assert all(logged.step.saliency is not None for logged in steps)

    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["frames"] == 80
    assert summary["simulated_s"] == pytest.approx(79 * 0.05)
    assert summary["exit_reason"] == "done"
    assert summary["saliency"]["count"] == 80
    assert summary["weather"] == "CloudyNoon"
    assert summary["stale_or_dropped_frames"] == 0
    assert summary["distance_m"] > 5
    assert set(summary["stages"]) >= {"simulator_wait", "driver_saliency", "hud", "video_handover", "log"}
    assert {"model", "map", "seed", "versions", "real_time_factor", "max_lane_offset_m", "collisions"} <= set(summary)


def test_every_fifth_frame_and_nothing_recorded(tmp_path):
    status, _, err = run("--frames", 11, "--every", 5, "--no-video", "--no-log", "--out", tmp_path)
    assert status == 0, err
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
    assert json.loads((tmp_path / "summary.json").read_text())["saliency"]["count"] == 3


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_is_finalised(tmp_path, sent, status):
    with start("--seconds", 600, "--out", tmp_path) as process:
        wait_for(lambda: (tmp_path / "run.mcap").exists() and (tmp_path / "run.mcap").stat().st_size > 300_000)
        simulators = simulators_of(process)
        assert len(simulators) == 1
        process.send_signal(sent)
        _, err = process.communicate(timeout=30)
    assert process.returncode == status, err
    assert "Traceback" not in err
    assert_gone(simulators)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["exit_reason"] == f"stopped by {sent.name}"
    assert len(list(read_video(tmp_path / "drive.mp4"))) == summary["frames"]
    assert len(list(read_log(tmp_path / "run.mcap"))) == summary["frames"]


def test_ctrl_c_while_starting_up_leaves_nothing_running(tmp_path):
    with start("--seconds", 600, "--out", tmp_path) as process:
        wait_for(lambda: simulators_of(process))
        simulators = simulators_of(process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert_gone(simulators)


def test_what_kill_9_leaves_can_be_read_to_near_its_end(tmp_path):
    with start("--seconds", 600, "--out", tmp_path) as process:
        wait_for(lambda: (tmp_path / "drive.mp4").exists() and (tmp_path / "drive.mp4").stat().st_size > 400_000)
        simulators = simulators_of(process)
        process.kill()
        process.communicate(timeout=30)
    assert_gone(simulators)
    logged = [logged.step.frame.time_s for logged in read_log(tmp_path / "run.mcap")]
    filmed = [time_s for time_s, _ in read_video(tmp_path / "drive.mp4")]
    assert len(logged) > 20
    assert len(filmed) > 20
    assert np.allclose(np.diff(logged), 0.05, atol=1e-6)  # nothing missing before the end
    assert np.allclose(np.diff(filmed), 0.05, atol=1e-3)


def test_attached_to_a_simulator_that_runs_already(simulator, tmp_path):
    status, _, err = run("--host", simulator.host, "--port", simulator.port, "--frames", 10, "--out", tmp_path)
    assert status == 0, err
    assert json.loads((tmp_path / "summary.json").read_text())["frames"] == 10


@pytest.fixture
def not_a_model(tmp_path):
    (tmp_path / "junk.keras").write_bytes(b"PK\x03\x04 no model at all")
    return tmp_path


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--every", "0"], "--every: got 0"),
        (["--method", "magic"], "magic"),
        (["--layer", "conv99"], "conv99"),
        (["--weather", "Hail"], "unknown weather 'Hail'"),
        (["--map", "Atlantis"], "Atlantis"),
        (["--map", "none.xodr"], "none.xodr"),
        (["--model", "none"], "none"),
        (["--model", "{tmp}/none.keras"], "none.keras"),
        (["--model", "{tmp}/junk.keras"], "junk.keras"),
        (["--res", "9x9"], "--res: got '9x9'"),
        (["--res", "1000x200"], "too flat"),
        (["--host", "127.0.0.1", "--port", "9"], "no simulator at 127.0.0.1:9"),
        (["--out", "/proc/nowhere"], "cannot write into /proc/nowhere"),
        (["--config", "{tmp}/none.yaml"], "none.yaml"),
        (["--display", "on"], "display"),
    ],
)
def test_bad_input_is_one_line_and_status_2(not_a_model, flags, words):
    command = [sys.executable, "-m", "scripts.drive", "--frames", "3", "--out", str(not_a_model / "out")]
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    flags = [flag.format(tmp=not_a_model) for flag in flags]
    display = [] if "--display" in flags else ["--no-display"]
    done = subprocess.run([*command, *display, *flags], capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert words in "\n".join(lines)
    assert len(done.stderr.strip().splitlines()) <= 2


def test_an_unknown_flag_is_status_2():
    status, _, err = run("--speling", "1")
    assert status == 2
    assert err == "error: unrecognized arguments: --speling 1 (see python -m scripts.drive --help)\n"
