from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.errors import RecordingError
from agent.footage.logged import LogFootage
from agent.log import LogWriter, SeekableLog, read_log
from agent.log.repair import repair_log
from agent.types import Step
from tests.logs import CARD, make_steps, network_input, write_log
from viz.blend import RunningScale
from viz.hud import Hud
from viz.rewind import Rewind

GOLDEN = Path(__file__).parent / "golden" / "format-1.mcap"


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return make_steps(200, every=3, width=64, height=36)


@pytest.fixture(scope="module")
def path(steps: list[Step], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("log") / "run.mcap", steps)


def _assert_is(log: SeekableLog, steps: list[Step], numbers: list[int]) -> None:
    for number in numbers:
        logged, step = log.step(number), steps[number]
        assert logged.step.frame.index == step.frame.index
        assert logged.step.frame.telemetry == step.frame.telemetry
        assert logged.step.control == step.control
        assert logged.step.saliency is not None
        assert step.saliency is not None
        assert logged.step.saliency.map.tobytes() == step.saliency.map.tobytes()
        assert np.array_equal(logged.network_input, network_input(number))


def test_any_step_by_the_index(path: Path, steps: list[Step]) -> None:
    with SeekableLog(path) as log:
        assert (len(log), log.indexed, log.complete) == (200, True, True)
        _assert_is(log, steps, [199, 0, 57, 58, 56, 123])
        assert [(event.kind, event.text) for event in log.step(5).events] == [
            ("lane_invasion", "Solid"),
            ("lane_invasion", "Broken"),
        ]
        assert [event.kind for event in log.timeline.events] == ["collision", "lane_invasion", "lane_invasion"]
        assert log.timeline.rows["steer"].tolist() == [step.control.steer for step in steps]
        assert log.timeline.at(1.0) == 30
        with pytest.raises(IndexError):
            log.step(200)


def test_a_log_without_its_end_is_read_through(path: Path, steps: list[Step], tmp_path: Path) -> None:
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with SeekableLog(cut) as log, SeekableLog(path) as whole:
        assert not log.indexed
        assert not log.complete
        assert 100 < len(log) < 150
        _assert_is(log, steps, [0, 57, len(log) - 1])
        assert log.timeline.rows.tobytes() == whole.timeline.rows[: len(log)].tobytes()


def test_logs_of_the_first_release_are_read_for_ever() -> None:
    with SeekableLog(GOLDEN) as log:
        assert log.card == CARD
        assert (len(log), log.complete, log.indexed) == (7, True, False)
        for number, logged in enumerate(read_log(GOLDEN)):
            sought = log.step(number)
            seen = np.random.default_rng(number).integers(0, 256, (6, 16, 3), np.uint8)
            assert np.array_equal(sought.network_input, seen)
            assert np.array_equal(sought.step.frame.image, logged.step.frame.image)
            assert sought.step.control == logged.step.control
            assert sought.events == logged.events
        events = [(round(event.time_s, 3), event.kind) for event in log.timeline.events]
        assert events == [(0.1, "weather"), (0.133, "collision"), (0.167, "lane_invasion"), (0.167, "lane_invasion")]
        saliency = log.step(6).step.saliency
        assert saliency is not None
        assert (saliency.frame_index, saliency.unit, saliency.map.shape) == (1012, "steering per grey level", (6, 16))


def test_a_later_format_is_refused_in_a_line(tmp_path: Path) -> None:
    later = tmp_path / "later.mcap"
    later.write_bytes(GOLDEN.read_bytes().replace(b"format\x01\x00\x00\x001", b"format\x01\x00\x00\x003", 1))
    with pytest.raises(RecordingError, match="log format '3', wanted 1 or 2: use the program that wrote it"):
        SeekableLog(later)


def test_damage_in_the_middle_costs_its_chunk_only(path: Path, steps: list[Step], tmp_path: Path) -> None:
    hurt = tmp_path / "hurt.mcap"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    hurt.write_bytes(content)
    bad = []
    with SeekableLog(hurt) as log:
        for number in range(200):
            try:
                _assert_is(log, steps, [number])
            except RecordingError as error:
                assert "damaged at" in str(error)
                bad.append(number)
    assert 1 <= len(bad) <= 6
    assert bad == list(range(bad[0], bad[-1] + 1))


def test_frames_out_of_order_are_counted(tmp_path: Path) -> None:
    steps = make_steps(9, width=64, height=36)
    steps[4], steps[5] = steps[5], steps[4]
    with SeekableLog(write_log(tmp_path / "run.mcap", steps)) as log:
        assert len(log) == 8
        assert log.skipped == {"frames out of order": 1}
        assert [log.step(number).step.frame.index for number in range(8)] == sorted(
            {step.frame.index for step in steps} - {steps[5].frame.index}
        )


def test_repair_makes_a_whole_log_and_keeps_the_old(path: Path, steps: list[Step], tmp_path: Path) -> None:
    cut, mended = tmp_path / "cut.mcap", tmp_path / "mended.mcap"
    content = bytearray(path.read_bytes()[:-50_000])
    content[len(content) // 2] ^= 0xFF
    cut.write_bytes(content)
    saved, lost = repair_log(cut, mended)
    assert cut.read_bytes() == content
    assert 170 < saved < 200
    assert lost
    with SeekableLog(mended) as log:
        assert (len(log), log.indexed, log.complete, log.card) == (saved, True, True, CARD)
        places = {step.frame.index: number for number, step in enumerate(steps)}
        for number in range(saved):
            logged = log.step(number)
            at = places[logged.step.frame.index]
            assert np.array_equal(logged.network_input, network_input(at))
            assert logged.step.control == steps[at].control
    assert len(list(read_log(mended))) == saved


def test_two_thousand_mutated_logs_crash_nobody(tmp_path: Path) -> None:
    """Bytes flipped, cut out, doubled and overwritten anywhere: it is read, or a line says why not."""
    small = [_small(step) for step in make_steps(4, every=2, width=16, height=16)]
    whole = tmp_path / "whole.mcap"
    with LogWriter(whole, CARD) as log:
        for number, step in enumerate(small):
            log.write(step, np.full((4, 4, 3), number, np.uint8))
    content, hurt = whole.read_bytes(), tmp_path / "hurt.mcap"
    rng, refused, begin_s = np.random.default_rng(5), 0, time.monotonic()
    for _ in range(2000):
        changed = bytearray(content)
        for _ in range(int(rng.integers(1, 4))):
            at, size = int(rng.integers(0, len(changed))), int(rng.integers(1, 40))
            kind = rng.integers(0, 4)
            if kind == 0:
                changed[at] ^= 1 << int(rng.integers(0, 8))
            elif kind == 1:
                del changed[at : at + size]
            elif kind == 2:
                changed[at:at] = changed[at : at + size]
            else:
                changed[at : at + size] = rng.bytes(size)
        hurt.write_bytes(changed)
        refused += _refused(hurt)
    assert 500 < refused < 2000
    assert time.monotonic() - begin_s < 240  # no mutation makes it hang


def _refused(path: Path) -> bool:
    """Whether anything of a log was told to be wrong; any other error goes through."""
    try:
        with SeekableLog(path) as log:
            bad = bool(log.skipped) or not log.complete
            for number in range(len(log)):
                try:
                    log.step(number)
                except RecordingError as error:
                    assert "\n" not in str(error)
                    bad = True
            return bad
    except RecordingError as error:
        assert "\n" not in str(error)
        return True


def _small(step: Step) -> Step:
    assert step.saliency is not None
    heat = step.saliency.map[:4, :4].copy()
    return replace(step, saliency=replace(step.saliency, map=heat))


def test_a_seek_looks_as_if_one_had_watched(path: Path) -> None:
    """The pictures of a replay do not depend on how one got there, to the bit."""
    with closing(LogFootage(path)) as footage:
        watched, rewind = Hud(64, 36, footage.card), Rewind(footage)
        for number in range(200):
            step = footage.step(number).step
            picture = watched.draw(step)
            if number in (0, 7, 60, 130, 199):
                sought = Hud(64, 36, footage.card)
                sought.history = rewind.before(number, step, footage.card)
                assert np.array_equal(sought.draw(step), picture)


def test_maps_that_were_never_computed_set_no_scale(path: Path) -> None:
    with closing(LogFootage(path)) as footage:
        step, card = footage.step(60).step, replace(footage.card, method="guided")
        assert step.saliency is not None
        history = Rewind(footage).before(60, step, card)
        assert history.scale.value == 0.0
        assert len(history.samples) == 60  # the trends are those of the run all the same
        history.add(step)
        assert history.scale.value == step.saliency.peak
        known = RunningScale()
        known.value = 0.5
        assert Rewind(footage).before(60, step, card, known).scale is known
