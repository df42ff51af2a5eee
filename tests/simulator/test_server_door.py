"""The door: one ready line, one error line, and no orphan, ever."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from tests.simulator.conftest import ROOT, command, gone


def run(*flags, **kwargs):
    return subprocess.run(command(*flags), cwd=ROOT, capture_output=True, text=True, timeout=60, **kwargs)


@contextlib.contextmanager
def started(arguments, **kwargs):
    """A process that is killed if it has not ended by itself."""
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True, **kwargs) as process:
        try:
            yield process
        finally:
            process.kill()


def start(*flags, **kwargs):
    return started(command("--port", "0", *flags), **kwargs)


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
    with start("--map", straight_map, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(number)
        assert gone(process) == status
        assert process.stderr.read() == ""


def test_end_of_input_ends_it(straight_map):
    with start("--map", straight_map, "--die-with-stdin", stdin=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdin.close()
        assert gone(process) == 0


STUCK = """
import os
from agent.simulator.lifeline import Lifeline
class Loop:
    def watch(self, file, then): pass
    def stop(self): pass
lifeline = Lifeline(Loop(), parent=os.getppid())
print("ready", flush=True)
while True: pass
"""


def stuck():
    """A loop that listens to nobody."""
    return started([sys.executable, "-c", STUCK], stdin=subprocess.PIPE)


def test_a_stuck_loop_is_ended_after_one_signal():
    with stuck() as process:
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert gone(process) == 128 + signal.SIGTERM


def test_a_stuck_loop_is_ended_by_a_second_signal_at_once():
    with stuck() as process:
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)  # two signals sent at once may be one
        process.send_signal(signal.SIGINT)
        assert gone(process) == 128 + signal.SIGINT  # not the first one's status: nothing was waited for


def test_a_stuck_loop_ends_with_its_input():
    with stuck() as process:
        process.stdout.readline()
        process.stdin.close()
        assert gone(process) == 1


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
    with started([sys.executable, "-c", script, *flags]) as parent:
        simulator = psutil.Process(int(parent.stdout.readline()))
        others = [child for child in psutil.Process(parent.pid).children() if child.pid != simulator.pid]
        parent.kill()
        parent.wait(20)
    deadline = time.monotonic() + 20
    while simulator.is_running() and simulator.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    ended = not simulator.is_running() or simulator.status() == psutil.STATUS_ZOMBIE
    for other in others if ended else [*others, simulator]:
        other.kill()
    assert ended


def test_a_taken_port_is_one_line(straight_map):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("--port", str(port), "--map", straight_map)
    assert ended.returncode == 2
    assert ended.stderr == f"error: port {port} is taken: choose another with --port, or 0 for any free one\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may listen anywhere")
def test_a_port_that_is_not_ours_is_not_called_taken(straight_map):
    ended = run("--port", "1", "--map", straight_map)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: port 1 needs the administrator's rights")


def test_a_bug_is_told_with_its_place(straight_map, tmp_path):
    (tmp_path / "moderngl.py").write_text("raise RuntimeError('a bug')\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    ended = run("--port", "0", "--map", straight_map, env={**os.environ, "PYTHONPATH": path})
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr


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
