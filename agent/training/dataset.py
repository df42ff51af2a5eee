"""Recorded driving as batches: shards in, whole runs held out, balanced over steering, never all in memory."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.backend import tf
from agent.errors import ConfigError
from agent.model_card import CameraCard, CropCard
from agent.preprocess import ColorOrder
from agent.training.augmentation import Augmentation
from agent.training.folders import readable
from agent.training.records import LISTING, read_listing
from agent.training.settings import Balance
from agent.types import Float32

SHUFFLED_FRAMES = 4096  # as PNG, some 60 MB
_OPEN_SHARDS = 8
_LABEL = {"steer": tf.io.FixedLenFeature([], tf.float32)}
_EXAMPLE = {"frame": tf.io.FixedLenFeature([], tf.string), **_LABEL}


class Shard(BaseModel):
    """One run's TFRecord file beside dataset.json."""

    model_config = ConfigDict(frozen=True)
    file: Annotated[str, Field(pattern=r"^[\w-][\w.-]*$")]
    frames: Annotated[int, Field(ge=0)]
    weather: str


class Listing(BaseModel):
    """What of dataset.json training needs; it says more.

    Attributes:
        shards: one for each run.
        height_px, width_px, crop, color: how the frames were made from the camera image.
        camera: where it sat.
    """

    model_config = ConfigDict(frozen=True)
    shards: tuple[Shard, ...]
    height_px: Annotated[int, Field(ge=1, le=2048)]
    width_px: Annotated[int, Field(ge=1, le=2048)]
    crop: CropCard
    color: ColorOrder
    camera: CameraCard


@dataclass(frozen=True, slots=True)
class Recorded:
    """A dataset split by run.

    Attributes:
        folder: where the shards are.
        listing: from dataset.json.
        training, held_out: shards, none in both.
    """

    folder: Path
    listing: Listing
    training: tuple[Shard, ...]
    held_out: tuple[Shard, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of a frame."""
        return self.listing.height_px, self.listing.width_px, 3


def open_dataset(folder: Path, held_out: float, seed: int) -> Recorded:
    """Read the listing and split it: whole runs, weathers taken in turn, until their share of frames is reached.

    Raises:
        ConfigError: no dataset, one that lacks something, fewer than two runs, a shard missing.
    """
    read = read_listing(folder)
    if read is None:
        raise ConfigError(f"no dataset in {folder}: record one with scripts.collect, or give --data its folder")
    try:
        listing = Listing.model_validate(read)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ConfigError(f"{folder / LISTING}: {where}: {fault['msg']}") from None
    shards = sorted((shard for shard in listing.shards if shard.frames), key=lambda shard: shard.file)
    for shard in shards:
        if not (folder / shard.file).is_file():
            raise ConfigError(f"{folder / shard.file} is listed but missing: record the dataset again")
    turns = _weathers_in_turn(shards, seed)
    wanted, chosen = held_out * sum(shard.frames for shard in shards), set[str]()
    while wanted > 0 and len(chosen) < len(shards) - 1:
        chosen.add(turns[len(chosen)].file)
        wanted -= turns[len(chosen) - 1].frames
    if not chosen:
        raise ConfigError(f"{folder} holds {len(shards)} runs with frames, wanted 2 or more: record more")
    training = tuple(shard for shard in shards if shard.file not in chosen)
    return Recorded(folder, listing, training, tuple(shard for shard in shards if shard.file in chosen))


def _weathers_in_turn(shards: Sequence[Shard], seed: int) -> list[Shard]:
    """Shuffled, then the first run of every weather, the second of every weather, ..."""
    shuffled = random.Random(seed).sample(shards, len(shards))
    seen: Counter[str] = Counter()
    turns = []
    for shard in shuffled:
        turns.append((seen[shard.weather], shard))
        seen[shard.weather] += 1
    return [shard for _, shard in sorted(turns, key=lambda turn: turn[0])]


def steering(folder: Path, shards: Sequence[Shard]) -> Float32:
    """All labels of some shards, float32 (frames,), [-1, 1]; one quick pass that decodes no picture.

    Raises:
        ConfigError: a damaged shard.
    """
    labels = _records(folder, shards).batch(1024).map(lambda many: tf.io.parse_example(many, _LABEL)["steer"])
    found: Float32 = np.concatenate([np.zeros(0, np.float32), *readable(labels.as_numpy_iterator(), folder)])
    return found


def shares_drawn(labels: Float32, balance: Balance) -> tuple[Float32, int]:
    """How an epoch is thinned out so that straights do not rule.

    Returns:
        float32 (bins,), share of the frames of each bin of |steer| that an epoch draws; the frames it draws in all.
    """
    place = np.minimum(np.abs(labels) * (balance.bins / balance.widest), balance.bins - 1).astype(np.intp)
    counts = np.bincount(place, minlength=balance.bins)
    shares: Float32 = np.minimum(1.0, balance.cap * len(labels) / np.maximum(counts, 1)).astype(np.float32)
    return shares, int(counts @ shares)


def training_batches(
    recorded: Recorded, augmentation: Augmentation, balance: Balance, shares: Float32, *, batch: int, seed: int
) -> Any:
    """One epoch in random order, thinned out and augmented; the same seed gives the same epoch.

    Returns:
        tf.data.Dataset of (uint8 (batch, h, w, 3), float32 (batch,) steer).
    """

    def thinned(examples: Any, number: Any) -> Any:
        steer = tf.io.parse_example(examples, _LABEL)["steer"]
        place = tf.cast(tf.minimum(tf.abs(steer) * (balance.bins / balance.widest), balance.bins - 1.0), tf.int32)
        drawn = tf.random.stateless_uniform(tf.shape(steer), [number, seed]) < tf.gather(shares, place)
        return tf.boolean_mask(examples, drawn)

    shards = random.Random(seed).sample(recorded.training, len(recorded.training))
    many = tf.data.Dataset.zip(_records(recorded.folder, shards).batch(256), tf.data.Dataset.counter())
    shuffled = many.map(thinned).unbatch().shuffle(SHUFFLED_FRAMES, seed=seed)
    batches = _decoded(shuffled.batch(batch, drop_remainder=True), recorded.shape)

    def changed(frames: Any, steer: Any, number: Any) -> tuple[Any, Any]:
        rng = np.random.default_rng((seed, int(number)))
        return augmentation(frames, steer, rng)

    def augmented(pair: Any, number: Any) -> tuple[Any, Any]:
        frames, steer = tf.numpy_function(changed, [*pair, number], [tf.uint8, tf.float32], stateful=False)
        return tf.ensure_shape(frames, (batch, *recorded.shape)), tf.ensure_shape(steer, (batch,))

    return tf.data.Dataset.zip(batches, tf.data.Dataset.counter()).map(augmented, num_parallel_calls=1).prefetch(2)


def held_out_batches(recorded: Recorded, batch: int) -> Any:
    """The held-out frames in stored order, as they are: like `training_batches`."""
    return _decoded(_records(recorded.folder, recorded.held_out).batch(batch), recorded.shape).prefetch(2)


def _records(folder: Path, shards: Sequence[Shard]) -> Any:
    paths = tf.data.Dataset.from_tensor_slices([str(folder / shard.file) for shard in shards])
    return paths.interleave(tf.data.TFRecordDataset, cycle_length=_OPEN_SHARDS, block_length=4)


def _decoded(examples: Any, shape: tuple[int, int, int]) -> Any:
    """(uint8 (n, h, w, 3), float32 (n,)) of batches of serialized examples; a picture of another size is an error."""

    def decode(png: Any) -> Any:
        return tf.ensure_shape(tf.io.decode_png(png, channels=3), shape)

    def decode_batch(many: Any) -> tuple[Any, Any]:
        parsed = tf.io.parse_example(many, _EXAMPLE)
        frames = tf.map_fn(decode, parsed["frame"], fn_output_signature=tf.TensorSpec(shape, tf.uint8))
        return frames, parsed["steer"]

    return examples.map(decode_batch, num_parallel_calls=2)
