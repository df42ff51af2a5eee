"""Suites and replays on a real Ray cluster of this machine: two nodes; a worker of one is lost, then the node."""

import importlib.util
import os
import shutil
import socket
import tempfile
import threading
import time
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import psutil
import pytest

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # else Ray takes 127.0.0.1 for this machine's outer address
ray = pytest.importorskip("ray")

from ray.cluster_utils import Cluster  # noqa: E402

from agent.cluster import connected, on_cluster  # noqa: E402
from agent.errors import ConfigError, RecordingError  # noqa: E402
from agent.evaluation.ray_crew import drive_on_ray  # noqa: E402
from agent.evaluation.settings import read_suite, trials_of  # noqa: E402
from agent.log import LogWriter  # noqa: E402
from agent.stopping import Stop  # noqa: E402
from scripts import evaluate, evaluate_flags, replay, replay_flags  # noqa: E402
from tests.logs import CARD, make_steps, network_input  # noqa: E402

SUITE = """
routes:
  one: {map: loop, start: {x: 243.2, y: -50.3}, length_m: 40, speed_kmh: 30}
  two: {map: loop, start: {x: 243.2, y: -50.3}, length_m: 50, speed_kmh: 30}
  three: {map: loop, start: {x: 243.2, y: -50.3}, length_m: 60, speed_kmh: 30}
"""
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Ray's own


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    path = tmp_path_factory.mktemp("ray") / "small.yaml"
    path.write_text(SUITE)
    return read_suite(str(path), {})


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one run at a time each, the first of them the head, on loopback; nothing of it is left behind."""
    before = set(psutil.Process().children(recursive=True))
    place = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # short: sockets in there have long names
    patch = pytest.MonkeyPatch()
    patch.setenv("RAY_TMPDIR", place)
    patch.setenv("RAY_raylet_start_wait_time_s", "120")
    patch.chdir(place)  # a cluster knows nothing of this program's folder
    node = {"node_ip_address": "127.0.0.1", "object_store_memory": 80 * 2**20}
    cluster = Cluster()
    try:
        cluster.add_node(**node, num_cpus=1, include_dashboard=False)
        cluster.add_node(**node, num_cpus=1)
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()
        started = set(psutil.Process().children(recursive=True)) - before
        _, alive = psutil.wait_procs(started, timeout=20)
        patch.undo()
        shutil.rmtree(place, ignore_errors=True)
    assert not alive


def driving(node):
    """Processes that drive runs on a node: descendants of its raylet."""
    raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
    found = []
    for each in raylet.children(recursive=True):
        with suppress(psutil.Error):  # ended since
            found += [each] if "scripts.evaluation_worker" in each.cmdline() else []
    return found


def test_the_program_is_sent_along(cluster):
    with connected(cluster.address) as ray_there:
        ((key, there),) = on_cluster(ray_there, importlib.util.find_spec, [("where", ("agent.cluster",))])
    assert key == "where"
    assert "runtime_resources" in there.origin
    assert Path(there.origin).read_text() == Path(importlib.util.find_spec("agent.cluster").origin).read_text()


def test_runs_are_replayed_like_one_by_one(cluster, tmp_path, capsys):
    for name in ("one", "two/three"):
        (tmp_path / name).mkdir(parents=True)
        with LogWriter(tmp_path / name / "run.mcap", CARD) as log:
            for step in make_steps(12):
                log.write(step, network_input(0))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.mcap").write_bytes(b"no log at all")
    asked = [str(tmp_path), "--ray", cluster.address, "--csv", "many.csv", "--sheet", "sheet.png", "--out", "again.mp4"]
    with pytest.raises(RecordingError, match="1 of 3 runs could not be replayed"):
        replay.run(replay_flags.parse(asked), Stop())
    said = capsys.readouterr()
    assert f"{tmp_path}/broken/run.mcap: not a log of a run" in said.err
    assert f"12 frames: {tmp_path}/two/three/again.mp4" in said.out
    replay.run(replay_flags.parse([str(tmp_path / "one"), "--csv", str(tmp_path / "single.csv")]), Stop())
    for name in ("one", "two/three"):
        assert (tmp_path / name / "many.csv").read_text() == (tmp_path / "single.csv").read_text()
        assert (tmp_path / name / "again.mp4").stat().st_size > 1000
        assert (tmp_path / name / "sheet.png").stat().st_size > 1000
    (tmp_path / "broken" / "run.mcap").unlink()
    replay.run(replay_flags.parse(asked), Stop())
    assert "2 of 2 runs have again.mp4 or sheet.png or many.csv already" in capsys.readouterr().err
    for name in ("one", "two/three"):
        (tmp_path / name / "replay.mp4").touch()
    replay.run(replay_flags.parse([*asked[:3], "--no-display"]), Stop())
    assert capsys.readouterr().err.startswith("2 of 2 runs have replay.mp4 already")


def kill_process(node, drives):
    """The process of Ray that has a run."""
    drives[0].parent().kill()


def kill_node(node, drives):
    """All of a node at once."""
    raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
    for each in [raylet, *raylet.children(recursive=True)]:
        with suppress(psutil.Error):
            each.kill()


@pytest.mark.parametrize("kill", [kill_process, kill_node])  # in this order: the node does not come back
def test_what_is_lost_loses_no_run(cluster, suite, tmp_path, kill):
    (lost,), trials, orphans = cluster.worker_nodes, trials_of(suite), []

    def lose_it():
        """As soon as both nodes drive."""
        deadline = time.monotonic() + 120
        while not (driving(cluster.head_node) and driving(lost)) and time.monotonic() < deadline:
            time.sleep(0.1)
        orphans.extend(driving(lost))
        kill(lost, orphans)

    thread = threading.Thread(target=lose_it)
    thread.start()
    with connected(cluster.address) as ray_there:
        outcomes = list(drive_on_ray(suite, trials, tmp_path, ray_there))
    thread.join()
    assert orphans
    _, alive = psutil.wait_procs(orphans, timeout=20)
    assert not alive
    assert sorted(outcome.trial.id for outcome in outcomes) == sorted(trial.id for trial in trials)
    for outcome in outcomes:
        assert (outcome.status, outcome.reason) == ("done", "completed")
        assert outcome.scores["driving_score"] == 100.0
        assert (tmp_path / outcome.trial.id / "result.json").exists()
        assert (tmp_path / outcome.trial.id / "run.mcap").stat().st_size > 10_000
    assert not ray.is_initialized()


def connections_of(process: psutil.Process) -> list:
    """What a process listens on; Ray's short-lived children may be gone before they are asked."""
    try:
        return process.net_connections("tcp")
    except psutil.NoSuchProcess:
        return []


def test_ray_listens_on_this_machine_alone(cluster):
    family = psutil.Process().children(recursive=True)
    listening = [
        (process.pid, connection.laddr)
        for process in family
        for connection in connections_of(process)
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert [each for each in listening if not ip_address(each[1].ip.removeprefix("::ffff:")).is_loopback] == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("127.0.0.1:9", "no cluster at"),
        ("nowhere.invalid:6379", "no cluster at"),
        ("somewhere", "wanted local, auto"),
        ("http://127.0.0.1:9", "wanted local, auto"),
        ("", "wanted local, auto"),
    ],
)
def test_no_cluster_is_one_line(address, told):
    with pytest.raises(ConfigError, match=told) as raised, connected(address):
        pass
    assert "\n" not in str(raised.value)


def test_another_program_at_the_address_is_told_at_once():
    with socket.create_server(("127.0.0.1", 0)) as other:
        thread = threading.Thread(target=lambda: other.accept()[0].sendall(b"220 ready for mail\r\n"))
        thread.start()
        with pytest.raises(ConfigError, match="is not Ray"), connected(f"127.0.0.1:{other.getsockname()[1]}"):
            pass
        thread.join()


def test_what_cannot_be_driven_leaves_no_folder(tmp_path):
    (tmp_path / "small.yaml").write_text(SUITE)
    asked = [str(tmp_path / "small.yaml"), "--out", str(tmp_path / "out"), "--ray", "127.0.0.1:9"]
    with pytest.raises(ConfigError, match="no cluster at"):
        evaluate.run(evaluate_flags.wish_of(evaluate_flags.parse(asked)[0]), Stop())
    assert not (tmp_path / "out").exists()


def test_servers_and_a_cluster_do_not_go_together(tmp_path):
    (tmp_path / "small.yaml").write_text(SUITE + "servers: [localhost:2000]\n")
    asked, _ = evaluate_flags.parse([str(tmp_path / "small.yaml"), "--ray", "local"])
    with pytest.raises(ConfigError, match="servers: a Ray cluster has simulators of its own"):
        evaluate_flags.wish_of(asked)
