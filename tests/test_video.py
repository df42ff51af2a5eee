from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from agent.errors import RecordingError
from agent.types import Picture
from viz.video import VideoWriter, read_video

WRITES = """
import resource, sys
from pathlib import Path
import numpy as np
from viz.video import VideoWriter
path, count, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
picture = np.random.default_rng(0).integers(0, 256, (96, 160, 3), np.uint8)
"""
UNTIL_KILLED = (
    WRITES
    + """
writer = VideoWriter(path, 160, 96, 20, {"card": "kept"})
for number in range(count):
    writer.write(np.roll(picture, number, axis=1), number / 20)
print("written", flush=True)
sys.stdin.read()
"""
)
UNTIL_FULL = (
    WRITES
    + """
from agent.errors import RecordingError
try:
    with VideoWriter(path, 160, 96, 20) as writer:
        for number in range(count):
            writer.write(np.roll(picture, number, axis=1), number / 20)
except RecordingError as error:
    print(error)
    sys.exit(2)
"""
)


def picture(number: int, width: int = 160, height: int = 96) -> Picture:
    """A smooth ramp with a number on it: what a codec keeps well."""
    rows, columns = np.mgrid[0:height, 0:width]
    made = np.stack([columns * 255 // width, rows * 255 // height, np.full_like(rows, 90)], axis=-1).astype(np.uint8)
    cv2.putText(made, str(number), (10, height - 10), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
    return made


def top_boxes(path: Path) -> list[str]:
    """Types of the outermost boxes of an mp4 (ISO/IEC 14496-12)."""
    content, at, boxes = path.read_bytes(), 0, []
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        boxes.append(content[at + 4 : at + 8].decode())
        at += int.from_bytes(content[at + 8 : at + 16], "big") if size == 1 else size
    return boxes


def test_pictures_come_back_at_their_simulation_times(tmp_path: Path) -> None:
    times_s = [0.0, 0.05, 0.1, 0.125, 0.5, 0.501, 3.0, 3.05]  # steps of many lengths
    with VideoWriter(tmp_path / "a.mp4", 160, 96, 20) as writer:
        for number, time_s in enumerate(times_s):
            writer.write(picture(number), time_s)
    read = list(read_video(tmp_path / "a.mp4"))
    assert [time_s for time_s, _ in read] == pytest.approx(times_s, abs=1 / 90_000)
    for number, (_, seen) in enumerate(read):
        assert np.abs(seen.astype(int) - picture(number)).mean() < 4
        assert not seen.flags.writeable


def test_a_run_may_begin_at_any_time(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 160, 96, 20) as writer:
        for number in range(30):
            writer.write(picture(number), 12.5 + number / 20)
    times_s = [time_s for time_s, _ in read_video(tmp_path / "a.mp4")]
    assert times_s == pytest.approx([12.5 + number / 20 for number in range(30)], abs=1 / 90_000)


@pytest.mark.parametrize("rgb", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 120, 40)])
def test_colors_survive(tmp_path: Path, rgb: tuple[int, int, int]) -> None:
    plain = np.empty((64, 64, 3), np.uint8)
    plain[:] = rgb
    with VideoWriter(tmp_path / "a.mp4", 64, 64, 20) as writer:
        writer.write(plain, 0.0)
    [(_, seen)] = read_video(tmp_path / "a.mp4")
    assert np.abs(seen.astype(int) - plain).max() <= 5


def test_a_closed_file_is_what_browsers_play(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 160, 96, 20, {"card": '{"map": "loop"}', "own key": "ä"}) as writer:
        for number in range(50):
            writer.write(picture(number), number / 20)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context
        assert (codec.name, codec.profile, codec.pix_fmt, codec.codec_tag) == (
            "h264",
            "Constrained Baseline",
            "yuv420p",
            "avc1",
        )
        assert stream.frames == 50
        assert float(stream.duration * stream.time_base) == pytest.approx(2.5, abs=0.06)
        assert container.metadata["card"] == '{"map": "loop"}'
        assert container.metadata["own key"] == "ä"
        keys = [packet.pts for packet in container.demux(stream) if packet.is_keyframe]
    assert keys == list(range(0, 225_000, 45_000))  # two a second: seeking is quick, little is lost
    boxes = top_boxes(path)
    assert boxes.count("moov") == 1
    assert "moof" not in boxes


@pytest.mark.parametrize(("width", "height"), [(161, 96), (160, 97), (33, 17)])
def test_odd_sizes_lose_a_pixel(tmp_path: Path, width: int, height: int) -> None:
    with VideoWriter(tmp_path / "a.mp4", width, height, 20) as writer:
        writer.write(picture(1, width, height), 0.0)
    [(_, seen)] = read_video(tmp_path / "a.mp4")
    assert seen.shape == (height // 2 * 2, width // 2 * 2, 3)


def test_a_picture_may_change_after_it_was_handed_over(tmp_path: Path) -> None:
    canvas = np.zeros((96, 160, 3), np.uint8)
    with VideoWriter(tmp_path / "a.mp4", 160, 96, 20) as writer:
        for number in range(40):
            canvas[:] = number * 6
            writer.write(canvas, number / 20)
    for number, (_, seen) in enumerate(read_video(tmp_path / "a.mp4")):
        assert abs(float(seen.mean()) - number * 6) < 3


def test_wrong_pictures_and_times_are_refused(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 160, 96, 20) as writer:
        writer.write(picture(0), 1.0)
        with pytest.raises(ValueError, match="wanted uint8"):
            writer.write(picture(0, 96, 160), 2.0)
        with pytest.raises(ValueError, match="wanted uint8"):
            writer.write(picture(0).astype(np.float32), 2.0)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="does not follow"):
            writer.write(picture(0), 1.0)
    with pytest.raises(ValueError, match="wanted 2x2"):
        VideoWriter(tmp_path / "b.mp4", 1, 96, 20)
    with pytest.raises(ValueError, match="positive rate"):
        VideoWriter(tmp_path / "b.mp4", 160, 96, 0)


def test_kill_9_loses_less_than_a_fragment_and_the_queue(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    command = [sys.executable, "-c", UNTIL_KILLED, str(path), "100", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writing:
        assert writing.stdout is not None
        assert writing.stdout.readline() == b"written\n"
        writing.kill()
    assert writing.returncode == -signal.SIGKILL
    read = list(read_video(path))
    assert 100 - 20 - 8 - 1 <= len(read) <= 100
    assert [time_s for time_s, _ in read] == pytest.approx([number / 20 for number in range(len(read))])
    with av.open(str(path)) as container:
        assert container.metadata["card"] == "kept"


@pytest.mark.parametrize(("limit", "readable"), [(10, 0), (1_000, 0), (200_000, 20), (1_000_000, 100)])
def test_a_full_disk_is_one_line_and_leaves_a_readable_file(tmp_path: Path, limit: int, readable: int) -> None:
    path = tmp_path / "a.mp4"
    command = [sys.executable, "-c", UNTIL_FULL, str(path), "400", str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert "a.mp4: the video cannot be written (File too large): free some space" in done.stdout
    if readable:
        assert len(list(read_video(path))) >= readable


def test_a_disk_that_fills_up_while_closing(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    run = [sys.executable, "-c", UNTIL_FULL]
    assert subprocess.run([*run, str(whole), "50", "0"], timeout=120, check=False).returncode == 0
    limit = str(whole.stat().st_size - 500)  # inside the index that closing writes
    done = subprocess.run([*run, str(cut), "50", limit], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stdout
    assert len(list(read_video(cut))) == 50


def test_a_removed_file_is_told_with_what_helps(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"\(the file was removed\): .* left alone") as caught:
        with VideoWriter(tmp_path / "a.mp4", 160, 96, 20) as writer:
            (tmp_path / "a.mp4").unlink()
            for number in range(40):
                writer.write(picture(number), number / 20)
    assert "free some space" not in str(caught.value)


def test_unwritable_places(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.mp4").mkdir()
    for path in (tmp_path / "no such folder" / "a.mp4", tmp_path / "file" / "a.mp4", tmp_path / "folder.mp4"):
        with pytest.raises(RecordingError, match="cannot be written"):
            VideoWriter(path, 160, 96, 20)


def test_an_error_of_the_run_is_not_hidden_by_closing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), VideoWriter(tmp_path / "a.mp4", 160, 96, 20) as writer:
        writer.write(picture(0), 0.0)
        raise KeyError
    assert len(list(read_video(tmp_path / "a.mp4"))) == 1


def test_a_video_without_a_picture_closes(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 160, 96, 20):
        pass
    assert list(read_video(tmp_path / "a.mp4")) == []


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    for name in ("empty.mp4", "noise.mp4", "missing.mp4"):
        with pytest.raises(RecordingError, match=f"{name}: cannot be read as a video"):
            list(read_video(tmp_path / name))


def test_a_cut_video_reads_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    command = [sys.executable, "-c", UNTIL_FULL, str(path), "400", "500000"]
    assert subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 2
    content, counts = path.read_bytes(), []
    for keep in (0.3, 0.6, 0.9, 0.999):
        path.write_bytes(content[: int(len(content) * keep)])
        counts.append(len(list(read_video(path))))
    assert counts == sorted(counts)
    assert counts[0] >= 10
    assert counts[-1] > counts[0]
