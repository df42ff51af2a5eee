"""A donkeycar tub as footage: version 2 (catalogs) and version 1 (a JSON file for each record)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.footage.images import ImageFootage, Shot, control_of, natural

_LINE_BYTES = 2**16
_IMAGE, _TIME = "cam/image_array", "_timestamp_ms"
_DONKEY_HZ = 20.0  # DRIVE_LOOP_HZ of donkeycar's default configuration


def is_tub(folder: Path) -> bool:
    """Whether a folder looks like a tub."""
    return any(folder.glob("catalog_*.catalog")) or (
        (folder / "meta.json").is_file() and any(folder.glob("record_*.json"))
    )


def tub(folder: Path) -> ImageFootage:
    """The records that were not deleted, in order.

    Raises:
        RecordingError: not one picture can be read.
    """
    skipped: Counter[str] = Counter()
    return ImageFootage(folder, list(_shots(folder, skipped)), _DONKEY_HZ, skipped)


def _shots(folder: Path, skipped: Counter[str]) -> Iterator[Shot]:
    deleted = _deleted(folder, skipped)
    for record in _records(folder, skipped):
        if record.get("_index") in deleted:
            skipped["records deleted in the tub"] += 1
            continue
        name = str(record.get(_IMAGE, "")).replace("\\", "/").rsplit("/", 1)[-1]
        places = [place for place in (folder / "images" / name, folder / name) if name and place.is_file()]
        pilot = record.get("user/mode", "user") != "user" and "pilot/angle" in record
        by = "pilot" if pilot else "user"
        control = control_of(record.get(f"{by}/angle"), record.get(f"{by}/throttle", 0.0))
        if not places or control is None:
            skipped["records without a picture or without steering"] += 1
            continue
        at_ms = record.get(_TIME)
        yield Shot(places[0], control, at_ms / 1e3 if isinstance(at_ms, int) else None)


def _records(folder: Path, skipped: Counter[str]) -> Iterator[dict[str, Any]]:
    catalogs = _files(folder, "catalog_*.catalog")
    for catalog in catalogs:
        with catalog.open("rb") as file:
            while line := file.readline(_LINE_BYTES):
                yield from _record(line, skipped)
    for path in () if catalogs else _files(folder, "record_*.json"):
        with path.open("rb") as file:
            yield from _record(file.read(_LINE_BYTES), skipped)


def _files(folder: Path, pattern: str) -> list[Path]:
    """In natural order, without what is no file: a pipe would be waited for."""
    return sorted((path for path in folder.glob(pattern) if path.is_file()), key=natural)


def _record(line: bytes, skipped: Counter[str]) -> Iterator[dict[str, Any]]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict):
        yield record
    elif line.strip():
        skipped["damaged records"] += 1


def _deleted(folder: Path, skipped: Counter[str]) -> set[int]:
    """Indexes that the manifest's last line says are deleted; version 1 has none, and deletes the files."""
    if not any(folder.glob("catalog_*.catalog")):
        return set()
    manifest = folder / "manifest.json"
    try:
        if not manifest.is_file():  # nothing there, or a pipe, which would be waited for
            raise ValueError("no file")
        with manifest.open("rb") as file:
            last = json.loads(file.read(2**24).splitlines()[-1])
        return {index for index in last.get("deleted_indexes", ()) if isinstance(index, int)}
    except (OSError, ValueError, IndexError, AttributeError, TypeError, RecursionError):
        skipped["manifest.json that cannot be read: records deleted in the tub are among those shown"] += 1
        return set()
