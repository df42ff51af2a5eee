"""Offline rendering with recomputed saliency, seeks and opening against the usual way: `tests.bench.replay RUN`.

The usual way: frame by frame an eager GradientTape, OpenCV blending, OpenCV's mp4v; it draws no HUD.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

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


def ours(footage: Footage, view: Recomputed, path: Path, count: int) -> float:
    """Frames per second of wall time."""
    hud, begin_s = Hud(*footage.size_px, view.card), time.perf_counter()
    with VideoWriter(path, *footage.size_px, 20) as video:
        for _, step in played(footage, view, range(count), Skips(footage)):
            picture = hud.draw(step)
            read_only(picture)
            video.write(picture, step.frame.time_s)
    return count / (time.perf_counter() - begin_s)


def usual(footage: Footage, model: SteeringModel, path: Path, count: int) -> float:
    """Frames per second of wall time, the usual way."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20, footage.size_px)
    begin_s = time.perf_counter()
    for number in range(count):
        image = footage.step(number).step.frame.image
        preprocessing = model.preprocessor.preprocessing
        seen = tf.Variable(preprocessing.network_input(image)[None].astype(np.float32))
        with tf.GradientTape() as tape:
            steer = model.network(seen)
        heat = np.abs(tape.gradient(steer, seen)[0].numpy()).max(axis=-1)
        level = np.uint8(255 * heat / max(float(heat.max()), 1e-12))
        place = preprocessing.placement(*image.shape[:2])
        color = cv2.applyColorMap(cv2.resize(level, (place.width_px, place.height_px)), cv2.COLORMAP_JET)
        picture = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        band = picture[place.top_px : place.top_px + place.height_px]
        band[:] = cv2.addWeighted(band, 0.6, color, 0.4, 0)
        writer.write(picture)
    writer.release()
    return count / (time.perf_counter() - begin_s)


def main() -> None:
    configure_tensorflow()
    source = Path(sys.argv[1])
    begin_s = time.perf_counter()
    with closing(open_footage(source)) as footage, tempfile.TemporaryDirectory() as place:
        print(f"opened {len(footage)} steps in {time.perf_counter() - begin_s:.3f} s (<= 1)")
        model = load_model(footage.card.model)
        view = Recomputed(footage, model, method="gradient", layer=None)
        ours(footage, view, Path(place) / "warm.mp4", 32)
        pairs = []
        for turn in range(3):  # interleaved: a noisy neighbour hits both
            fast = ours(footage, view, Path(place) / f"a{turn}.mp4", min(FRAMES, len(footage)))
            pairs.append((fast, usual(footage, model, Path(place) / f"b{turn}.mp4", min(USUAL, len(footage)))))
        fast, ratio = (statistics.median(values) for values in ([a for a, _ in pairs], [a / b for a, b in pairs]))
        print(f"rendering: {fast:.0f} frames/s (>= 120), {ratio:.1f} x the usual way (>= 10)")
        hud, times_ms = Hud(*footage.size_px, view.card), []
        for number in np.random.default_rng(0).integers(0, len(footage), 100):
            begin_s = time.perf_counter()
            hud.draw(view([int(number)], [footage.step(int(number))])[0])
            times_ms.append(1e3 * (time.perf_counter() - begin_s))
        print(f"seek with overlay recomputed: median {statistics.median(times_ms):.1f} ms (<= 30)")


if __name__ == "__main__":
    main()
