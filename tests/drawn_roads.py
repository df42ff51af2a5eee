"""Small datasets of drawn roads, written by the collector's own writer."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from agent.model_card import ModelCard
from agent.training.records import Sample, ShardWriter, write_listing
from agent.types import UInt8


def draw_road(rng: np.random.Generator, *, curve: float, offset: float) -> UInt8:
    """A road between two white lines under a sky, uint8 (66, 200, 3); curve and offset are right positive."""
    picture: UInt8 = np.full((66, 200, 3), rng.integers(30, 120, 3), np.uint8)
    horizon = 22 + int(rng.integers(-2, 3))
    picture[:horizon] = rng.integers(130, 230, 3)
    down = np.arange(horizon + 1, 66)
    depth = 12 / (down - horizon)
    middle = 100 + curve * 100 * depth - offset * 55 / depth
    half = 55 / depth
    for side in (-1, 1):
        line = np.stack([middle + side * half, down], axis=1).round().astype(np.int32)
        cv2.polylines(picture, [line.reshape(-1, 1, 2)], False, (240, 240, 235), 2)
    return picture


def write_dataset(folder: Path, *, runs: int, frames: int) -> Path:
    """Shards of drawn roads: half of them straight, weathers W0, W1 and W2 in turn."""
    folder.mkdir()
    card, rng, shards = ModelCard(), np.random.default_rng(0), []
    for run in range(runs):
        name, weather = f"{run:04d}-W{run % 3}", f"W{run % 3}"
        with ShardWriter(folder / f"{name}.tfrecord", name, weather) as shard:
            for index in range(frames):
                curve, offset = (index % 2) * rng.uniform(-1, 1), rng.normal(0, 0.1)
                steer = 0.15 * curve - 0.1 * offset
                shard.write(Sample(draw_road(rng, curve=curve, offset=offset), steer, 9.0, offset, 0.0, index))
            shard.finish()
        shards.append({"file": f"{name}.tfrecord", "name": name, "weather": weather, "frames": frames})
    listing = {"height_px": 66, "width_px": 200, "color": card.color, "shards": shards}
    write_listing(folder, {**listing, "crop": card.crop.model_dump(), "camera": card.camera.model_dump()})
    return folder
