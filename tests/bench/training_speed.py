"""Whether training waits for its pictures: share of a step's time that is the network's, on a dataset.

python -m tests.bench.training_speed [FOLDER]   (without one it is drawn)
"""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from agent.backend import configure_tensorflow
from agent.training.dataset import open_dataset, training_batches
from agent.training.fit import Fit
from agent.training.settings import Split, TrainConfig
from tests.drawn_roads import write_dataset

STEPS, ROUNDS = 40, 3


def main(folder: str | None = None) -> None:
    """Print the time of steps on one batch again and again, and on batches as they come, in turn."""
    configure_tensorflow(threads=0, fused=True)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(folder) if folder else write_dataset(Path(scratch) / "roads", runs=12, frames=1000)
        config = TrainConfig(data=(data,), out=Path(scratch) / "net", record=Path(scratch) / "record")
        fit = Fit(config, open_dataset(config.data, Split(0.1)))
        model_s = whole_s = 0.0
        for number in range(ROUNDS):
            batches = iter(
                training_batches(
                    fit.recorded, fit._augmentation, config.balance, fit.shares, batch=config.batch, seed=number
                )
            )
            same = next(batches)
            fit._step(*same)
            for _ in range(4):
                next(batches)  # the shuffle buffer is filling
            start_s = time.perf_counter()
            for frames, steer in islice(batches, STEPS):
                fit._step(frames, steer)
            whole_s += time.perf_counter() - start_s
            del batches
            start_s = time.perf_counter()
            for _ in range(STEPS):
                fit._step(*same)
            model_s += time.perf_counter() - start_s
        steps = STEPS * ROUNDS
        print(
            f"step {1e3 * whole_s / steps:.0f} ms with its pictures, {1e3 * model_s / steps:.0f} ms without: "
            f"the network has {model_s / whole_s:.0%} of it (>= 85 %)"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
