"""What a step of the driver costs, preprocessing included, as a multiple of the bare forward pass: interleaved."""

from __future__ import annotations

import statistics
import sys
from dataclasses import replace

import numpy as np

from agent.driver import ModelDriver
from agent.model import configure_tensorflow, load_model
from agent.speed import SpeedController
from tests.bench.saliency_cost import bare_forward, milliseconds
from tests.fakes import make_frame

ROUNDS = 600


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
            times.append((milliseconds(forward, inputs[number % 8]), milliseconds(driver, frame)))
        bare, step = (statistics.median(column) for column in zip(*times[ROUNDS // 10 :], strict=True))
        print(f"{width}x{height}: forward {bare:.2f} ms, driver's step {step:.2f} ms, ratio {step / bare:.2f} (<= 1.3)")


if __name__ == "__main__":
    main(*sys.argv[1:])
