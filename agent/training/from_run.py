"""A run becomes training data: frames and labels of its log as shards of a dataset that `scripts.train` reads."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from agent.errors import RecordingError
from agent.footage import Footage
from agent.footage.footage import weather_of
from agent.model import SteeringModel
from agent.replay import Skips
from agent.training.records import FEATURES, LISTING, Sample, ShardWriter, write_listing

SHARDS = 10
"""A run is cut into so many stretches, or fewer of at least a second: whole ones are held out for validation."""
_LEAST_STEPS = 20


def dataset_from(
    footage: Footage, model: SteeringModel, folder: Path, skips: Skips, numbers: Sequence[int] | None = None
) -> int:
    """Write the steps of footage as a dataset, the steering that was driven as the label.

    Args:
        footage: with steering.
        model: its card says how a camera image becomes a network input.
        folder: of the new dataset; not there yet, or empty.
        skips: what cannot be read is counted there.
        numbers: of the steps; all of them if not given.

    Returns:
        Number of frames. Whatever interrupts it, no part of a dataset stays.

    Raises:
        RecordingError: no steering is known, the footage is too short, the folder is not empty or cannot be written.
    """
    if not footage.driven:
        raise RecordingError(f"{footage.path}: the steering of these pictures is not known: no labels to export")
    numbers = range(len(footage)) if numbers is None else numbers
    if len(numbers) < 2 * _LEAST_STEPS:
        raise RecordingError(f"{footage.path}: {len(numbers)} steps, wanted {2 * _LEAST_STEPS} or more to export")
    _make_empty(folder)
    parts = _stretches(numbers)
    try:
        return _write(footage, model, folder, parts, skips)
    except BaseException:
        for name in (LISTING, f"{LISTING}.partial", *(f"{_name(part)}.tfrecord" for part in parts)):
            (folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # something else is in it
            folder.rmdir()
        raise


def _make_empty(folder: Path) -> None:
    """A folder that only the dataset will be in."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = next(folder.iterdir(), None)
    except OSError as error:
        raise RecordingError(f"{folder}: cannot be made or read ({error.strerror}): choose another --export") from None
    if taken is not None:
        raise RecordingError(f"{folder} is not empty ({taken.name} is in it): choose another --export")


def _write(footage: Footage, model: SteeringModel, folder: Path, parts: Sequence[Sequence[int]], skips: Skips) -> int:
    """Shard after shard; how many frames they hold."""
    shards: list[dict[str, object]] = []
    for part in parts:
        shards.append(_shard(footage, model, folder, part, skips))
        write_listing(folder, {**_about(model), "shards": [shard for shard in shards if shard["frames"]]})
    frames = sum(int(str(shard["frames"])) for shard in shards)
    if frames == 0:
        raise RecordingError(f"{footage.path}: no picture of it can be read: nothing to export")
    return frames


def _stretches(numbers: Sequence[int]) -> list[Sequence[int]]:
    count = min(SHARDS, len(numbers) // _LEAST_STEPS)
    edges = [len(numbers) * part // count for part in range(count + 1)]
    return [numbers[begin:end] for begin, end in itertools.pairwise(edges)]


def _name(part: Sequence[int]) -> str:
    return f"replay-{part[0]:06d}"


def _shard(
    footage: Footage, model: SteeringModel, folder: Path, part: Sequence[int], skips: Skips
) -> dict[str, object]:
    name, weather = _name(part), weather_of(footage, part)
    frames, own = 0, model.sha256 == footage.card.model_sha256
    with ShardWriter(folder / f"{name}.tfrecord", name, weather) as writer:
        for number in part:
            try:
                logged = footage.step(number)
            except RecordingError as error:
                skips.add(error)
                continue
            frame, seen = logged.step.frame, logged.network_input
            if not own or seen is None or seen.shape != model.input_shape:
                seen = model.preprocessor.preprocessing.network_input(frame.image)
            offset_m = frame.telemetry.lane_offset_m
            writer.write(
                Sample(
                    seen=seen,
                    steer=logged.step.control.steer,
                    speed_mps=frame.telemetry.speed_mps,
                    offset_m=float("nan") if offset_m is None else offset_m,
                    heading_rad=float("nan"),
                    index=frame.index,
                )
            )
            frames += 1
        writer.finish()
    return {"file": f"{name}.tfrecord", "name": name, "frames": frames, "weather": weather, "map": footage.card.map}


def _about(model: SteeringModel) -> dict[str, object]:
    card = model.card
    height_px, width_px, _ = model.input_shape
    return {
        "listing": LISTING,
        "features": FEATURES,
        "height_px": height_px,
        "width_px": width_px,
        "crop": card.crop.model_dump(mode="json"),
        "color": card.color,
        "camera": card.camera.model_dump(mode="json"),
    }
