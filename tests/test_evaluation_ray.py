"""A suite on a real Ray cluster of this machine: two nodes, one of whose workers is lost in the middle."""

import os
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from ipaddress import ip_address

import psutil
import pytest

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # else Ray takes 127.0.0.1 for this machine's outer address
ray = pytest.importorskip("ray")

from ray.cluster_utils import Cluster  # noqa: E402

from agent.errors import ConfigError  # noqa: E402
from agent.evaluation.ray_crew import drive_on_ray  # noqa: E402
from agent.evaluation.settings import read_suite, trials_of  # noqa: E402

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


def test_a_lost_worker_loses_no_run(cluster, suite, tmp_path):
    (lost,), trials, orphans = cluster.worker_nodes, trials_of(suite), []

    def lose_it():
        """As soon as both nodes drive: kill -9 of the process of Ray that has one of the runs."""
        deadline = time.monotonic() + 120
        while not (driving(cluster.head_node) and driving(lost)) and time.monotonic() < deadline:
            time.sleep(0.1)
        orphans.extend(driving(lost))
        orphans[0].parent().kill()

    thread = threading.Thread(target=lose_it)
    thread.start()
    outcomes = list(drive_on_ray(suite, trials, tmp_path, cluster.address))
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


@pytest.mark.parametrize("address", ["127.0.0.1:9", "nowhere.invalid:6379"])
def test_no_cluster_is_one_line(suite, tmp_path, address):
    with pytest.raises(ConfigError, match="no cluster at") as raised:
        next(drive_on_ray(suite, trials_of(suite), tmp_path, address))
    assert "\n" not in str(raised.value)


def test_servers_and_a_cluster_do_not_go_together(suite, tmp_path):
    with pytest.raises(ConfigError, match="names no servers"):
        next(drive_on_ray(suite.model_copy(update={"servers": ["localhost:2000"]}), [], tmp_path, "local"))
