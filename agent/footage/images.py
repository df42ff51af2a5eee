"""A folder of images as footage: plain, with labels in the names, or Udacity's IMG with its driving log."""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import RecordingError
from agent.footage.footage import NO_CONTROL, Pictures
from agent.footage.image_file import SUFFIXES, read_image
from agent.types import Control, Picture

DRIVING_LOG = "driving_log.csv"
COMPARISON = "compare.png"
"""Sheet that `scripts.replay --compare` leaves in a folder."""
_CSV_BYTES = 2**28
_MPS_OF_MPH = 0.44704
# 00078458_RIGHT_0.10_0.50_0.00.jpg: number, camera, steer, throttle, brake, maybe one more word; the naming of the
# CARLA recordings in "Hands-On Vision and Behavior for Self-Driving Cars", chapter 8 (behavioral.py, expand_name)
_LABELLED = re.compile(r"^\d+_[A-Za-z]+_(-?\d*\.?\d+)_(-?\d*\.?\d+)_(-?\d*\.?\d+)(_[A-Za-z]+)?$")

# center_2016_12_01_13_30_48_287.jpg: camera and time of a picture of Udacity's simulator
_OF_CAMERA = re.compile(r"^(center|left|right)(_\d+){3,}$", re.IGNORECASE)
_CAMERAS = ("center", "left", "right")


@dataclass(frozen=True, slots=True)
class Shot:
    """An image file and what is known of its moment."""

    path: Path
    control: Control | None = None
    time_s: float | None = None
    speed_mps: float = math.nan


class ImageFootage(Pictures):
    """See `agent.footage.Footage`; pictures of another size than the first are fitted into it by whoever shows them."""

    def __init__(self, path: Path, shots: Sequence[Shot], fps: float, skipped: Counter[str] | None = None) -> None:
        """
        Args:
            path: of the folder.
            shots: in order.
            fps: pictures per second where their times are not known.
            skipped: what was left out of the shots, by reason.

        Raises:
            RecordingError: not one can be read.
        """
        self._shots = shots
        known = [shot.control for shot in shots if shot.control is not None]
        controls = [shot.control or NO_CONTROL for shot in shots] if known else None
        super().__init__(path, _times(shots, fps), controls, "no model", [shot.speed_mps for shot in shots])
        self.skipped.update(skipped or {})

    def picture(self, number: int) -> Picture:
        """See `Pictures.picture`."""
        return read_image(self._shots[number].path)


def image_folder(folder: Path, fps: float) -> ImageFootage:
    """A folder as footage: with a driving_log.csv the centre pictures it lists, else all images in natural order.

    Of images that are named as Udacity's three cameras name theirs, one camera's are shown: the centre one's if there.

    Raises:
        RecordingError: no image in it.
    """
    home = folder.parent if folder.name == "IMG" else folder
    skipped: Counter[str] = Counter()
    if (home / DRIVING_LOG).is_file():
        return ImageFootage(folder, list(_driving_log(home, skipped)), fps, skipped)
    files = _images(folder)
    if not files and (folder / "IMG").is_dir():
        files = _images(folder / "IMG")
    if not files:
        raise RecordingError(f"{folder}: no run.mcap, no tub and no {', '.join(SUFFIXES)} in it: nothing to replay")
    files = sorted(_of_one_camera(files, skipped), key=natural)
    return ImageFootage(folder, [Shot(path, _labelled(path.stem)) for path in files], fps, skipped)


def _images(folder: Path) -> list[Path]:
    """Its images, without hidden ones (thumbnails, macOS's ._name) and what a comparison left there."""
    return [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.name[0] != "." and path.name != COMPARISON
    ]


def _of_one_camera(files: Sequence[Path], skipped: Counter[str]) -> list[Path]:
    """Files without those of Udacity's other cameras, which are counted."""
    cameras = [found[1].lower() if (found := _OF_CAMERA.match(path.stem)) else None for path in files]
    shown = next((camera for camera in _CAMERAS if camera in cameras), None)
    kept = [path for path, camera in zip(files, cameras, strict=True) if camera in (None, shown)]
    if len(kept) < len(files):
        skipped[f"pictures of other cameras than {shown}"] += len(files) - len(kept)
    return kept


def natural(path: Path) -> list[tuple[int, str]]:
    """Sort key by which 2.jpg comes before 10.jpg."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() and len(part) < 4000 else (-1, part) for part in parts]


def control_of(steer: object, throttle: object = 0.0, brake: object = 0.0) -> Control | None:
    """Numbers of a stranger as a control, brought back into range; None if they are none."""
    try:
        values = [float(str(value)) for value in (steer, throttle, brake)]
        turn, gas, stop = (min(max(value, low), 1.0) for value, low in zip(values, (-1.0, 0.0, 0.0), strict=True))
        return Control(turn, gas, stop)
    except ValueError:
        return None


def _labelled(stem: str) -> Control | None:
    found = _LABELLED.match(stem)
    return None if found is None else control_of(*found.groups()[:3])


def _driving_log(home: Path, skipped: Counter[str]) -> Iterator[Shot]:
    """Rows of Udacity's simulator: centre, left and right picture, steering, throttle, brake, speed."""
    listing = home / DRIVING_LOG
    if listing.stat().st_size > _CSV_BYTES:
        raise RecordingError(f"{listing}: larger than {_CSV_BYTES} bytes")
    try:
        rows = list(csv.reader(listing.read_text(encoding="utf-8", errors="replace").splitlines()))
    except (OSError, csv.Error) as error:
        raise RecordingError(f"{listing}: cannot be read ({error})") from None
    for row in rows:
        if not row or row[0].strip().lower() == "center":
            continue
        name = re.split(r"[/\\]", row[0].strip())[-1]  # paths are those of the machine that recorded
        control = control_of(*row[3:6]) if len(row) >= 6 else None
        if control is None or not (home / "IMG" / name).is_file():
            skipped["rows without a picture or without numbers"] += 1
        else:
            yield Shot(home / "IMG" / name, control, speed_mps=_speed_mps(row[6:7]))


def _speed_mps(cells: Sequence[str]) -> float:
    """Of Udacity's last column, which is in miles per hour; NaN where it says none."""
    try:
        speed_mps = _MPS_OF_MPH * float(cells[0])
    except (ValueError, IndexError):
        return math.nan
    return speed_mps if 0 <= speed_mps < 200 else math.nan


def _times(shots: Sequence[Shot], fps: float) -> list[float]:
    """The shots' own times if they have increasing ones, else a steady rate."""
    own = [shot.time_s for shot in shots if shot.time_s is not None]
    if len(own) == len(shots) and all(b - a >= 1e-3 for a, b in itertools.pairwise(own)):
        return [time_s - own[0] for time_s in own]
    return [number / fps for number in range(len(shots))]
