"""Steps for logs: every number different, so that a mix-up shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from agent.log import LogWriter
from agent.types import Control, Placement, Pose, RunCard, Saliency, Step, Telemetry, UInt8
from tests.fakes import make_frame

CARD = RunCard(
    map="loop",
    model="pilotnet",
    model_sha256="ab" * 32,
    method="gradient",
    layer="steering",
    every=3,
    step_s=0.05,
    seed=7,
    provenance={"carla": "0.9.16"},
    command="python -m scripts.drive --town 'ö'",
)


def make_steps(count: int, *, every: int = 1, width: int = 320, height: int = 180) -> list[Step]:
    """Steps whose saliency is new every so many frames."""
    rng = np.random.default_rng(0)
    steps: list[Step] = []
    saliency = None
    for number in range(count):
        frame = make_frame(1000 + 2 * number, width=width, height=height)
        ramp = np.linspace(0, 255, width, dtype=np.uint8)
        image = np.broadcast_to(ramp[None, :, None], (height, width, 3)).copy()
        image[: height // 2] = number % 256
        image.flags.writeable = False
        telemetry = Telemetry(
            pose=Pose(*rng.normal(size=6)),
            speed_mps=float(rng.uniform(0, 30)),
            applied=Control(*rng.uniform(0, 1, 3)),
            collision_ns=1500.0 if number == 4 else 0.0,
            invaded_lanes=("Solid", "Broken") if number == 5 else (),
            lane_offset_m=None if number % 2 else float(rng.normal()),
            speed_limit_mps=None if number % 3 else 13.9,
            weather="ClearNoon",
            real_time_factor=float(rng.uniform(0, 3)),
        )
        frame = replace(frame, time_s=number / 30, image=image, telemetry=telemetry)
        if number % every == 0:
            heat = rng.uniform(0, 1, (66, 200)).astype(np.float32)
            heat.flags.writeable = False
            place = Placement(top_px=height // 3, left_px=1, height_px=height // 2, width_px=width - 2)
            peak, took_s = rng.uniform(1e-6, 1e-2, 2)
            saliency = Saliency(
                frame.index, "grad_cam", "conv2", heat, place, float(peak), float(took_s), number % 2 == 0, "steering"
            )
        steps.append(Step(frame, Control(*rng.uniform(0, 1, 3)), saliency))
    return steps


def network_input(number: int) -> UInt8:
    """Noise: nothing but a lossless format keeps it."""
    return np.random.default_rng(number).integers(0, 256, (66, 200, 3), np.uint8)


def write_log(path: Path, steps: list[Step]) -> Path:
    with LogWriter(path, CARD) as log:
        for number, step in enumerate(steps):
            log.write(step, network_input(number))
    return path
