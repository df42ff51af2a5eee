"""Recorded driving as other projects store it: pictures with steer, in order; pure but for reading files.

Three forms: file names that say all (`00078458_RIGHT_0.10_0.50_0.00.jpg`: number, camera, steer, throttle, brake);
Udacity's simulator (driving_log.csv of centre, left, right, steering, throttle, brake, speed, and pictures in IMG);
donkeycar's tub (manifest.json and catalogs, donkeycar/parts/datastore_v2.py).
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from agent.errors import ConfigError

_NAME = re.compile(r"(\d{1,12})_(LEFT|CENTER|CENTRE|MIDDLE|RIGHT)_(-?[\d.]+)_(-?[\d.]+)_(-?[\d.]+)\.(jpe?g|png)", re.I)
_CAMERAS = {"left": "left", "right": "right"}
_TEXT_BYTES = 256 * 2**20
_LINES = 5_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """One recorded picture.

    Attributes:
        path: of the file.
        camera: middle, left or right.
        steer: [-1, 1], right positive, of the car, not of a side camera.
        speed_mps: 0 where it is not known.
        index: counts the moments; pictures of one moment share it.
    """

    path: Path
    camera: str
    steer: float
    speed_mps: float
    index: int


def pictures(folder: Path) -> Iterator[Picture]:
    """The pictures of a recording in order, whichever of the three forms it has.

    Raises:
        ConfigError: none of them, or a line that makes no sense.
    """
    if (folder / "driving_log.csv").is_file():
        return _udacity(folder)
    if (folder / "manifest.json").is_file():
        return _donkeycar(folder)
    try:
        named = sorted(each for each in folder.iterdir() if _NAME.fullmatch(each.name))
    except OSError as error:
        raise ConfigError(f"cannot read {folder}: {error.strerror}: give the folder of a recording") from None
    if named:
        return _named(named)
    raise ConfigError(
        f"{folder} holds no driving_log.csv, no manifest.json of donkeycar and no pictures named like "
        "00078458_RIGHT_0.10_0.50_0.00.jpg"
    )


def _named(files: list[Path]) -> Iterator[Picture]:
    for file in files:
        found = _NAME.fullmatch(file.name)
        if found is not None:
            camera = _CAMERAS.get(found[2].lower(), "middle")
            yield Picture(file, camera, _steer(found[3], file.name), 0.0, int(found[1]))


def _udacity(folder: Path) -> Iterator[Picture]:
    log = folder / "driving_log.csv"
    for number, row in enumerate(csv.reader(_lines(log), skipinitialspace=True)):
        if number == 0 and row and row[0].strip().lower() == "center":
            continue
        if len(row) < 4:
            raise ConfigError(f"{log}: line {number + 1} has {len(row)} columns, wanted centre, left, right, steering")
        where = f"{log.name}: line {number + 1}"
        steer = _steer(row[3], where)
        speed_mps = _number(row[6], where) * 0.44704 if len(row) > 6 else 0.0  # miles an hour
        for camera, name in zip(("middle", "left", "right"), row[:3], strict=True):
            if name.strip():
                yield Picture(folder / "IMG" / _base(name), camera, steer, speed_mps, number)


def _donkeycar(folder: Path) -> Iterator[Picture]:
    manifest = [_json(line, "manifest.json") for line in _lines(folder / "manifest.json") if line.strip()]
    catalogs = next((each for each in reversed(manifest) if isinstance(each, dict) and "paths" in each), None)
    if catalogs is None or not isinstance(catalogs["paths"], list):
        raise ConfigError(f"{folder / 'manifest.json'} names no catalogs: wanted a tub of donkeycar 4 or later")
    deleted = {each for each in catalogs.get("deleted_indexes", []) if isinstance(each, int)}
    for name in catalogs["paths"]:
        catalog = folder / _base(str(name))
        for line in _lines(catalog):
            record = _json(line, catalog.name)
            index = record.get("_index") if isinstance(record, dict) else None
            image = record.get("cam/image_array") if isinstance(record, dict) else None
            if not isinstance(index, int) or not isinstance(image, str) or "user/angle" not in record:
                raise ConfigError(f"{catalog}: a line without _index, cam/image_array and user/angle")
            if index not in deleted:
                steer = _steer(record["user/angle"], catalog.name)
                yield Picture(folder / "images" / _base(image), "middle", steer, 0.0, index)


def _lines(path: Path) -> Iterator[str]:
    try:
        if path.stat().st_size > _TEXT_BYTES:
            raise ConfigError(f"{path} is larger than {_TEXT_BYTES >> 20} MiB: no list of a recording")
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file):
                if number >= _LINES or len(line) > 100_000:
                    raise ConfigError(f"{path} is too long: no list of a recording")
                yield line
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None


def _json(line: str, where: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise ConfigError(f"{where}: a line that is not JSON: {line[:40]!r}") from None


def _base(name: str) -> str:
    """The last part of a path of any system; a stranger's list leads nowhere else."""
    base = PureWindowsPath(PurePosixPath(name.strip()).name).name
    return base if base not in ("", "..") else "."


def _steer(value: object, where: str) -> float:
    steer = _number(value, where)
    if not -1.0 <= steer <= 1.0:
        raise ConfigError(f"{where}: steer {steer:g}, wanted -1 to 1")
    return steer


def _number(value: object, where: str) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ConfigError(f"{where}: {str(value)[:20]!r} is no number")
    return number
