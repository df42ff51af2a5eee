"""What replays leave behind, through the door: clips, animations, comparisons, repaired files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from agent.errors import RecordingError, UserError
from agent.footage import open_footage
from agent.footage.footage import weather_of
from agent.log import LogWriter, read_log
from agent.log.records import json_of
from agent.replay import AsLogged, Skips
from agent.run_folder import WEATHER
from agent.stopping import Stop
from agent.types import Control, Picture
from scripts.replay import run
from scripts.replay_flags import parse
from scripts.replay_render import pictures
from scripts.replay_views import view_of
from tests.logs import CARD, make_steps, network_input, write_log
from tests.seeded_models import write_model
from viz.clip import copy_video
from viz.hud import Hud
from viz.video import VideoWriter, read_video

COUNT, FPS = 120, 30
Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("tensorflow_as_it_is")


def replay(*arguments: object) -> None:
    run(parse([*map(str, arguments), "--no-display"]), Stop())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 4 s with its video: a collision at 1 s, a lane invasion at 3 s, straight on."""
    made = tmp_path_factory.mktemp("made") / "run"
    made.mkdir()
    hud = Hud(320, 180, CARD)
    with LogWriter(made / "run.mcap", CARD) as log, VideoWriter(made / "drive.mp4", 320, 180, FPS) as video:
        for number, step in enumerate(make_steps(COUNT, every=3)):
            calm = replace(step.frame.telemetry, collision_ns=0.0, invaded_lanes=())
            telemetry = {30: replace(calm, collision_ns=900.0), 90: replace(calm, invaded_lanes=("Solid",))}.get(number)
            moment = replace(
                step, frame=replace(step.frame, telemetry=telemetry or calm), control=Control(0.0, 0.5, 0.0)
            )
            log.write(moment, network_input(number))
            video.write(hud.draw(moment), moment.frame.time_s)
        (made / "killed.mp4").write_bytes((made / "drive.mp4").read_bytes())  # what a killed writer leaves
    return made


def pictures_of(path: Path) -> list[tuple[float, Picture]]:
    return list(read_video(path))


def alike(one: Picture, other: Picture) -> bool:
    return float(np.abs(one.astype(int) - other).mean()) < 12


def test_a_clip_of_what_is_there_is_copied(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    replay(folder, "--clip", "1.7:2.5", "--out", tmp_path / "c.mp4")
    assert "31 frames copied from 1.50 s on" in capsys.readouterr().out  # half a second begins with a key frame
    whole, clip = pictures_of(folder / "drive.mp4"), pictures_of(tmp_path / "c.mp4")
    assert [picture.tobytes() for _, picture in clip] == [picture.tobytes() for _, picture in whole[45:76]]
    assert clip[0][0] == pytest.approx(0, abs=1e-3)


def test_a_clip_says_the_weather_it_begins_with(tmp_path: Path) -> None:
    """Copied from the run's video, which says that of the run's beginning, or drawn anew."""
    facts = {"run": json_of(CARD).decode(), WEATHER: "ClearNoon"}
    with (
        LogWriter(tmp_path / "run.mcap", CARD) as log,
        VideoWriter(tmp_path / "drive.mp4", 320, 180, FPS, facts) as video,
    ):
        for number, step in enumerate(make_steps(40)):
            telemetry = replace(step.frame.telemetry, weather="SoftRainNoon" if number >= 20 else "ClearNoon")
            log.write(replace(step, frame=replace(step.frame, telemetry=telemetry)), network_input(number))
            video.write(step.frame.image, step.frame.time_s)
    for name, clip, weather in (
        ("early.mp4", "0:0.4", "ClearNoon"),
        ("late.mp4", "0.9:1.2", "SoftRainNoon"),
        ("late.webm", "0.9:1.2", "SoftRainNoon"),
    ):
        replay(tmp_path, "--clip", clip, "--out", tmp_path / name)
        with closing(open_footage(tmp_path / name)) as footage:
            assert (weather_of(footage, range(1)), footage.card) == (weather, CARD), name


def test_a_clip_that_is_drawn_anew(folder: Path, tmp_path: Path) -> None:
    replay(folder, "--clip", "1.5:2.5", "--no-hud", "--no-overlay", "--out", tmp_path / "c.webm")
    clip = pictures_of(tmp_path / "c.webm")
    assert [time_s for time_s, _ in clip] == pytest.approx([number / FPS for number in range(31)], abs=2e-3)
    steps = list(read_log(folder / "run.mcap"))
    assert all(alike(clip[at][1], steps[45 + at].step.frame.image) for at in range(31))
    with av.open(str(tmp_path / "c.webm")) as container:
        assert container.streams.video[0].codec_context.name == "vp9" or "vp9" in container.streams.video[0].codec.name


def test_a_clip_looks_as_if_one_had_watched(folder: Path) -> None:
    """The overlay's scale and the trends are those of the whole run, to the bit."""
    flags = parse([str(folder), "--palette", "lagoon", "--no-display"])
    with closing(open_footage(folder)) as footage:
        whole, clip = (
            [picture for _, picture in pictures(flags, footage, AsLogged(footage), part, Skips(footage))]
            for part in (range(100), range(70, 100))
        )
    assert len(clip) == 30
    assert all(map(np.array_equal, clip, whole[70:]))


def test_a_clip_that_is_explained_anew_has_the_scale_of_the_whole(folder: Path) -> None:
    flags = parse([str(folder), "--method", "grad_cam", "--no-display"])
    with closing(open_footage(folder)) as footage:
        view = view_of(flags, footage)
        whole, clip = (
            [picture for _, picture in pictures(flags, footage, view, part, Skips(footage))]
            for part in (range(100), range(70, 100))
        )
    apart = [np.abs(one.astype(int) - other).max() for one, other in zip(clip, whole[70:], strict=True)]
    assert max(apart) <= 2  # sums in batches of another size


@pytest.mark.parametrize("suffix", [".gif", ".png"])
def test_a_clip_for_a_readme(folder: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"c{suffix}"
    replay(folder, "--clip", "1:2", "--width", 160, "--out", path, "--max-mb", 0.15)
    assert path.stat().st_size <= 150_000
    read, animation = cv2.imreadanimation(str(path))
    assert read
    assert len(animation.frames) == 11  # ten a second
    shown = animation.frames[0][..., 2::-1]
    assert shown.shape[1] <= 160
    assert shown.shape[1] / shown.shape[0] == pytest.approx(16 / 9, rel=0.05)
    steps = list(read_log(folder / "run.mcap"))
    top = cv2.resize(steps[30].step.frame.image, shown.shape[1::-1], interpolation=cv2.INTER_AREA)
    middle = slice(shown.shape[0] // 3 + 3, shown.shape[0] // 2 - 2)
    assert np.abs(shown[middle].astype(int) - top[middle]).mean() < 60  # the glow of noise lies over it


def test_a_clip_that_is_too_large(folder: Path, tmp_path: Path) -> None:
    replay(folder, "--clip", "0:3", "--palette", "lagoon", "--out", tmp_path / "c.mp4", "--max-mb", 0.1)
    assert (tmp_path / "c.mp4").stat().st_size <= 100_000
    assert len(pictures_of(tmp_path / "c.mp4")) == 91
    with pytest.raises(UserError, match="MB") as caught:
        replay(folder, "--clip", "0:3", "--out", tmp_path / "d.gif", "--max-mb", 0.01)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "d.gif").exists()


def test_a_clip_around_each_event(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    replay(folder, "--clip-events", 0.4, "--no-overlay", "--out", tmp_path / "e.mp4")
    assert len(re.findall(r"frames: .*e-0[12]\.mp4", capsys.readouterr().out)) == 2
    steps = list(read_log(folder / "run.mcap"))
    for name, middle in (("e-01.mp4", 30), ("e-02.mp4", 90)):
        clip = pictures_of(tmp_path / name)
        assert len(clip) == 13
        hud = Hud(320, 180, CARD)
        hud.overlay = False
        drawn = [hud.draw(steps[number].step) for number in range(middle - 6, middle + 7)]
        assert all(alike(picture, wanted) for (_, picture), wanted in zip(clip, drawn, strict=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e-01.mp4", "e-02.mp4"]


def test_two_networks_on_the_same_frames(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    a, b = write_model(tmp_path / "a", seed=3), write_model(tmp_path / "b", seed=4)
    out = tmp_path / "duel.mp4"
    replay(folder, "--model", a, "--compare", b, "--clip", "0:1.2", "--worst", 4, "--every", 1, "--out", out)
    said = capsys.readouterr().out
    assert re.search(r"^A a [0-9a-f]{12}, B b [0-9a-f]{12}\n37 frames: ", said)
    shown = pictures_of(out)
    assert len(shown) == 37
    assert shown[0][1].shape == (300, 644, 3)
    steps = list(read_log(folder / "run.mcap"))
    left, right = shown[20][1][62:100, :320], shown[20][1][62:100, 324:]
    assert not np.array_equal(left, right)  # each has its own glow
    assert alike(shown[20][1][62:100, :320] // 8, steps[20].step.frame.image[62:100] // 8)
    sheet = cv2.imread(str(tmp_path / "duel.png"))
    assert sheet.shape[1] in (864, 1716)  # one moment or two: they lie a second apart
    with pytest.raises(RecordingError, match="is there already"):
        replay(folder, "--model", a, "--compare", b, "--clip", "0:1", "--out", out)


def test_a_cut_off_run_is_mended_beside_the_old_files(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    cut = {name: (folder / name).read_bytes()[: (folder / name).stat().st_size * 2 // 3] for name in ("run.mcap",)}
    cut["drive.mp4"] = (folder / "killed.mp4").read_bytes()
    for name, content in cut.items():
        (tmp_path / name).write_bytes(content)
    replay(tmp_path, "--repair")
    said = capsys.readouterr().out
    assert all((tmp_path / name).read_bytes() == content for name, content in cut.items())
    mended = read_log(tmp_path / "run.repaired.mcap")
    assert mended.complete
    assert COUNT // 2 < len(list(mended)) < COUNT
    assert f"{mended.count} steps: {tmp_path / 'run.repaired.mcap'}" in said
    with closing(open_footage(tmp_path / "drive.repaired.mp4")) as video:
        assert f"{len(video)} pictures" in said
        whole = pictures_of(folder / "drive.mp4")
        assert COUNT - 2 * FPS <= len(video) < COUNT
        assert np.array_equal(video.step(40).step.frame.image, whole[40][1])
    with pytest.raises(RecordingError, match="is there already"):
        replay(tmp_path, "--repair")


def test_the_size_of_a_video_and_how_it_ends_are_told(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    """Of one that is played, and of one beside the log that is."""
    shutil.copy(folder / "run.mcap", tmp_path)
    whole, killed = ((folder / name).read_bytes() for name in ("drive.mp4", "killed.mp4"))
    for content, ending, opens in (
        (whole, "whole", True),
        (killed, "in fragments, never closed by its writer", True),
        (killed[:-100], "cut off, its last box lacks 100 bytes", True),
        (whole[:-100], "cut off, its last box lacks 100 bytes", False),
        (whole[: whole.rindex(b"moov") - 4], "damaged, it has no index", False),
        (b"no video", "no mp4", False),
    ):
        (tmp_path / "drive.mp4").write_bytes(content)
        replay(tmp_path, "--info")
        told = capsys.readouterr().out
        assert ("video        drive.mp4 beside the log: " + ending in told) == (ending != "whole"), ending
        if opens:
            replay(tmp_path / "drive.mp4", "--info")
            told = capsys.readouterr().out
            assert f"file         {len(content) / 1e6:.1f} MB\nintegrity    {ending}\n" in told


def test_a_video_whose_index_is_cut_off_is_a_line_and_can_be_mended(folder: Path, tmp_path: Path) -> None:
    """A closed one has its index at the end; the fragments it was recorded in are still there."""
    content, cut, told = (folder / "drive.mp4").read_bytes(), tmp_path / "cut.mp4", set()
    for missing in range(30, 3000, 30):
        cut.write_bytes(content[:-missing])
        try:
            replay(cut, "--info")
        except RecordingError as error:
            told.add(str(error).removeprefix(f"{cut}: "))
        if missing % 270 == 30:
            replay(cut, "--repair")
            assert cut.read_bytes() == content[:-missing]
            (tmp_path / "cut.repaired.mp4").replace(tmp_path / "mended.mp4")
            assert len(pictures_of(tmp_path / "mended.mp4")) >= COUNT - 2
    assert "its index is cut off, nothing in it can be read: --repair may save its pictures" in told
    assert not any("\n" in line for line in told)


def test_a_video_whose_index_was_overwritten_loses_nothing(folder: Path, tmp_path: Path) -> None:
    content = (folder / "drive.mp4").read_bytes()
    index, noise = content.rindex(b"moov"), np.random.default_rng(0)
    whole = pictures_of(folder / "drive.mp4")
    for number, begin in enumerate(range(index - 4, len(content) - 64, (len(content) - index) // 6)):
        path = tmp_path / f"{number}.mp4"
        end = min(begin + 300, len(content))
        path.write_bytes(content[:begin] + noise.bytes(end - begin) + content[end:])
        replay(path, "--repair")
        mended = pictures_of(path.with_suffix(".repaired.mp4"))
        assert [time_s for time_s, _ in mended] == pytest.approx([time_s for time_s, _ in whole])
        assert all(np.array_equal(one, other) for (_, one), (_, other) in zip(mended, whole, strict=True))


COPY_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from agent.errors import RecordingError
from viz.clip import copy_video, mend_video
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
for copy in (copy_video, mend_video):
    try:
        copy(Path(sys.argv[1]), Path(sys.argv[2]))
    except RecordingError as error:
        print(error)
"""


@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_a_copy_on_a_full_disk_is_a_line_and_no_file(folder: Path, tmp_path: Path, share: float) -> None:
    source, target = folder / "drive.mp4", tmp_path / "c.mp4"
    copy_video(source, target)
    limit = str(int(target.stat().st_size * share))
    target.unlink()
    command = [sys.executable, "-c", COPY_ON_A_FULL_DISK, str(source), str(target), limit]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.count("cannot be copied") == 2, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_decode_is_left_out_of_a_mended_video(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    """Up to the next key frame: every half second has one."""
    content, path = (folder / "drive.mp4").read_bytes(), tmp_path / "d.mp4"
    with av.open(str(folder / "drive.mp4")) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.pts is not None]
    middle = (places[50] + places[51]) // 2  # within picture 50, of the pictures 45 to 59 between two key frames
    path.write_bytes(content[: middle - 600] + np.random.default_rng(0).bytes(1200) + content[middle + 600 :])
    replay(path, "--repair")
    said = capsys.readouterr().out
    whole, mended = pictures_of(folder / "drive.mp4"), pictures_of(tmp_path / "d.repaired.mp4")
    count = len(mended)
    assert COUNT - 15 <= count < COUNT - 8
    assert f"{count} pictures: {tmp_path / 'd.repaired.mp4'} (left out: {COUNT - count} that cannot" in said
    assert all(np.array_equal(one[1], other[1]) for one, other in zip(mended[-60:], whole[-60:], strict=True))
    assert all(np.array_equal(one[1], other[1]) for one, other in zip(mended[:45], whole[:45], strict=True))


def test_a_log_of_which_nothing_can_be_saved_is_an_error_and_no_file(tmp_path: Path) -> None:
    log = write_log(tmp_path / "run.mcap", make_steps(3))
    log.write_bytes(log.read_bytes().replace(b"rgb8", b"rgb9"))  # no checksum fits any more
    with pytest.raises(RecordingError, match="no step of it can be saved"):
        replay(log, "--repair")
    assert [path.name for path in tmp_path.iterdir()] == ["run.mcap"]


def test_a_video_without_index_and_head_is_a_line(folder: Path, tmp_path: Path) -> None:
    content, path = (folder / "drive.mp4").read_bytes(), tmp_path / "lost.mp4"
    path.write_bytes(bytes(4096) + content[4096 : content.rindex(b"moov")])
    with pytest.raises(RecordingError, match="nothing in it can be saved"):
        replay(path, "--repair")
    assert [each.name for each in tmp_path.iterdir()] == ["lost.mp4"]
