"""Recordings of other projects become datasets, or are refused in a line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from agent.errors import ConfigError
from agent.training.dataset import open_dataset, steering
from agent.training.foreign import pictures
from agent.training.importing import import_drive
from agent.training.settings import Split
from tests.test_collect import read_shard


def write_picture(path: Path, grey: int, width: int = 320, height: int = 160) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), grey, np.uint8))


def book(folder: Path) -> Path:
    for number, camera, steer in ((78458, "RIGHT", "0.10"), (78458, "CENTER", "0.10"), (9, "LEFT", "-0.25")):
        write_picture(folder / f"{number:08d}_{camera}_{steer}_0.50_0.00.jpg", 100)
    write_picture(folder / "notes.jpg", 1)
    return folder


def udacity(folder: Path, *, header: bool = False) -> Path:
    rows = ["center,left,right,steering,throttle,brake,speed"] if header else []
    for number in range(3):
        names = [f"{side}_2016_12_01_{number}.jpg" for side in ("center", "left", "right")]
        for name in names:
            write_picture(folder / "IMG" / name, 50 + number)
        paths = (f"C:\\Users\\me\\IMG\\{names[0]}", f" /home/me/IMG/{names[1]}", f" IMG/{names[2]}")
        rows.append(f"{','.join(paths)}, {0.1 * number}, 1, 0, 20")
    (folder / "driving_log.csv").write_text("\n".join(rows) + "\n")
    return folder


def donkeycar(folder: Path) -> Path:
    records = []
    for index in range(4):
        write_picture(folder / "images" / f"{index}_cam_image_array_.jpg", 80 + index, 160, 120)
        records.append({"_index": index, "_session_id": "s", "cam/image_array": f"{index}_cam_image_array_.jpg",
                        "user/angle": 0.2 * index - 0.3, "user/throttle": 0.5, "user/mode": "user"})  # fmt: skip
    (folder / "catalog_0.catalog").write_text("".join(json.dumps(record) + "\n" for record in records))
    manifest: list[Any] = [["cam/image_array", "user/angle"], ["image_array", "float"], {}, {"created_at": 1.0},
                           {"paths": ["catalog_0.catalog"], "max_len": 1000, "deleted_indexes": [1]}]  # fmt: skip
    (folder / "manifest.json").write_text("\n".join(map(json.dumps, manifest)))
    return folder


def told(folder: Path) -> list[tuple[str, str, float, int]]:
    return [(each.path.name, each.camera, round(each.steer, 3), each.index) for each in pictures(folder)]


def test_the_books_file_names(tmp_path: Path) -> None:
    assert [each[1:] for each in told(book(tmp_path))] == [
        ("left", -0.25, 9), ("middle", 0.1, 78458), ("right", 0.1, 78458),
    ]  # fmt: skip


@pytest.mark.parametrize("header", [False, True])
def test_udacitys_log_with_paths_of_any_system(tmp_path: Path, header: bool) -> None:
    found = list(pictures(udacity(tmp_path, header=header)))
    assert len(found) == 9
    assert all(each.path.is_file() for each in found)
    assert [each.camera for each in found[:3]] == ["middle", "left", "right"]
    assert [each.steer for each in found[::3]] == pytest.approx([0.0, 0.1, 0.2])
    assert found[0].speed_mps == pytest.approx(8.94, abs=0.01)


def test_a_donkeycar_tub_without_what_was_deleted(tmp_path: Path) -> None:
    assert [each[2:] for each in told(donkeycar(tmp_path))] == [(-0.3, 0), (0.1, 2), (0.3, 3)]


def ended(imported: Generator[bool, None, str]) -> tuple[list[bool], str]:
    used = []
    while True:
        try:
            used.append(next(imported))
        except StopIteration as end:
            return used, end.value


def test_an_imported_drive_is_a_dataset_that_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.training.importing.RUN_PICTURES", 4)
    source = udacity(tmp_path / "source")
    (source / "IMG" / "left_2016_12_01_1.jpg").unlink()
    (source / "IMG" / "right_2016_12_01_2.jpg").write_bytes(b"no picture")
    used, words = ended(import_drive(source, tmp_path / "data", 0.2))
    assert (len(used), used.count(False)) == (9, 2)
    assert "7 frames in 3 runs, 2 pictures missing or damaged" in words
    rows = read_shard(tmp_path / "data" / "0000-imported.tfrecord")
    assert [row["steer"] for row in rows] == pytest.approx([0.0, 0.2, -0.2, 0.1])
    assert rows[0]["frame"].shape == (66, 200, 3)
    assert abs(rows[0]["frame"].astype(int) - 50).max() <= 2
    recorded = open_dataset((tmp_path / "data",), Split(0.3))
    assert len(steering((*recorded.training, *recorded.held_out))) == 7
    with pytest.raises(ConfigError, match="holds a dataset already"):
        next(import_drive(source, tmp_path / "data", 0.2))


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("driving_log.csv", "a.jpg,b.jpg\n", "line 1 has 2 columns"),
        ("driving_log.csv", "a.jpg,b.jpg,c.jpg,left\n", "'left' is no number"),
        ("driving_log.csv", "a.jpg,b.jpg,c.jpg,nan\n", "'nan' is no number"),
        ("driving_log.csv", "a.jpg,b.jpg,c.jpg,25\n", "steer 25, wanted -1 to 1"),
        ("manifest.json", "[1, 2\n", "not JSON"),
        ("manifest.json", "[1]\n", "names no catalogs"),
        ("manifest.json", '{"paths": ["gone.catalog"]}\n', "cannot read"),
        ("readme.txt", "", "holds no driving_log.csv"),
    ],
)
def test_what_is_no_recording_is_one_line(tmp_path: Path, file: str, text: str, said: str) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(ConfigError) as caught:
        list(pictures(tmp_path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_lead_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "driving_log.csv").write_text("/etc/passwd, ../../etc/shadow, ..\\..\\secret, 0\n")
    assert [each.path.parent for each in pictures(tmp_path)] == [tmp_path / "IMG"] * 3


def test_the_door_imports(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.import_drives", str(book(tmp_path / "book")), "--out"]
    for out, status in ((tmp_path / "data", 0), (tmp_path / "data", 2)):
        done = subprocess.run([*command, str(out)], capture_output=True, text=True, timeout=100)
        assert done.returncode == status, done.stderr
    assert "choose another --out" in done.stderr
    assert len(read_shard(tmp_path / "data" / "0000-imported.tfrecord")) == 3
