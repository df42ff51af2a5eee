"""A foreign recording -> a dataset like those that are collected."""

from __future__ import annotations

from collections.abc import Generator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from agent.errors import ConfigError
from agent.model_card import ModelCard
from agent.training.folders import make_writable
from agent.training.foreign import Picture, pictures
from agent.training.records import FEATURES, Sample, ShardWriter, read_listing, write_listing
from agent.types import UInt8

RUN_PICTURES = 600
"""So many pictures in a row are held out, or trained on, together: neighbours are all but the same."""
_FILE_BYTES = 32 * 2**20
_CARD = ModelCard()
_SEEN = _CARD.preprocessing(66, 200)


def import_drive(folder: Path, out: Path, side_steer: float) -> Generator[bool, None, str]:
    """Write a foreign recording into a new dataset; yields for each picture whether it could be used.

    Args:
        folder: of the recording.
        out: folder of the dataset; must hold none yet.
        side_steer: added to the steer of a left camera's picture and taken from a right one's.

    Returns:
        In words, what came of it.

    Raises:
        ConfigError: no recording, a picture too flat for the network's view, an `out` that is taken.
        RecordingError: the disk is full or not writable.
    """
    found = pictures(folder)
    make_writable(out, "--out")
    if read_listing(out) is not None:
        raise ConfigError(f"{out} holds a dataset already: choose another --out")
    shards: list[dict[str, Any]] = []
    lost = 0
    while (first := next(found, None)) is not None:
        name = f"{len(shards):04d}-imported"
        frames = 0
        with ShardWriter(out / f"{name}.tfrecord", name, "unknown") as shard:
            for picture in islice(chain([first], found), RUN_PICTURES):
                image = _read(picture.path)
                if image is not None:
                    shard.write(_sample(picture, image, side_steer))
                    frames += 1
                else:
                    lost += 1
                yield image is not None
            shard.finish()
        shards.append({"file": f"{name}.tfrecord", "name": name, "frames": frames, "weather": "unknown", "map": ""})
        write_listing(out, _listing(shards, folder))
    total = sum(shard["frames"] for shard in shards)
    return f"{total} frames in {len(shards)} runs, {lost} pictures missing or damaged: {out}"


def _sample(picture: Picture, image: UInt8, side_steer: float) -> Sample:
    correction = {"left": side_steer, "right": -side_steer}.get(picture.camera, 0.0)
    return Sample(
        seen=_SEEN.network_input(image),
        steer=min(max(picture.steer + correction, -1.0), 1.0),
        speed_mps=picture.speed_mps,
        offset_m=float("nan"),
        heading_rad=float("nan"),
        index=picture.index,
        camera=picture.camera,
    )


def _read(path: Path) -> UInt8 | None:
    """RGB uint8 (H, W, 3); None if it is not there, too large, or no picture."""
    try:
        if path.stat().st_size > _FILE_BYTES:
            return None
        content = np.fromfile(path, np.uint8)
        image: UInt8 | None = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    except (OSError, cv2.error):
        return None
    return image


def _listing(shards: list[dict[str, Any]], source: Path) -> dict[str, Any]:
    return {
        "version": 1,
        "frames": sum(shard["frames"] for shard in shards),
        "height_px": _SEEN.height_px,
        "width_px": _SEEN.width_px,
        "crop": _CARD.crop.model_dump(),
        "color": _CARD.color,
        "camera": _CARD.camera.model_dump(),
        "features": FEATURES,
        "source": source.name,
        "shards": shards,
    }
