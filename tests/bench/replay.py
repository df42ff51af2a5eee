"""Offline rendering with recomputed saliency, seeks and opening against the usual way: `tests.bench.replay RUN`.

The usual way: frame by frame an eager GradientTape, OpenCV blending, the same gauges, OpenCV's mp4v. It is measured in
a process of its own, where the libraries start the threads they like, and in this one, with those of this program's
doors. Processor time is told beside wall time: on a machine that others use as well only the first means something.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from agent.backend import tf
from agent.footage import Footage, open_footage
from agent.model import SteeringModel, configure_tensorflow, load_model
from agent.recompute import Recomputed
from agent.replay import Skips, played
from agent.types import read_only
from scripts.door import settle
from viz.hud import Hud
from viz.video import VideoWriter

FRAMES, USUAL, TURNS = 400, 60, 3
_CHILD = "--usual"


class Cost(NamedTuple):
    """Of a frame [ms]."""

    wall: float
    processor: float


def timed(work: Callable[[], None], count: int) -> Cost:
    wall_s, processor_s = time.perf_counter(), time.process_time()
    work()
    return Cost(1e3 * (time.perf_counter() - wall_s) / count, 1e3 * (time.process_time() - processor_s) / count)


def ours(footage: Footage, view: Recomputed, path: Path, count: int) -> None:
    hud = Hud(*footage.size_px, view.card)
    with VideoWriter(path, *footage.size_px, 20) as video:
        for _, step in played(footage, view, range(count), Skips(footage)):
            picture = hud.draw(step)
            read_only(picture)
            video.write(picture, step.frame.time_s)


def usual(footage: Footage, model: SteeringModel, path: Path, count: int) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20, footage.size_px)
    hud = Hud(*footage.size_px, footage.card)
    for number in range(count):
        step = footage.step(number).step
        image = step.frame.image
        preprocessing = model.preprocessor.preprocessing
        seen = tf.Variable(preprocessing.network_input(image)[None].astype(np.float32))
        with tf.GradientTape() as tape:
            steer = model.network(seen)
        heat = np.abs(tape.gradient(steer, seen)[0].numpy()).max(axis=-1)
        level = np.uint8(255 * heat / max(float(heat.max()), 1e-12))
        place = preprocessing.placement(*image.shape[:2])
        color = cv2.applyColorMap(cv2.resize(level, (place.width_px, place.height_px)), cv2.COLORMAP_JET)
        picture = image.copy()
        band = picture[place.top_px : place.top_px + place.height_px]
        band[:] = cv2.addWeighted(band, 0.6, color[..., ::-1], 0.4, 0)
        drawn = hud.draw(replace(step, frame=replace(step.frame, image=picture), saliency=None))
        writer.write(cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
    writer.release()


def usual_cost(footage: Footage, model: SteeringModel) -> Cost:
    """Of the usual way, here, after a frame to warm up."""
    count = min(USUAL, len(footage))
    with tempfile.TemporaryDirectory() as place:
        usual(footage, model, Path(place) / "warm.mp4", 1)
        return timed(lambda: usual(footage, model, Path(place) / "usual.mp4", count), count)


def usual_cost_alone(source: Path) -> Cost:
    """Of the usual way in a process of its own, which changes no library's settings."""
    command = [sys.executable, "-m", "tests.bench.replay", str(source), _CHILD]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return Cost(*json.loads(done.stdout))


def our_cost(footage: Footage, view: Recomputed) -> Cost:
    """Of ours."""
    count = min(FRAMES, len(footage))
    with tempfile.TemporaryDirectory() as place:
        return timed(lambda: ours(footage, view, Path(place) / "ours.mp4", count), count)


def rendering(footage: Footage, view: Recomputed, model: SteeringModel, source: Path) -> None:
    """Ours and both kinds of the usual way in turns: a noisy neighbour hits all."""
    our_cost(footage, view)  # warm
    turns = [(our_cost(footage, view), usual_cost_alone(source), usual_cost(footage, model)) for _ in range(TURNS)]
    for kind in Cost._fields:
        costs = [[getattr(cost, kind) for cost in turn] for turn in turns]
        fast_ms = statistics.median(fast for fast, _, _ in costs)
        free, bound = (statistics.median(cost[other] / cost[0] for cost in costs) for other in (1, 2))
        print(
            f"rendering, {kind} time: {fast_ms:.2f} ms a frame; the usual way with its libraries' own threads "
            f"{free:.1f} x that, with ours {bound:.1f} x"
        )
    frames_per_s = 1e3 / statistics.median(fast.wall for fast, _, _ in turns)
    print(f"{frames_per_s:.0f} frames/s (>= 120, and >= 10 x the usual way)")


def seeking(footage: Footage, view: Recomputed) -> None:
    """Steps sought at random."""
    hud, times_ms = Hud(*footage.size_px, view.card), []
    for number in np.random.default_rng(0).integers(0, len(footage), 100):
        begin_s = time.perf_counter()
        hud.draw(view([int(number)], [footage.step(int(number))])[0])
        times_ms.append(1e3 * (time.perf_counter() - begin_s))
    print(f"seek with overlay recomputed: median {statistics.median(times_ms):.1f} ms (<= 30)")


def main() -> None:
    source, alone = Path(sys.argv[1]), _CHILD in sys.argv[2:]
    if not alone:
        configure_tensorflow()
        settle()
    begin_s = time.perf_counter()
    with closing(open_footage(source)) as footage:
        opened_s = time.perf_counter() - begin_s
        model = load_model(footage.card.model)
        if alone:
            print(json.dumps(usual_cost(footage, model)))
            return
        print(f"opened {len(footage)} steps in {opened_s:.3f} s (<= 1)")
        view = Recomputed(footage, model, method="gradient", layer=None)
        rendering(footage, view, model, source)
        seeking(footage, view)


if __name__ == "__main__":
    main()
