"""What a step of the driver costs, preprocessing included, as a multiple of the bare forward pass: interleaved."""

from __future__ import annotations

import statistics
import sys
from dataclasses import replace

import numpy as np

from agent.driver import ModelDriver
from agent.model import configure_tensorflow, load_model
from agent.speed import SpeedController
from tests.bench.saliency_cost import bare_forward, seconds
from tests.fakes import make_frame

ROUNDS = 300


def main(model_name: str = "pilotnet") -> None:
    """Print the ratio for the picture sizes of the live drive."""
    configure_tensorflow()
    model = load_model(model_name)
    forward = bare_forward(model)
    for width, height in ((1280, 720), (640, 360), (320, 180)):
        frames = [make_frame(index, width=width, height=height) for index in range(8)]
        inputs = [np.ascontiguousarray(model.preprocessor(frame)) for frame in frames]
        driver, times = ModelDriver(model, SpeedController(10.0)), []
        driver._model.as_steer = lambda output: min(max(output, -1.0), 1.0)  # type: ignore[method-assign]  # noise is no road
        for number in range(ROUNDS):
            frame = replace(frames[number % 8], time_s=0.05 * number)
            times.append((*seconds(forward, inputs[number % 8]), *seconds(driver, frame)))
        wall, spent, step_wall, step_spent = (
            statistics.median(each) for each in zip(*times[ROUNDS // 10 :], strict=True)
        )
        print(
            f"{width}x{height}: forward {1e3 * wall:.2f} ms, driver's step {1e3 * step_wall:.2f} ms, "
            f"ratio {step_wall / wall:.2f} (<= 1.3), of processor time {step_spent / spent:.2f}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
