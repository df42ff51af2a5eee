"""Recordings killed by kill -9 at twenty random moments: each can be read to within its last second, and mended."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from agent.log import SeekableLog
from agent.run_folder import LOG, VIDEO
from scripts.replay_repair import repair
from viz.video import read_video

KILLS, ROOT = 20, Path(__file__).parent.parent
FRAGMENT, WAITING, CHUNK = 10, 8 + 1, 4
"""Steps that may be lost, of 20 a second: a fragment of video, those handed over, a chunk of the log."""
RECORDS = """
import itertools, sys, time
from dataclasses import replace
from pathlib import Path
from agent.log import LogWriter
from agent.loop import drive
from agent.run_folder import LOG, VIDEO
from agent.stages import Stages
from agent.types import Control
from tests.fakes import make_frame, make_saliency
from tests.logs import CARD, network_input
from viz.audience import Audience
from viz.hud import Hud
from viz.video import VideoWriter

class Road:
    def frames(self):
        views = [make_frame(number).image // 8 + 12 * number for number in range(16)]
        for view in views:
            view.flags.writeable = False
        for index in itertools.count(1):
            yield replace(make_frame(index, width=32, height=18), image=views[index % 16])
            time.sleep(0.01)

    def apply(self, control):
        pass

folder = Path(sys.argv[1])
with LogWriter(folder / LOG, CARD) as log, VideoWriter(folder / VIDEO, 320, 180, 1 / CARD.step_s) as video:
    audience = Audience(Hud(320, 180, CARD).draw, Stages())
    audience.add_reader("log", lambda step: log.write(step, network_input(step.frame.index % 200)))
    audience.add_viewer("video", lambda step, picture: video.write(picture, step.frame.time_s))
    for step in drive(Road(), lambda frame: Control(0.1, 0.4, 0.0), make_saliency, every=2):
        audience(step)
        print(step.frame.index, flush=True)
"""


def killed(folder: Path, moment: tuple[int, float]) -> int:
    """Record into a folder until killed, so many steps and seconds after the start; how many steps were handed over."""
    command, (steps, more_s) = [sys.executable, "-c", RECORDS, str(folder)], moment
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as recording:
        assert recording.stdout is not None
        told = [recording.stdout.readline() for _ in range(steps)]
        time.sleep(more_s)
        recording.kill()
        told += recording.stdout.readlines()
    assert recording.returncode == -signal.SIGKILL
    return len(told)


def logged(path: Path) -> list[int]:
    with SeekableLog(path) as log:
        assert not log.skipped
        return [log.step(number).step.frame.index for number in range(len(log))]


def filmed(path: Path) -> list[float]:
    return [time_s for time_s, _ in read_video(path)]


def test_twenty_kills_lose_no_more_than_a_second(tmp_path: Path) -> None:
    rng = random.Random(0)
    folders = [tmp_path / str(number) for number in range(KILLS)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as beside:
        moments = [(rng.randint(1, 120), rng.uniform(0.0, 0.03)) for _ in folders]
        counts = list(beside.map(killed, folders, moments))
    for folder, count in zip(folders, counts, strict=True):
        steps = logged(folder / LOG)
        assert steps == list(range(1, len(steps) + 1))
        assert len(steps) >= count - WAITING - CHUNK
        if count <= FRAGMENT + WAITING:  # maybe no fragment was full yet
            continue
        times_s = filmed(folder / VIDEO)
        assert times_s == pytest.approx([0.05 * number for number in range(1, len(times_s) + 1)], abs=1e-4)
        assert len(times_s) >= count - FRAGMENT - WAITING
        repair(folder)
        assert logged(folder / "run.repaired.mcap") == steps
        assert np.diff(filmed(folder / "drive.repaired.mp4")) == pytest.approx(np.diff(times_s), abs=1e-4)
