from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from agent.errors import RecordingError
from agent.footage import open_footage
from agent.footage.about import about
from agent.footage.numbers import COLUMNS, viewed_numbers
from agent.footage.video import PICTURES, PLAIN
from agent.footage.words import in_words
from agent.log.records import json_of
from agent.replay import AsLogged, Skips, played
from agent.run_folder import WEATHER
from tests.logs import CARD
from viz.video import VideoWriter


def save(path: Path, grey: int, width: int = 64, height: int = 36) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((height, width, 3), grey, np.uint8))


def greys(source: Path) -> list[int]:
    with closing(open_footage(source)) as footage:
        return [round(float(footage.step(number).step.frame.image.mean())) for number in range(len(footage))]


def test_images_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 2, 1, 100):
        save(tmp_path / f"shot{number}.png", number)
    assert greys(tmp_path) == [1, 2, 10, 100]


def test_a_hundred_thousand_images_are_only_listed(tmp_path: Path) -> None:
    """Opening reads one of them: the rest may be anything."""
    save(tmp_path / "0.png", 7)
    links: list[Path] = []
    for number in range(1, 100_000):
        if number % 50_000 == 1:  # a file has a limited number of names
            links.append(tmp_path / f"{number}.png")
            links[-1].write_bytes(b"no picture")
        else:
            os.link(links[-1], tmp_path / f"{number}.png")
    (tmp_path / "99999.png").unlink()
    save(tmp_path / "99999.png", 9)
    with closing(open_footage(tmp_path)) as footage:
        assert len(footage) == 100_000
        assert [round(float(footage.step(number).step.frame.image.mean())) for number in (0, 99_999)] == [7, 9]
        with pytest.raises(RecordingError, match="50.png: cannot be read as an image"):
            footage.step(50)


def test_labels_in_the_names(tmp_path: Path) -> None:
    save(tmp_path / "00078458_RIGHT_0.10_0.50_0.00.jpg", 10)
    save(tmp_path / "00078459_LEFT_-0.25_0.00_1.00_ORIG.jpg", 20)
    save(tmp_path / "7_a_b.jpg", 5)
    with closing(open_footage(tmp_path)) as footage:
        assert footage.driven
        controls = [footage.step(number).step.control for number in range(3)]
    assert [(c.steer, c.throttle, c.brake) for c in controls] == [(0, 0, 0), (0.1, 0.5, 0), (-0.25, 0, 1)]


def test_a_driving_log_of_udacity(tmp_path: Path) -> None:
    lines = ["center,left,right,steering,throttle,brake,speed"]
    for number, steer in enumerate((0.1, -0.2, 0.3)):
        save(tmp_path / "IMG" / f"center_{number}.jpg", 10 * number)
        lines.append(rf"C:\sim\IMG\center_{number}.jpg, left.jpg, right.jpg, {steer}, 0.5, 0, 20")
    lines += ["gone.jpg,l,r,0,0,0,0", "center_0.jpg,l,r,fast,0,0,0", ""]
    (tmp_path / "driving_log.csv").write_text("\n".join(lines))
    for source in (tmp_path, tmp_path / "IMG"):
        with closing(open_footage(source)) as footage:
            assert [footage.step(number).step.control.steer for number in range(len(footage))] == [0.1, -0.2, 0.3]
            assert footage.skipped == {"rows without a picture or without numbers": 2}
            assert footage.step(1).step.frame.telemetry.speed_mps == pytest.approx(8.94, abs=0.01)  # 20 mph


def test_the_cameras_of_udacity_are_not_one_drive(tmp_path: Path) -> None:
    """Where the log that lists them is missing."""
    for number in range(3):
        for side, grey in (("center", 10), ("left", 100), ("right", 200)):
            save(tmp_path / "IMG" / f"{side}_2016_12_01_13_30_48_{number}.jpg", grey + number)
    for source in (tmp_path, tmp_path / "IMG"):
        with closing(open_footage(source)) as footage:
            assert len(footage) == 3
            assert footage.skipped == {"pictures of other cameras than center": 6}
        assert greys(source) == [10, 11, 12]
    for path in (tmp_path / "IMG").glob("center*"):
        path.rename(path.with_name(f"{path.stem[-1]}.jpg"))  # of no camera: all that is not another one's is shown
    assert greys(tmp_path) == [10, 11, 12, 100, 101, 102]


def test_tubs_of_both_versions(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    records = []
    for number in range(4):
        save(new / "images" / f"{number}_cam_image_array_.jpg", 10 * number)
        save(old / f"{number}_cam-image_array_.jpg", 10 * number)
        record = {"user/angle": number / 10, "user/throttle": 0.2, "user/mode": "user"}
        old_record = {**record, "cam/image_array": f"{number}_cam-image_array_.jpg"}
        (old / f"record_{number}.json").write_text(json.dumps(old_record))
        more = {"_index": number, "_timestamp_ms": 1000 + 40 * number}
        records.append(json.dumps({**record, **more, "cam/image_array": f"{number}_cam_image_array_.jpg"}))
    (new / "catalog_0.catalog").write_text("\n".join([*records[:2], "{not json", *records[2:]]))
    (new / "manifest.json").write_text('["a"]\n["b"]\n{}\n{}\n{"deleted_indexes": [1]}')
    (old / "meta.json").write_text("{}")
    with closing(open_footage(new)) as footage:
        assert [footage.step(number).step.control.steer for number in range(3)] == [0.0, 0.2, 0.3]
        assert footage.timeline.times_s.tolist() == pytest.approx([0.0, 0.08, 0.12])
        assert footage.skipped == {"damaged records": 1, "records deleted in the tub": 1}
    assert greys(old) == [0, 10, 20, 30]
    (new / "manifest.json").write_text("{")
    with closing(open_footage(new)) as footage:
        assert len(footage) == 4
        assert any("manifest.json that cannot be read" in reason for reason in footage.skipped)


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [("a.mp4", "libx264", "yuv420p"), ("a.webm", "libvpx-vp9", "yuv420p"), ("a.avi", "mjpeg", "yuvj420p"),
     ("a.mkv", "libx264", "yuv420p")],
)  # fmt: skip
def test_videos_of_many_kinds_in_any_order(tmp_path: Path, name: str, codec: str, pixels: str) -> None:
    path = tmp_path / name
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=20)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        stream.codec_context.gop_size = 10
        for number in range(40):
            picture = np.full((48, 64, 3), 6 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    with closing(open_footage(path)) as footage:
        assert len(footage) == 40
        assert not footage.driven
        for number in (0, 1, 2, 39, 13, 12, 30, 5, 6):
            assert abs(float(footage.step(number).step.frame.image.mean()) - 6 * number) < 4
        assert np.diff(footage.timeline.times_s) == pytest.approx(0.05, abs=2e-3)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_a_video_goes_on_behind_what_is_damaged(tmp_path: Path, codec: str) -> None:
    """One key frame in all: what was skipped was skipped to the end."""
    path = tmp_path / "a.mp4"
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=20)
        stream.width, stream.height, stream.pix_fmt, stream.codec_context.gop_size = 128, 96, "yuv420p", 100
        for _ in range(60):
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 256, (96, 128, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.pts is not None]
    content = bytearray(path.read_bytes())
    for at, size in packets[20:23]:
        content[at : at + size] = bytes(size)
    path.write_bytes(content)
    with closing(open_footage(path)) as footage:
        skips = Skips(footage)
        shown = [round(step.frame.time_s * 20) for _, step in played(footage, AsLogged(footage), range(60), skips)]
        assert 50 <= len(shown) < 60
        assert {*range(15), *range(30, 60)} < set(shown)
        assert skips.lines()[0].startswith(f"skipped {60 - len(shown)}: damaged steps")
        assert footage.step(shown[-1]).step.frame.time_s == pytest.approx(shown[-1] / 20)


def test_a_video_of_ours_says_which_run_it_is_of_and_that_it_is_drawn(tmp_path: Path) -> None:
    for name, facts, drawn in (
        ("a.mp4", {}, True),
        ("a.webm", {}, True),  # whose names of facts are in capitals
        ("plain.webm", {PICTURES: PLAIN}, False),
    ):
        with VideoWriter(tmp_path / name, 64, 48, 20, {"run": json_of(CARD).decode(), **facts}) as video:
            video.write(np.zeros((48, 64, 3), np.uint8), 0.0)
        with closing(open_footage(tmp_path / name)) as footage:
            assert (footage.card, footage.drawn) == (CARD, drawn)


def test_a_video_of_ours_says_the_weather_it_begins_with(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.webm", 64, 48, 20, {WEATHER: "HardRainNoon"}) as video:
        for number in range(9):
            video.write(np.zeros((48, 64, 3), np.uint8), number / 20)
    with closing(open_footage(tmp_path / "a.webm")) as footage:
        assert "weather HardRainNoon," in in_words(about(footage))
        assert "weather unknown," in in_words(about(footage, [range(4, 9)]))  # it may have changed


def test_what_a_repair_cannot_save_is_not_promised(tmp_path: Path) -> None:
    """A video without fragments, cut off before its index."""
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(20):
            picture = np.full((48, 64, 3), 6 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    content = path.read_bytes()
    for length in (len(content) // 2, content.rindex(b"moov")):
        path.write_bytes(content[:length])
        with pytest.raises(RecordingError, match="if it was cut off, get the whole file anew") as caught:
            open_footage(path)
        assert "--repair" not in str(caught.value)


def test_a_folder_of_any_name(tmp_path: Path) -> None:
    save(tmp_path / "name" / "0.png", 7)
    folder = (tmp_path / "name").rename(tmp_path / os.fsdecode(b"na\xff\nme"))
    with closing(open_footage(folder)) as footage:
        assert footage.card.map == "na\\xff\\nme"
        assert json_of(footage.card)


def test_hidden_images_and_the_sheet_of_a_comparison_are_none_of_the_footage(tmp_path: Path) -> None:
    for name in ("1.jpg", ".2.jpg", "._1.jpg", "compare.png"):
        save(tmp_path / name, 10)
    assert greys(tmp_path) == [10]


def test_what_pictures_do_not_tell_is_not_known(tmp_path: Path) -> None:
    save(tmp_path / "0.png", 7)
    with closing(open_footage(tmp_path)) as footage:
        [row] = viewed_numbers(footage, AsLogged(footage), range(1), Skips(footage))
    assert {name for name, value in row.items() if value is not None} == {"time_s", "frame"}
    assert set(row) == set(COLUMNS)


def test_what_cannot_be_shown_is_counted_and_told(tmp_path: Path) -> None:
    for number in range(6):
        save(tmp_path / f"{number}.jpg", 10, width=64 if number != 3 else 80)
    whole = (tmp_path / "2.jpg").read_bytes()
    (tmp_path / "2.jpg").write_bytes(whole[: len(whole) // 3])
    with closing(open_footage(tmp_path)) as footage:
        skips = Skips(footage)
        shown = [step.frame.index for _, step in played(footage, AsLogged(footage), range(6), skips, batch=4)]
    assert shown == [0, 1, 3, 4, 5]
    damaged, sizes = skips.lines()
    assert damaged.startswith("skipped 1: damaged steps (the first: ")
    assert "2.jpg: cannot be read as an image" in damaged
    assert sizes == "1 pictures of another size than the first, fitted into it"


OPEN_EACH = """
import sys
from pathlib import Path
from agent.errors import RecordingError
from agent.footage import open_footage
from scripts.replay_repair import repair
for name in sys.argv[1:]:
    for use in (open_footage, repair):
        try:
            use(Path(name))
        except RecordingError as error:
            print(error)
"""


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    """In a process of its own: one that waits for a pipe cannot be told to stop."""
    for folder in ("run", "images", "tub"):
        (tmp_path / folder).mkdir()
    pipes = ["a.mp4", "a.mcap", "a", "run/run.mcap", "run/drive.mp4", "images/1.png", "images/driving_log.csv"]
    for name in [*pipes, "tub/catalog_0.catalog", "tub/manifest.json"]:
        os.mkfifo(tmp_path / name)
    sources = [str(tmp_path / name) for name in ("a.mp4", "a.mcap", "a", "run", "images", "tub")]
    command = [sys.executable, "-c", OPEN_EACH, *sources]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout.splitlines()
    assert len(said) == 2 * len(sources), done.stdout + done.stderr
    assert all("neither a file nor a folder: wanted a run folder" in line for line in said[:6])
    assert "1.png: cannot be read as an image (no file)" in said[8]


def test_what_is_no_footage(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(4000))
    with VideoWriter(tmp_path / "bare.mp4", 64, 48, 20):
        pass
    save(tmp_path / "small" / "a.png", 1, width=8, height=8)
    bomb = bytearray(cv2.imencode(".png", np.zeros((32, 32, 3), np.uint8))[1].tobytes())
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    (tmp_path / "bomb").mkdir()
    (tmp_path / "bomb" / "a.png").write_bytes(bomb)
    (tmp_path / "a.csv").write_text("1,2\n")
    with VideoWriter(tmp_path / "cut.mp4", 64, 48, 20) as video:
        video.write(np.zeros((48, 64, 3), np.uint8), 0.0)
    whole = (tmp_path / "cut.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: whole.rindex(b"moov")])
    for name, said in (
        ("missing", "No such file"),
        ("empty", "nothing to replay"),
        ("noise.mp4", "cannot be read as a video"),
        ("bare.mp4", "without a picture|cannot be read"),
        ("small", "8x8, wanted 16 px a side"),
        ("bomb", "60000x60000, wanted"),
        ("a.csv", "wanted a run folder, a .mcap, a video .*, a folder of images or a tub"),
        ("cut.mp4", "--repair may save its pictures"),
    ):
        with pytest.raises(RecordingError, match=said) as caught:
            open_footage(tmp_path / name)
        assert "\n" not in str(caught.value)
