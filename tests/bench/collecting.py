"""Frames a second of a collection with two simulators, start-up aside: `python -m tests.bench.collecting [FRAMES]`."""

from __future__ import annotations

import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import psutil

from agent.training.collect import collect
from agent.training.collect_plan import CollectConfig, plan
from scripts.collect import simulator


def main(frames: int = 6000) -> None:
    """Count what is recorded between the first frame of the second simulator and the last frames."""
    with tempfile.TemporaryDirectory() as out:
        config = CollectConfig(out=Path(out), frames=2 * frames, frames_per_run=600, maps=("loop",), side_m=0.6)
        start_s, counted, cpu_s = 0.0, 0, 0.0
        drives = collect(config, plan(config), partial(simulator, config))
        for number, _ in enumerate(event for event in drives if event is None):
            if number == frames // 4:  # both are at it
                start_s, cpu_s = time.perf_counter(), _cpu_s()
            counted = number - frames // 4
            if counted >= frames:
                break
        elapsed_s, cpu_s = time.perf_counter() - start_s, _cpu_s() - cpu_s
        drives.close()
    print(
        f"{counted / elapsed_s:.0f} frames a second (>= 250 if idle), {1e3 * cpu_s / counted:.1f} ms of CPU each: "
        f"{2 * counted / cpu_s:.0f} a second were both cores ours"
    )


def _cpu_s() -> float:
    """Of this process and its simulators."""
    me = psutil.Process()
    times = [each.cpu_times() for each in (me, *me.children(recursive=True))]
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
