"""What the flags of a replay may ask for together, what of it, and where it is put."""

from __future__ import annotations

import csv
import io
import json
import re
from argparse import Namespace
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from agent.comparison import Comparison
from agent.errors import ConfigError, RecordingError, UserError
from agent.footage import open_footage
from agent.log.records import json_of
from agent.stopping import Stop
from agent.training.records import ShardWriter, read_listing
from scripts.replay import run
from scripts.replay_check import check
from scripts.replay_flags import parse
from scripts.replay_names import made_names
from tests.logs import CARD, make_steps, write_log
from tests.seeded_models import write_model
from viz.video import VideoWriter, read_video

Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("tensorflow_as_it_is")


def flags_of(*arguments: object) -> Namespace:
    return parse([*map(str, arguments), "--no-display"])


def replay(*arguments: object) -> None:
    run(flags_of(*arguments), Stop())


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 90 steps, 3 s, without a video."""
    made = tmp_path_factory.mktemp("flags") / "run"
    made.mkdir()
    write_log(made / "run.mcap", make_steps(90, every=3))
    return made


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "a", seed=3)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--compare", "b", "--out", "c.txt"], "--out is c.txt, wanted .mp4, .webm with --compare"),
        (["--compare", "b", "--out", "c.gif"], "--out is c.gif, wanted .mp4, .webm with --compare"),
        (["--compare", "b", "--sheet", "c.jpg"], "--sheet is c.jpg, wanted a .png"),
        (["--clip", "1:2", "--clip-events", "3"], "--clip and --clip-events"),
        (["--csv", "-", "--json", "-"], "--csv - and --json - would both be on the screen: give one of them a file"),
        (["--start", "-1"], "--start is -1, wanted 0 or more"),
        (["--every", "1000000000"], "--every is 1e.09, wanted 1 to 1000000"),
        (["--repair", "--csv", "-"], "--repair .* leave --csv away"),
        (["--repair", "--clip-events", "2"], "--repair .* leave --clip-events away"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_opened(asked: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check(flags_of("nowhere", *asked))


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ([], ["replay.mp4"]),
        (["--clip", "12.5:20"], ["clip-12.50-20.00.mp4"]),
        (["--clip", ":1"], ["clip-0.00-1.00.mp4"]),
        (["--clip", "2:"], ["clip-2.00-end.mp4"]),
        (["--clip-events", "4"], ["clip-events-4s.mp4", "clip-events-4s-01.mp4"]),
        (["--clip-events", "4", "--out", "a.gif"], ["a.gif", "a-01.gif"]),
        (["--info"], []),
        (["--json", "a.json", "--sheet", "a.png"], ["a.png", "a.json"]),
        (["--compare", "b", "--csv", "a.csv"], ["compare.mp4", "compare.png", "a.csv"]),
        (["--compare", "b", "--out", "a.mp4"], ["a.mp4", "a.png"]),
    ],
)
def test_what_is_made_has_a_name(asked: list[str], names: list[str]) -> None:
    assert made_names(flags_of("nowhere", *asked)) == names


def test_clips_of_a_run_do_not_get_in_each_others_way(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "run.mcap"
    source.write_bytes((folder / "run.mcap").read_bytes())
    for clip in ("0:0.2", "0.4:0.6"):
        replay(source, "--clip", clip)
    made = sorted(path.name for path in tmp_path.glob("*.mp4"))
    assert made == ["clip-0.00-0.20.mp4", "clip-0.40-0.60.mp4"]


def test_a_start_beyond_the_end_is_told_where_the_run_ends(folder: Path) -> None:
    for start in ("1e9", "2.99"):
        with pytest.raises(ConfigError, match=r"--start is .*, wanted .* within the run: it goes from 0.00 to 2.97 s"):
            replay(folder, "--start", start, "--info")
    replay(folder, "--start", "2.9", "--info")


def test_a_folder_to_write_into_must_be_there(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for flag, name in (("--out", "a.mp4"), ("--sheet", "a.png"), ("--csv", "a.csv"), ("--json", "a.json")):
        for place, why in (("gone", "does not exist"), ("file", "is no folder")):
            with pytest.raises(RecordingError, match=f"cannot be written .*{place} {why}.* another {flag}"):
                replay(folder, "--info", flag, tmp_path / place / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_part_of_it_is_told_and_nothing_else_is_made(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    before = sorted(folder.iterdir())
    replay(folder, "--clip", "1:2", "--info", "--csv", tmp_path / "a.csv", "--json", "-")
    told = capsys.readouterr().out
    assert "1.00 s, 31 steps" in told
    said = json.loads(told[told.index('{"about"') :])
    assert (said["about"]["steps"], said["about"]["duration_s"], len(said["steps"])) == (31, 1.0, 31)
    rows = rows_of(tmp_path / "a.csv")
    assert [float(rows[at]["time_s"]) for at in (0, -1)] == [1.0, 2.0]
    assert sorted(folder.iterdir()) == before


def test_events_are_listed_with_their_times(folder: Path, capsys: Capture) -> None:
    replay(folder, "--clip", "0:2.5", "--json", "-")
    about = json.loads(capsys.readouterr().out)["about"]
    assert about["events"] == dict(Counter(event["kind"] for event in about["event_list"]))
    with closing(open_footage(folder)) as footage:
        logged = [event for event in footage.timeline.events if event.time_s <= 2.5]
    assert logged
    for event in logged:
        assert {"time_s": pytest.approx(event.time_s, abs=1e-6), "kind": event.kind, "text": event.text} in about[
            "event_list"
        ]


def test_every_event_is_counted(tmp_path: Path, capsys: Capture) -> None:
    """Steps of chance: the steering jumps with most of them, which to jump to from is one event."""
    steps = make_steps(12)
    write_log(tmp_path / "run.mcap", steps)
    replay(tmp_path, "--info")
    turns = np.abs(np.diff([step.control.steer for step in steps]))
    assert f"steering_jump {int((turns >= 0.1).sum())}" in capsys.readouterr().out


def test_a_part_of_it_is_verified_and_exported(folder: Path, model: Path, tmp_path: Path, capsys: Capture) -> None:
    replay(folder, "--clip", "1:2.5", "--export", tmp_path / "data", "--model", model)
    assert "46 frames with steering" in capsys.readouterr().out
    listing = read_listing(tmp_path / "data")
    assert listing is not None and sum(shard["frames"] for shard in listing["shards"]) == 46
    with pytest.raises(RecordingError, match="predictions are not those"):
        replay(folder, "--clip", "1:2.5", "--verify", "--model", model)
    assert "46 predictions recomputed" in capsys.readouterr().out


def test_an_export_that_fails_takes_back_what_it_made(
    folder: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, finish = tmp_path / "data", ShardWriter.finish

    def in_the_way(shard: ShardWriter) -> None:
        """A folder in place of the third shard."""
        finish(shard)
        (data / "replay-000045.partial").mkdir(exist_ok=True)

    monkeypatch.setattr(ShardWriter, "finish", in_the_way)
    with pytest.raises(UserError, match="replay-000045"):
        replay(folder, "--export", data, "--model", model)
    assert [path.name for path in data.iterdir()] == ["replay-000045.partial"]


def test_an_export_goes_into_a_folder_of_its_own(folder: Path, model: Path) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(RecordingError, match=r"is not empty \(.* is in it\): choose another --export"):
        replay(folder, "--export", folder, "--model", model)
    assert sorted(folder.iterdir()) == before


def test_a_comparison_in_numbers_and_inside_the_folder_it_is_of(
    folder: Path, model: Path, tmp_path: Path, capsys: Capture
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number, step in enumerate(make_steps(6)):
        cv2.imwrite(str(images / f"{number}.png"), step.frame.image)
    replay(images, "--model", model, "--compare", "pilotnet", "--csv", tmp_path / "c.csv", "--json", "-")
    said, rows = json.loads(capsys.readouterr().out), rows_of(tmp_path / "c.csv")
    assert len(rows) == len(said["steps"]) == said["about"]["steps"] == 6
    assert list(rows[0]) == ["time_s", "frame", "steer_a", "steer_b", "difference", "rank_correlation"]
    for row, step in zip(rows, said["steps"], strict=True):
        assert {name: float(value) for name, value in row.items()} == pytest.approx(step)
        assert step["difference"] == pytest.approx(abs(step["steer_a"] - step["steer_b"]))
    assert [network["model"] for network in said["about"]["networks"]] == ["a", "pilotnet"]
    assert {path.name for path in images.iterdir()} > {"compare.mp4", "compare.png"}
    replay(images, "--info")  # the sheet is no picture of it
    assert " 6 steps of " in capsys.readouterr().out


def test_moments_of_disagreement_lie_apart() -> None:
    """Not one moment, frame by frame; and no more than there are."""
    result = Comparison(4)
    for number, step in enumerate(make_steps(70)):
        apart = 0.5 if number in (3, 4, 5) else 0.4 if number == 50 else 0.001 * number
        other = replace(step, control=replace(step.control, steer=max(-1.0, step.control.steer - apart)))
        result.add(number, step, other)
    assert [found.number for found in result.worst()][1:] == [50]
    assert result.worst()[0].number in (3, 4, 5)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A video of a run with its HUD, as a drive leaves it."""
    made = tmp_path / "drive.mp4"
    with VideoWriter(made, 320, 180, 30, {"run": json_of(CARD).decode()}) as video:
        for number, step in enumerate(make_steps(30)):
            video.write(step.frame.image, number / 30)
    return made


@pytest.mark.parametrize("name", ["c.mp4", "c.webm"])
def test_a_recorded_hud_is_shown_as_it_is(recorded: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "run").mkdir()
    source = recorded.rename(tmp_path / "run" / "drive.mp4").parent
    replay(source, "--clip", "0:0.5", "--out", tmp_path / name)
    clip, whole = list(read_video(tmp_path / name)), list(read_video(source / "drive.mp4"))
    assert len(clip) == 16
    assert all(np.abs(a[1].astype(int) - b[1]).mean() < 6 for a, b in zip(clip, whole, strict=False))
    with av.open(str(tmp_path / name)) as container:
        facts = {key.lower(): value for key, value in container.metadata.items()}
    assert facts["run"] == json_of(CARD).decode()
    assert facts["replay_of"] == str(source / "drive.mp4")
    assert float(facts["clip_of_s"]) == 0.0


def test_a_network_that_looks_at_a_recorded_hud_is_warned_of(
    recorded: Path, model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    replay(recorded, "--csv", tmp_path / "plain.csv")
    assert not caplog.records
    replay(recorded, "--model", model, "--csv", tmp_path / "seen.csv")
    [warning] = caplog.messages
    assert "its pictures hold a HUD already" in warning
    plain, seen = (rows_of(tmp_path / f"{name}.csv") for name in ("plain", "seen"))
    assert {row["steer"] for row in plain} == {""}
    assert all(abs(float(row["steer"])) <= 1 for row in seen)


def test_a_clip_of_a_plain_video_is_drawn_unless_nothing_is_to_be(tmp_path: Path, model: Path, capsys: Capture) -> None:
    with VideoWriter(tmp_path / "plain.mp4", 320, 180, 30) as video:
        for number, step in enumerate(make_steps(30)):
            video.write(step.frame.image, number / 30)
    replay(tmp_path / "plain.mp4", "--clip", "0:0.5", "--out", tmp_path / "a.mp4")
    assert "copied" not in capsys.readouterr().out
    replay(tmp_path / "plain.mp4", "--clip", "0:0.5", "--no-hud", "--no-overlay", "--out", tmp_path / "b.mp4")
    assert "16 frames copied" in capsys.readouterr().out
    whole = [picture for _, picture in read_video(tmp_path / "plain.mp4")]
    drawn, copied = ([picture for _, picture in read_video(tmp_path / name)] for name in ("a.mp4", "b.mp4"))
    assert np.array_equal(copied[9], whole[9])
    assert np.abs(drawn[9].astype(int) - whole[9]).mean() > 6


def test_a_clip_that_cannot_be_small_enough_leaves_nothing(tmp_path: Path, capsys: Capture) -> None:
    with VideoWriter(tmp_path / "long.mp4", 320, 180, 2, {"run": json_of(CARD).decode()}) as video:
        for number in range(20):
            video.write(np.random.default_rng(number).integers(0, 256, (180, 320, 3), np.uint8), number / 2)
    for drawn in ((), ("--width", 318)):  # or copied
        with pytest.raises(RecordingError, match="does not fit into 0.01 MB"):
            replay(tmp_path / "long.mp4", "--clip", "0:9", "--max-mb", 0.01, "--out", tmp_path / "a.mp4", *drawn)
        assert not (tmp_path / "a.mp4").exists()
    replay(tmp_path / "long.mp4", "--clip", "0:9", "--max-mb", 0.3, "--out", tmp_path / "b.mp4")
    assert re.search(r"copied from 0.00 s on: .*b.mp4 \(0.\d\d MB, encoded again to fit\)", capsys.readouterr().out)


def test_the_count_of_an_animation_is_that_of_its_pictures(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    replay(folder, "--clip", "0:1", "--out", tmp_path / "a.gif", "--max-mb", 0.2)
    said = capsys.readouterr().out
    assert said.startswith(f"11 frames: {tmp_path / 'a.gif'} (0.")
    assert "made smaller to fit: " in said
