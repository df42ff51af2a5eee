"""Recorded driving on disk: one TFRecord shard per run, and dataset.json that describes them all.

A shard appears under its name only when its run is finished; dataset.json is replaced as a whole. So whatever moment
the program is killed at, what is listed is complete.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2

from agent.backend import tf
from agent.errors import ConfigError, RecordingError
from agent.pictures import FAST_PNG
from agent.types import UInt8

LISTING = "dataset.json"
_LISTING_BYTES = 4 * 2**20
FEATURES = {
    "frame": "PNG of the network input, uint8 (height_px, width_px, 3) in `color`",
    "steer": "float32 [-1, 1], the expert's clean answer at this state, right positive",
    "speed_mps": "float32",
    "offset_m": "float32, of the car's centre from the lane's, right positive",
    "heading_rad": "float32, of the car against the lane, clockwise positive",
    "weather": "bytes, name of the preset",
    "run": "bytes, name of the run",
    "camera": "bytes, middle, left or right",
    "index": "int64, simulator frame",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame of a run: what the network sees, what it should answer, and the state that explains why.

    Attributes:
        seen: network input, uint8 (h, w, 3).
        steer: the label, [-1, 1].
        speed_mps, offset_m, heading_rad: of the car on its lane, right and clockwise positive.
        index: simulator frame.
        camera: middle, left or right.
    """

    seen: UInt8
    steer: float
    speed_mps: float
    offset_m: float
    heading_rad: float
    index: int
    camera: str = "middle"


class ShardWriter:
    """Writes one run; use it with `with`. Without `finish()` nothing stays.

    Args:
        path: of the shard to be.
        run: name of the run.
        weather: of the run.

    Raises:
        RecordingError: the folder cannot be written.
    """

    def __init__(self, path: Path, run: str, weather: str) -> None:
        self._path, self._partial = path, path.with_suffix(".partial")
        self._run, self._weather = run.encode(), weather.encode()
        try:
            self._writer = tf.io.TFRecordWriter(str(self._partial))
        except tf.errors.OpError as error:
            raise _unwritable(path, error) from None

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(tf.errors.OpError):  # a full disk has been told of already
            self._writer.close()
        self._partial.unlink(missing_ok=True)

    def write(self, sample: Sample) -> None:
        """Append one frame.

        Raises:
            RecordingError: the disk is full or not writable.
        """
        bgr = cv2.cvtColor(sample.seen, cv2.COLOR_RGB2BGR)  # what OpenCV takes for RGB order, whatever the channels are
        _, png = cv2.imencode(".png", bgr, FAST_PNG)
        features = {
            "frame": _bytes(png.tobytes()),
            "steer": _float(sample.steer),
            "speed_mps": _float(sample.speed_mps),
            "offset_m": _float(sample.offset_m),
            "heading_rad": _float(sample.heading_rad),
            "weather": _bytes(self._weather),
            "run": _bytes(self._run),
            "camera": _bytes(sample.camera.encode()),
            "index": tf.train.Feature(int64_list=tf.train.Int64List(value=[sample.index])),
        }
        example = tf.train.Example(features=tf.train.Features(feature=features))
        try:
            self._writer.write(example.SerializeToString())
        except tf.errors.OpError as error:
            raise _unwritable(self._path, error) from None

    def finish(self) -> None:
        """The run is whole: give the shard its name.

        Raises:
            RecordingError: the disk is full or not writable.
        """
        try:
            self._writer.close()
            self._partial.replace(self._path)
        except (tf.errors.OpError, OSError) as error:
            raise _unwritable(self._path, error) from None


def read_listing(folder: Path) -> dict[str, Any] | None:
    """What dataset.json says, None where there is none yet.

    Raises:
        ConfigError: it is no listing of ours.
    """
    path = folder / LISTING
    try:
        if path.stat().st_size > _LISTING_BYTES:
            raise ConfigError(
                f"{path} is larger than {_LISTING_BYTES} bytes: no dataset of ours; choose another folder"
            )
        listing = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"cannot read {path} ({error}): choose another folder") from None
    if not isinstance(listing, dict) or not isinstance(listing.get("shards"), list):
        raise ConfigError(f"{path} lists no shards: no dataset of ours; choose another folder")
    return listing


def write_listing(folder: Path, listing: Mapping[str, Any]) -> None:
    """Replace dataset.json as a whole.

    Raises:
        RecordingError: the disk is full or not writable.
    """
    partial = folder / f"{LISTING}.partial"
    try:
        partial.write_text(json.dumps(listing, indent=1) + "\n", encoding="utf-8")
        partial.replace(folder / LISTING)
    except OSError as error:
        raise _unwritable(folder / LISTING, error) from None


def _unwritable(path: Path, error: Exception) -> RecordingError:
    return RecordingError(f"cannot write {path} ({error}): free some space or choose another folder")


def _bytes(value: bytes) -> Any:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _float(value: float) -> Any:
    return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
