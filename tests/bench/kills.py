"""Kill -9 real runs at random moments and read what they leave: `python -m tests.bench.kills [COUNT]`.

What is lost is the time between the kill and the last step that can be read, at the rate at which the run went.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from agent.footage import open_footage
from agent.log import SeekableLog
from agent.run_folder import LOG, VIDEO

DRIVE = [sys.executable, "-m", "scripts.drive", "--no-display", "--res", "320x180", "--seconds", "600", "--out"]


def lost_s(folder: Path, after_s: float) -> tuple[float, float, int]:
    """Wall seconds between the last write of log and video and the kill, and the number of steps read."""
    with subprocess.Popen([*DRIVE, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as drive:
        while not (folder / VIDEO).exists():
            time.sleep(0.02)
        time.sleep(after_s)
        drive.kill()
        killed_s = time.time()
    ages = [killed_s - (folder / name).stat().st_mtime for name in (LOG, VIDEO)]
    with SeekableLog(folder / LOG) as log:
        steps = [log.step(number) for number in range(len(log))]
        assert not log.skipped
        last_s = steps[-1].step.frame.time_s if steps else 0.0
    try:
        with closing(open_footage(folder / VIDEO)) as video:
            filmed = len(video)
            video.step(filmed - 1)
    except Exception as error:
        assert len(steps) < 30, error  # not yet a fragment
        filmed = 0
    assert abs(last_s - filmed / 20) < 1.2, (last_s, filmed)  # a fragment, the queues
    return ages[0], ages[1], len(steps)


def main() -> None:
    rng = random.Random(0)
    for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 20):
        with tempfile.TemporaryDirectory() as place:
            after_s = rng.uniform(0.0, 8.0)
            log_s, video_s, steps = lost_s(Path(place) / "run", after_s)
            print(
                f"{number + 1}: killed after {after_s:.1f} s: {steps} steps; last written {log_s:.2f} s (log) "
                f"and {video_s:.2f} s (video) before",
                flush=True,
            )


if __name__ == "__main__":
    main()
