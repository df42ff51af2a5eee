"""The door: one ready line, one error line, and no orphan, ever."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from tests.simulator.conftest import ROOT, command


def run(*flags, **kwargs):
    return subprocess.run(command(*flags), cwd=ROOT, capture_output=True, text=True, timeout=60, **kwargs)


def start(*flags, **kwargs):
    return subprocess.Popen(command("--port", "0", *flags), cwd=ROOT, stdout=subprocess.PIPE, text=True, **kwargs)


def test_ready_is_one_line_of_json(straight_map):
    ended = run("--port", "0", "--map", straight_map, "--die-with-stdin", input="")
    assert ended.returncode == 0
    assert ended.stderr == ""
    ready = json.loads(ended.stdout)
    assert ended.stdout.count("\n") == 1
    assert (ready["ready"], ready["host"], ready["map"]) == (True, "127.0.0.1", "straight")
    assert 0 < ready["port"] < 65536
    assert ready["streaming_port"] != ready["port"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signals_end_it_cleanly(straight_map, number, status):
    process = start("--map", straight_map, stderr=subprocess.PIPE)
    with process:
        process.stdout.readline()
        process.send_signal(number)
        assert process.wait(20) == status
        assert process.stderr.read() == ""


def test_end_of_input_ends_it(straight_map):
    with start("--map", straight_map, "--die-with-stdin", stdin=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(20) == 0


PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("pipe_is_inherited", [False, True])
def test_a_killed_parent_takes_it_down(straight_map, pipe_is_inherited):
    script = PARENT
    if pipe_is_inherited:  # somebody else holds the other end of its input: only the parent's id tells
        script = PARENT.replace("time.sleep(600)", "import os; os.fork(); time.sleep(60)")
    flags = command("--port", "0", "--map", straight_map, "--die-with-stdin")
    with subprocess.Popen(
        [sys.executable, "-c", script, *flags], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        simulator = psutil.Process(int(parent.stdout.readline()))
        others = [child for child in psutil.Process(parent.pid).children() if child.pid != simulator.pid]
        parent.kill()
        parent.wait(20)
    deadline = time.monotonic() + 20
    while simulator.is_running() and simulator.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    for other in others:
        other.kill()
    assert not simulator.is_running() or simulator.status() == psutil.STATUS_ZOMBIE


def test_a_taken_port_is_one_line(straight_map):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("--port", str(port), "--map", straight_map)
    assert ended.returncode == 2
    assert ended.stderr == f"error: port {port} is taken: choose another with --port, or 0 for any free one\n"


@pytest.mark.parametrize("name", ["Town99", "missing.xodr"])
def test_an_unknown_map_is_one_line(name):
    ended = run("--port", "0", "--map", name)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("error: ")
    assert name in ended.stderr
    assert ended.stdout == ""


def test_an_unknown_weather_is_one_line(straight_map):
    ended = run("--port", "0", "--map", straight_map, "--weather", "Hail")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: weather 'Hail' not found; known: ClearNight, ClearNoon")
    assert ended.stderr.count("\n") == 1


def test_a_map_that_is_none_is_one_line(tmp_path):
    path = tmp_path / "broken.xodr"
    path.write_text("<OpenDRIVE><!ENTITY x 'y'></OpenDRIVE>")
    ended = run("--port", "0", "--map", str(path))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1


def test_without_opengl_it_says_what_to_install(straight_map, tmp_path):
    (tmp_path / "moderngl.py").write_text("def create_context(**_):\n    raise Exception('libEGL.so not loaded')\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    ended = run("--port", "0", "--map", straight_map, env={**os.environ, "PYTHONPATH": path})
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    for package in ("libegl1", "libgl1", "libegl-mesa0", "libgl1-mesa-dri"):
        assert package in ended.stderr
