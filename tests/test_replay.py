from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.errors import ConfigError, UserError
from agent.footage import Footage, open_footage
from agent.footage.logged import LogFootage
from agent.log import LogWriter, read_log
from agent.loop import drive
from agent.model import SteeringModel
from agent.provenance import changes, provenance
from agent.recompute import Recomputed
from agent.replay import Skips, played
from agent.saliency import make_explainer
from agent.stopping import Stop
from agent.types import Saliency, Step
from agent.verify import Verification, verify, what_changed
from scripts.replay import run
from scripts.replay_flags import parse
from tests.fakes import FakeWorld
from tests.logs import CARD, make_steps, write_log
from tests.seeded_models import steering_model, write_model
from viz.hud import Hud
from viz.video import read_video

ROOT = Path(__file__).parent.parent


def replay(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.replay", *map(str, arguments)]
    inherited = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT, env=inherited | environment
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_log(tmp_path / "run.mcap", make_steps(12, every=3))
    return tmp_path


def test_as_logged_is_what_the_hud_draws_of_the_logged_steps(folder: Path) -> None:
    done = replay(folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"12 frames: {folder / 'replay.mp4'}\n"
    run = read_log(folder / "run.mcap")
    hud = Hud(320, 180, run.card)
    seen = list(read_video(folder / "replay.mp4"))
    assert [time_s for time_s, _ in seen] == pytest.approx([number / 30 for number in range(12)], abs=1e-4)
    drawn = [hud.draw(logged.step).astype(int) for logged in run]
    for number, (_, picture) in enumerate(seen):
        distances = [np.abs(picture - other).mean() for other in drawn]
        assert distances[number] == min(distances) < 10


def test_a_window_and_a_video_at_once(folder: Path) -> None:
    done = replay(folder / "run.mcap", "--out", folder / "mine.mp4", SDL_VIDEODRIVER="dummy")
    assert done.returncode == 0, done.stderr
    assert len(list(read_video(folder / "mine.mp4"))) == 12
    assert not (folder / "replay.mp4").exists()


def test_through_another_network(folder: Path) -> None:
    model = write_model(folder / "other", seed=3)
    done = replay(folder, "--model", model, "--method", "gradient", "--every", 2)
    assert done.returncode == 0, done.stderr
    assert len(list(read_video(folder / "replay.mp4"))) == 12


def test_the_network_that_drove_steers_and_looks_to_the_bit_as_it_did(tmp_path: Path) -> None:
    model = steering_model(seed=1)
    footage, live = driven(tmp_path / "run.mcap", model, every=2)
    with closing(footage):
        _assert_as_live(footage, live, model)


def _assert_as_live(footage: LogFootage, live: list[Step], model: SteeringModel) -> None:
    view = Recomputed(footage, model, method="gradient", layer=None, every=2)
    for number, before in enumerate(live):
        [after] = view([number], [footage.step(number)])
        assert after.control == before.control
        assert before.saliency is not None
        assert after.saliency is not None
        assert after.saliency.map.tobytes() == before.saliency.map.tobytes()
        assert after.saliency.peak == before.saliency.peak
    assert len({step.control.steer for step in live}) > 4  # the frames do differ
    [sought] = view([5], [footage.step(5)])  # in no order: the map of the step before it
    assert sought.saliency is not None
    assert sought.saliency.frame_index == live[4].frame.index


def test_verification_holds_and_names_what_changed(tmp_path: Path) -> None:
    model = steering_model(seed=1)
    footage, _ = driven(tmp_path / "run.mcap", model, every=1)
    with closing(footage):
        _assert_verified(footage, model)


def _assert_verified(footage: LogFootage, model: SteeringModel) -> None:
    found = verify(footage, model, Skips(footage))
    assert (found.broken, found.steer.value, found.steps, found.maps) == ([], 0.0, 8, 8)
    other = steering_model(seed=2)
    other.sha256 = "1" * 64
    found = verify(footage, other, Skips(footage))
    assert found.broken == ["steering", "maps", "peaks"]
    assert found.steer.value > 1e-3
    said = what_changed(footage, other, provenance(other))
    assert said[0].startswith("model: weights 000000000000 when it was logged, 111111111111 now")
    assert any(line.startswith("tensorflow: not recorded") for line in said)
    assert changes(provenance(model), provenance(model)) == []
    assert changes({**provenance(model), "tensorflow": "1.0"}, provenance(model)) == [
        f"tensorflow: 1.0 when it was logged, {provenance(model)['tensorflow']} now"
    ]


def test_maps_that_are_not_those_of_the_network_are_told(tmp_path: Path) -> None:
    """Another map, one that holds no number, one of a peak that was another."""
    model = steering_model(seed=1)
    footage, live = driven(tmp_path / "run.mcap", model, every=2)
    footage.close()
    other = live[2].saliency
    assert other is not None
    nothing = np.full_like(other.map, np.nan)
    for name, wrong, broken in (
        ("map", replace(other, map=other.map[::-1].copy()), ["maps"]),
        ("nan", replace(other, map=nothing), ["maps"]),
        ("size", replace(other, map=other.map[1:].copy()), ["maps"]),
        ("peak", replace(other, peak=other.peak * 1.001), ["peaks"]),
        ("nan_peak", replace(other, peak=float("nan")), ["peaks"]),
    ):
        found = _verified_with(tmp_path / f"{name}.mcap", live, {2: wrong}, model)
        assert (found.broken, found.maps) == (broken, 4), name
        at_s = found.map.at_s if "maps" in broken else found.peak.at_s
        assert at_s == pytest.approx(live[2].frame.time_s)
        assert len(found.lines()) == 1  # every other step has no new map, and misses none


def test_maps_are_compared_by_their_own_method_and_frame(tmp_path: Path) -> None:
    """The method was switched on the way, a slow one explains an earlier frame; what is of neither is told."""
    model = steering_model(seed=1)
    footage, live = driven(tmp_path / "run.mcap", model, every=1)
    footage.close()
    old, stack = live[1].saliency, make_explainer("visual_backprop", None, model)(live[4].frame)
    assert old is not None and stack is not None
    unknown = replace(old, frame_index=1001)
    given = {
        3: old,
        4: stack,
        5: replace(old, method="magic"),
        6: unknown,
        7: replace(old, unit="speed per grey level"),
    }
    found = _verified_with(tmp_path / "switched.mcap", live, given, model)
    assert (found.broken, found.maps, found.steps) == ([], 5, 8)
    [reasons] = found.lines()[1:]
    for told in ("1 maps (unknown saliency method 'magic'", "1 maps (of frames that are not", "1 maps (of speed per"):
        assert told in reasons


def _verified_with(path: Path, live: list[Step], given: dict[int, Saliency], model: SteeringModel) -> Verification:
    """What is found in a log of a drive that was given other maps at some of its steps."""
    steps = [replace(step, saliency=given.get(number, step.saliency)) for number, step in enumerate(live)]
    with LogWriter(path, replace(CARD, model_sha256=model.sha256)) as log:
        for step in steps:
            log.write(step, model.preprocessor(step.frame))
    with closing(LogFootage(path)) as footage:
        return verify(footage, model, Skips(footage))


def test_another_network_sees_the_pictures(folder: Path) -> None:
    model = steering_model(seed=2)
    with closing(open_footage(folder)) as footage:
        _assert_through_pictures(footage, model)


def _assert_through_pictures(footage: Footage, model: SteeringModel) -> None:
    view = Recomputed(footage, model, method="gradient", layer=None, every=4)
    card = view.card
    assert (card.model, card.model_sha256, card.every, card.map) == (model.name, model.sha256, 4, CARD.map)
    for _, step in played(footage, view, range(12), Skips(footage), batch=5):
        seen = model.preprocessor.preprocessing.network_input(step.frame.image)
        assert step.control.steer == pytest.approx(model.steer(seen), abs=1e-6)
        assert step.control.throttle == pytest.approx(footage.step(0).step.control.throttle, abs=1)
    with pytest.raises(ConfigError, match="unknown saliency method 'magic'"):
        Recomputed(footage, model, method="magic", layer=None)


def test_without_saliency_the_card_says_off(folder: Path) -> None:
    """As a live run's card does; and such a log can be recomputed again."""
    for method in ("none", "off"):
        with closing(open_footage(folder)) as footage:
            view = Recomputed(footage, steering_model(seed=5), method=method, layer=None, every=4)
            assert (view.card.method, view.card.layer) == ("off", "")
            assert view([3], [footage.step(3)])[0].saliency is None


def test_wrong_input_is_one_line(folder: Path) -> None:
    (folder / "text.mcap").write_text("no log")
    (folder / "there.mp4").write_text("precious")
    write_log(folder / "empty.mcap", [])
    for arguments, said in (
        ([folder / "missing"], "No such file"),
        ([folder / "text.mcap"], "not a log of a run"),
        ([folder / "empty.mcap"], "holds no step"),
        ([ROOT / "agent"], "nothing to replay"),
        ([folder, "--out", folder / "there.mp4"], "nothing is overwritten"),
        ([folder, "--out", folder / "no" / "such.mp4"], "cannot be written"),
        ([folder, "--out", folder / "film.avi"], "wanted .mp4, .webm, .gif, .png"),
        ([folder, "--every", 0], "--every is 0, wanted 1 or more"),
        ([folder, "--clip", "9:1"], "wanted FROM:TO"),
        ([folder, "--clip", "90:91"], "holds no frame"),
        ([folder, "--alpha", 2], "--alpha is 2, wanted 0 to 1"),
        ([folder, "--sheet", folder / "a.txt"], "wanted a .png"),
        ([folder / "there.mp4"], "cannot be read as a video"),
    ):
        with pytest.raises(UserError, match=said) as caught:
            run(parse([*map(str, arguments), "--no-display"]), Stop())
        assert "\n" not in str(caught.value)
    assert (folder / "there.mp4").read_text() == "precious"
    assert not (folder / "replay.mp4").exists()


def test_the_door_says_what_is_wrong_and_exits_2(folder: Path) -> None:
    done = replay(folder / "missing")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {folder / 'missing'}: the log cannot be read (No such file or directory)\n"
    done = replay(folder, "--model", "no_such_model")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "unknown model 'no_such_model'" in done.stderr
    assert not (folder / "replay.mp4").exists()


def test_ctrl_c_finishes_the_video(tmp_path: Path) -> None:
    write_log(tmp_path / "run.mcap", make_steps(200))
    environment = {**os.environ, "SDL_VIDEODRIVER": "dummy"}  # a window: 200 frames last seven seconds
    command = [sys.executable, "-m", "scripts.replay", str(tmp_path), "--out", str(tmp_path / "a.mp4"), "-v"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        partial = tmp_path / ".a.part.mp4"
        while not partial.exists() or partial.stat().st_size < 10_000:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    count = len(list(read_video(tmp_path / "a.mp4")))
    assert 10 <= count < 200
    assert said == f"stopped, {count} of 200 frames: {tmp_path / 'a.mp4'}\n"
    assert {path.name for path in tmp_path.iterdir()} == {"run.mcap", "a.mp4"}


@pytest.mark.parametrize("made", [["--csv", "a.csv"], ["--json", "a.json"], ["--out", "a.gif"]])
def test_ctrl_c_ends_at_once_what_is_of_no_use_half_done(tmp_path: Path, made: list[str]) -> None:
    write_log(tmp_path / "run.mcap", make_steps(200))  # occlusion takes half a second for each
    model, out = write_model(tmp_path / "model", seed=3), tmp_path / made[1]
    command = [sys.executable, "-m", "scripts.replay", str(tmp_path), "--model", str(model), "--method", "occlusion"]
    with subprocess.Popen(
        [*command, "--no-display", made[0], str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        begun = time.monotonic()
        while not list(tmp_path.glob(".*.part.*")) and time.monotonic() - begun < 6.0:
            time.sleep(0.1)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said, told = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, b"")
    assert told.rstrip().endswith(b"stopped")
    assert {path.name for path in tmp_path.iterdir()} == {"run.mcap", "model"}


@pytest.mark.parametrize("asked", [["--info"], ["--csv", "-"], ["--json", "-"]])
def test_a_full_device_is_a_line(folder: Path, asked: list[str]) -> None:
    command = [sys.executable, "-m", "scripts.replay", str(folder), *asked]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False, cwd=ROOT
        )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be read or written (No space left on device)" in done.stderr


ON_A_SMALL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
from scripts.replay import main
main()
"""


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "a.png"])
def test_a_replay_that_fails_leaves_nothing_in_the_way_of_the_next(folder: Path, name: str) -> None:
    command = [sys.executable, "-c", ON_A_SMALL_DISK, str(folder), "--no-display", "--out", str(folder / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr.count("cannot be written")) == (2, "", 1), done.stderr
    assert [path.name for path in folder.iterdir()] == ["run.mcap"]


def test_a_map_of_a_damaged_picture_is_not_missed(tmp_path: Path) -> None:
    """The steps behind it are shown all the same."""
    for number, step in enumerate(make_steps(6)):
        assert cv2.imwrite(str(tmp_path / f"{number}.jpg"), step.frame.image)
    (tmp_path / "3.jpg").write_bytes(b"damaged")
    with closing(open_footage(tmp_path)) as footage:
        view = Recomputed(footage, steering_model(seed=2), method="gradient", layer=None, every=3)
        skips = Skips(footage)
        seen = [step.saliency for _, step in played(footage, view, range(6), skips, batch=1)]
    assert [saliency and saliency.frame_index for saliency in seen] == [0, 0, 0, 0, 0]


def driven(path: Path, model: SteeringModel, *, every: int) -> tuple[LogFootage, list[Step]]:
    """The log of a drive of a network along given frames, and its steps."""
    world = FakeWorld([step.frame for step in make_steps(8)])
    card = replace(CARD, model_sha256=model.sha256, every=every, layer="")
    live = list(
        drive(
            world,
            lambda frame: replace(frame.telemetry.applied, steer=model.steer(model.preprocessor(frame))),
            make_explainer("gradient", None, model),
            every=every,
        )
    )
    with LogWriter(path, card) as log:
        for step in live:
            log.write(step, model.preprocessor(step.frame))
    return LogFootage(path), live
