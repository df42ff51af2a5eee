"""Offline rendering with recomputed saliency, seeks and opening against the usual way: `tests.bench.replay RUN`.

The usual way: frame by frame an eager GradientTape, OpenCV blending, the same gauges, OpenCV's mp4v. Processor time
is told beside wall time: on a machine that others use as well only the first means something.
"""

from __future__ import annotations

import statistics
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
from viz.hud import Hud
from viz.video import VideoWriter

FRAMES, USUAL = 240, 60


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


def _pair(footage: Footage, view: Recomputed, model: SteeringModel, path: Path) -> tuple[Cost, Cost]:
    many, few = min(FRAMES, len(footage)), min(USUAL, len(footage))
    return (
        timed(lambda: ours(footage, view, path.with_suffix(".a.mp4"), many), many),
        timed(lambda: usual(footage, model, path.with_suffix(".b.mp4"), few), few),
    )


def main() -> None:
    configure_tensorflow()
    cv2.setNumThreads(1)  # as all doors do
    source = Path(sys.argv[1])
    begin_s = time.perf_counter()
    with closing(open_footage(source)) as footage, tempfile.TemporaryDirectory() as place:
        print(f"opened {len(footage)} steps in {time.perf_counter() - begin_s:.3f} s (<= 1)")
        model = load_model(footage.card.model)
        view = Recomputed(footage, model, method="gradient", layer=None)
        ours(footage, view, Path(place) / "warm.mp4", 32)
        # interleaved: a noisy neighbour hits both
        pairs = [_pair(footage, view, model, Path(place) / str(turn)) for turn in range(3)]
        for name, fast, slow in (
            ("wall", [a.wall for a, _ in pairs], [b.wall for _, b in pairs]),
            ("processor", [a.processor for a, _ in pairs], [b.processor for _, b in pairs]),
        ):
            ratio = statistics.median(b / a for a, b in zip(fast, slow, strict=True))
            print(f"rendering, {name} time: {statistics.median(fast):.2f} ms a frame, the usual way {ratio:.1f} x that")
        print(f"{1e3 / statistics.median(a.wall for a, _ in pairs):.0f} frames/s (>= 120, and >= 10 x the usual way)")
        hud, times_ms = Hud(*footage.size_px, view.card), []
        for number in np.random.default_rng(0).integers(0, len(footage), 100):
            begin_s = time.perf_counter()
            hud.draw(view([int(number)], [footage.step(int(number))])[0])
            times_ms.append(1e3 * (time.perf_counter() - begin_s))
        print(f"seek with overlay recomputed: median {statistics.median(times_ms):.1f} ms (<= 30)")


if __name__ == "__main__":
    main()
