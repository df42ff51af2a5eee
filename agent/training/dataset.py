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
from agent.training.settings import Balance, Split
from agent.types import Float32

SHUFFLED_FRAMES = 4096  # as PNG, some 60 MB
_OPEN_SHARDS = 8
_LABEL = {"steer": tf.io.FixedLenFeature([], tf.float32)}
_EXAMPLE = {"frame": tf.io.FixedLenFeature([], tf.string), **_LABEL}


class Shard(BaseModel):
    """One run's TFRecord file beside dataset.json, in a folder."""

    model_config = ConfigDict(frozen=True)
    file: Annotated[str, Field(pattern=r"^[\w-][\w.-]*$")]
    frames: Annotated[int, Field(ge=0)]
    weather: str = "unknown"
    map: str = ""
    folder: Annotated[Path, Field(exclude=True)] = Path()

    @property
    def path(self) -> Path:
        """Of the file."""
        return self.folder / self.file


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
    """One dataset, or several of the same camera, split by run.

    Attributes:
        folders: where the shards are.
        listing: from the first one's dataset.json.
        training, held_out: shards, none in both.
    """

    folders: tuple[Path, ...]
    listing: Listing
    training: tuple[Shard, ...]
    held_out: tuple[Shard, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of a frame."""
        return self.listing.height_px, self.listing.width_px, 3

    @property
    def name(self) -> str:
        """Of the folders, for messages."""
        return ", ".join(str(folder) for folder in self.folders)


def open_dataset(folders: Sequence[Path], split: Split) -> Recorded:
    """Read the listings and split them into runs to train on and runs held out.

    Raises:
        ConfigError: no dataset, one that lacks something, of another camera, fewer than two runs, a shard missing.
    """
    listings = [_listing(folder) for folder in folders]
    for folder, listing in zip(folders[1:], listings[1:], strict=True):
        if _made_like(listing) != _made_like(listings[0]):
            raise ConfigError(f"{folder} and {folders[0]} differ in picture size, crop, colour or camera: train apart")
    shards = [
        shard.model_copy(update={"folder": folder})
        for folder, listing in zip(folders, listings, strict=True)
        for shard in sorted(listing.shards, key=lambda shard: shard.file)
        if shard.frames
    ]
    for shard in shards:
        if not shard.path.is_file():
            raise ConfigError(f"{shard.path} is listed but missing: record the dataset again")
    chosen = {shard.path for shard in shards if split.excludes(shard.map, shard.weather)}
    left = [shard for shard in shards if shard.path not in chosen]
    turns = iter(_weathers_in_turn(left, split.seed))
    wanted, taken = split.share * sum(shard.frames for shard in left), 0
    while wanted > 0 and taken < len(left) - 1:
        shard = next(turns)
        chosen.add(shard.path)
        wanted, taken = wanted - shard.frames, taken + 1
    if not chosen or not left:
        raise ConfigError(
            f"{folders[0]} holds {len(shards)} runs with frames, {len(left)} of them to train on: wanted 2 or more and "
            "some held out; record more"
        )
    training = tuple(shard for shard in shards if shard.path not in chosen)
    return Recorded(tuple(folders), listings[0], training, tuple(shard for shard in shards if shard.path in chosen))


def _listing(folder: Path) -> Listing:
    read = read_listing(folder)
    if read is None:
        raise ConfigError(f"no dataset in {folder}: record one with scripts.collect, or give --data its folder")
    try:
        return Listing.model_validate(read)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ConfigError(f"{folder / LISTING}: {where}: {fault['msg']}") from None


def _made_like(listing: Listing) -> dict[str, Any]:
    return listing.model_dump(exclude={"shards"})


def _weathers_in_turn(shards: Sequence[Shard], seed: int) -> list[Shard]:
    """Shuffled, then the first run of every weather, the second of every weather, ..."""
    shuffled = random.Random(seed).sample(shards, len(shards))
    seen: Counter[str] = Counter()
    turns = []
    for shard in shuffled:
        turns.append((seen[shard.weather], shard))
        seen[shard.weather] += 1
    return [shard for _, shard in sorted(turns, key=lambda turn: turn[0])]


def steering(shards: Sequence[Shard]) -> Float32:
    """All labels of some shards, float32 (frames,), [-1, 1]; one quick pass that decodes no picture.

    Raises:
        ConfigError: a damaged shard.
    """
    labels = _records(shards).batch(1024).map(lambda many: tf.io.parse_example(many, _LABEL)["steer"])
    found: Float32 = np.concatenate([np.zeros(0, np.float32), *readable(labels.as_numpy_iterator(), shards[0].folder)])
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
    many = tf.data.Dataset.zip(_records(shards).batch(256), tf.data.Dataset.counter())
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
    return _decoded(_records(recorded.held_out).batch(batch), recorded.shape).prefetch(2)


def _records(shards: Sequence[Shard]) -> Any:
    paths = tf.data.Dataset.from_tensor_slices([str(shard.path) for shard in shards])
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
