"""Whether a slow method delays the car: `python -m tests.bench.rhythm [METHOD] [ROUNDS]`.

The same drive without explanations and with a method of some hundred milliseconds (occlusion), taking turns; step time
by round and the ratio of the medians, wanted <= 1.1.
"""

from __future__ import annotations

import statistics
import sys

from tests.bench.live import drive, step_ms

FLAGS = ("--no-video", "--no-log", "--res", "640x360")


def main(method: str = "occlusion", rounds: int = 3) -> None:
    taken: dict[str, list[float]] = {"none": [], method: []}
    for _ in range(rounds):
        for name, steps in taken.items():
            summary = drive("--method", name, *FLAGS, frames=600)
            steps.append(step_ms(summary))
            print(f"{name}: {steps[-1]:.2f} ms a step, {summary['saliency']}", flush=True)
    bare, slow = (statistics.median(steps) for steps in taken.values())
    print(f"{method}: {slow / bare:.3f} x the step without explanations (wanted <= 1.1)")


if __name__ == "__main__":
    main(*sys.argv[1:2], *(int(text) for text in sys.argv[2:3]))
