"""What the live drive costs: real-time factors, and what monitoring adds to the same drive without it."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = ("--method", "none", "--no-video", "--no-log")


def drive(*flags: str, frames: int = 300) -> dict[str, float]:
    """Drive in a process of its own; its summary, with the time from start to first frame [s]."""
    with tempfile.TemporaryDirectory() as out:
        start_s = time.monotonic()
        command = [sys.executable, "-m", "scripts.drive", "--no-display", "--frames", str(frames), "--out", out, *flags]
        subprocess.run(command, check=True, capture_output=True)
        whole_s = time.monotonic() - start_s
        summary = json.loads((Path(out) / "summary.json").read_text())
    return {**summary, "start_s": whole_s - summary["wall_s"]}


def step_ms(summary: dict[str, float]) -> float:
    return 1e3 * summary["wall_s"] / (summary["frames"] - 1)


def main(rounds: int = 3) -> None:
    full = [drive("--res", "1280x720") for _ in range(rounds)]
    factor = statistics.median(summary["real_time_factor"] for summary in full)
    print(f"everything on, 1280x720: real-time factor {factor:.2f} (>= 1.0)")
    watched, bare = [], []
    for _ in range(rounds):  # interleaved: a noisy neighbour hits both
        watched.append(drive("--res", "640x360"))
        bare.append(drive("--res", "640x360", *BARE))
    factor = statistics.median(summary["real_time_factor"] for summary in watched)
    print(f"everything on, 640x360: real-time factor {factor:.2f} (>= 2.5)")
    ratio = statistics.median(step_ms(one) / step_ms(other) for one, other in zip(watched, bare, strict=True))
    print(f"time per step with monitoring / without, 640x360: {ratio:.2f} (<= 1.5)")
    print(f"start to first frame and end: {statistics.median(s['start_s'] for s in watched):.1f} s (< 30)")
    for name, stage in watched[-1]["stages"].items():
        print(f"  {name:<16} median {stage['median_ms']:.2f} ms, 95 % {stage['p95_ms']:.2f} ms")


if __name__ == "__main__":
    main()
