"""Real runs whose recording fails on the way: one line, status 2, what was written stays readable."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import carla

from agent.embedded import Address
from agent.log import SeekableLog, read_log
from viz.video import read_video

FLAGS = ["--no-display", "--res", "320x180", "--seconds", "30", "--out"]
DRIVE = [sys.executable, "-m", "scripts.drive"]
ENCODER_FAILS = """
import itertools, sys
import viz.video
from scripts.drive import main
holding, count = viz.video._Frame.holding, itertools.count()
def late(self, picture, ticks):  # a real error of the real encoder: time goes back
    return holding(self, picture, ticks if next(count) != 50 else -90_000_000)
viz.video._Frame.holding = late
main()
"""


def limited(size: int) -> Callable[[], None]:
    """No file may grow larger, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def fails(command: list[str], before: Callable[[], None] | None = None) -> str:
    """The one line that a drive ends with."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, preexec_fn=before)
    assert done.returncode == 2, done.stderr
    errors = [line for line in done.stderr.splitlines() if "frames, " not in line]  # of the progress
    assert len(errors) == 1, done.stderr
    return errors[0]


def assert_readable(folder: Path, *, least: int) -> None:
    run = read_log(folder / "run.mcap")
    assert len(list(run)) >= least
    assert len(list(read_video(folder / "drive.mp4"))) >= least


def test_a_full_disk_under_the_log(tmp_path: Path) -> None:
    said = fails([*DRIVE, *FLAGS, str(tmp_path / "run")], limited(6_000_000))
    assert said.startswith(f"error: {tmp_path / 'run' / 'run.mcap'}: the log cannot be written (File too large)")
    assert_readable(tmp_path / "run", least=30)
    reason = json.loads((tmp_path / "run" / "summary.json").read_text())["exit_reason"]
    assert reason.startswith("RecordingError: ")


@contextmanager
def speeds_of(world: carla.World) -> Iterator[dict[int, list[float]]]:
    """The speeds of every actor [m/s], tick by tick, as another client sees them."""
    seen: dict[int, list[float]] = defaultdict(list)

    def look(snapshot: carla.WorldSnapshot) -> None:
        for actor in snapshot:
            seen[actor.id].append(actor.get_velocity().length())

    number = world.on_tick(look)
    try:
        yield seen
    finally:
        world.remove_on_tick(number)


def test_an_encoder_that_fails(simulator: Address, tmp_path: Path) -> None:
    """On a server that others use too: the car brakes to a stand, and all is left as it was."""
    client = carla.Client(simulator.host, simulator.port)
    client.set_timeout(30)
    world = client.get_world()
    there = ["--host", simulator.host, "--port", str(simulator.port)]
    with speeds_of(world) as speeds:
        said = fails([sys.executable, "-c", ENCODER_FAILS, *there, *FLAGS, str(tmp_path / "run")])
    car = max(speeds.values(), key=max)
    assert max(car) > 3.0
    assert car[-1] < 0.1  # the last that was seen of it before it was taken away
    assert not world.get_settings().synchronous_mode
    assert not [actor.type_id for actor in world.get_actors() if actor.type_id.startswith(("vehicle", "sensor"))]
    assert said.startswith(f"error: {tmp_path / 'run' / 'drive.mp4'}: the video cannot be written (")
    assert_readable(tmp_path / "run", least=20)
    with SeekableLog(tmp_path / "run" / "run.mcap") as log:
        assert log.complete
        [event] = log.timeline.events
    assert (event.kind, event.text) == ("recording_failed", said.removeprefix("error: "))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["exit_reason"] == f"RecordingError: {event.text}"


def test_a_full_disk_under_the_summary(tmp_path: Path) -> None:
    """The summary names the command, and that has a long path in it."""
    folder = tmp_path / "/".join(["a" * 200] * 17) / "run"
    frames = ["--frames", "5", "--no-video", "--no-log"]
    said = fails([*DRIVE, *FLAGS, str(folder), *frames], limited(4096))
    assert said.startswith(f"error: cannot write {folder / 'summary.json'}: File too large: free some space")
    assert list(folder.iterdir()) == []
