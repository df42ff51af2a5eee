"""Memory and time over many calls, methods and layers switched at random: `python -m tests.bench.saliency_growth [N]`.

Also `batch`'s maps per second with TensorFlow's own threads and oneDNN, as the trust report has them, in a process of
its own, and how far its maps are from a plain tape's.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

import numpy as np
import psutil

from agent.backend import configure_tensorflow, tf
from agent.model import SteeringModel, load_model
from agent.saliency import METHODS, make_explainer
from agent.saliency.apart import Choice
from agent.saliency.explainer import Explainer
from agent.saliency.live import LiveExplainer
from agent.types import Float32, UInt8
from tests.fakes import make_frame

OFFLINE = "from tests.bench.saliency_growth import offline; offline()"


def offline(count: int = 512) -> None:
    """Gradient maps per second, batched: wall, and what the processor time spent would give on two free cores."""
    configure_tensorflow(0)
    model = load_model("pilotnet")
    explain = make_explainer("gradient", None, model)
    assert isinstance(explain, Explainer)
    inputs = np.random.default_rng(0).integers(0, 256, (count, 66, 200, 3), dtype=np.uint8)
    _, maps, _ = explain.batch(inputs[:32])
    print(
        f"offline: greatest difference to a plain tape {np.abs(maps - taped(model, inputs[:32])).max():.1e} (<= 1e-5)"
    )
    for _ in range(3):
        wall, spent = time.perf_counter(), time.process_time()
        explain.batch(inputs)
        wall, spent = time.perf_counter() - wall, time.process_time() - spent
        print(
            f"offline: {count / wall:.0f} maps/s wall, {2 * count / spent:.0f} by processor time on two cores (>= 700)"
        )


def taped(model: SteeringModel, inputs: UInt8) -> Float32:
    """Gradient maps by a plain tape, divided by their maxima; its steering output is linear."""
    levels = tf.constant(inputs, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(levels)
        answer = model.network(levels, training=False)
    heat = np.abs(tape.gradient(answer, levels).numpy()).max(axis=-1)
    made: Float32 = heat / heat.max(axis=(1, 2), keepdims=True)
    return made


def main(calls: int = 20_000) -> None:
    """Measure, and print."""
    subprocess.run([sys.executable, "-c", OFFLINE], check=True, env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "1"})
    configure_tensorflow()
    model = load_model("pilotnet")
    explain = LiveExplainer(model, Choice("gradient"), step_s=0.2)
    process, chance = psutil.Process(), random.Random(0)
    frames = [make_frame(index, width=320, height=180) for index in range(1, 9)]
    spent = time.process_time()
    for number in range(1, calls + 1):
        frame = frames[number % len(frames)]
        model.steer(model.preprocessor(frame))  # as the driver does
        explain(frame)
        if number % 10 == 0:  # the slow ones go to the other process and come back
            chance.choice((explain.next_method, explain.next_layer, explain.toggle_check))()
        if number % (calls // 10) == 0:
            now = time.process_time()
            megabytes = process.memory_info().rss / 1e6
            print(
                f"{number} calls: {megabytes:.0f} MB, {1e3 * (now - spent) / (calls // 10):.2f} ms a call", flush=True
            )
            spent = now
    explain.close()
    print(f"{len(METHODS)} methods, {len(explain._sources)} combinations traced")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:2]))
