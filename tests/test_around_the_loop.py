"""Settings of a run's surroundings: stopping, stages, summary, folder, pacing, sensor queues."""

import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import pytest

from agent.errors import RecordingError, SimulatorError, unknown
from agent.pacing import Pace, at_most
from agent.run_folder import make_run_folder
from agent.run_summary import RunSummary, write_summary
from agent.sensor_queue import SensorQueue
from agent.stages import Stages, TimedWorld
from agent.stopping import stoppable
from agent.types import FULL_STOP, RunCard, Step
from tests.fakes import FakeWorld, make_frame, make_saliency

CARD = RunCard("loop", "pilotnet", "ab" * 32, "gradient", "steering", 1, 0.05, 0, {"python": "3"})


def steps_of(frames):
    return [Step(frame, FULL_STOP, make_saliency(frame)) for frame in frames]


class TestStopping:
    def test_while_starting_up_a_signal_interrupts_at_once(self):
        with stoppable() as stop, pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        assert stop.status == 128 + signal.SIGTERM

    def test_while_driving_the_first_is_noted_and_the_second_interrupts(self):
        with stoppable() as stop:
            stop.patient = True
            os.kill(os.getpid(), signal.SIGINT)
            assert stop.status == 130
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)

    def test_while_something_is_held_together_none_interrupts(self):
        with stoppable() as stop:
            stop.held = True
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGINT):
                os.kill(os.getpid(), number)
            assert stop.reason == "stopped by SIGTERM"

    def test_a_signal_that_nohup_has_us_ignore_stays_ignored(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with stoppable() as stop:
                os.kill(os.getpid(), signal.SIGHUP)
                assert stop.status == 0
                os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGHUP, before)

    def test_the_handlers_found_are_put_back(self):
        before = signal.getsignal(signal.SIGINT)
        with stoppable():
            assert signal.getsignal(signal.SIGINT) is not before
        assert signal.getsignal(signal.SIGINT) is before


class TestStages:
    def test_counts_and_orders_durations(self):
        stages = Stages()
        sleep = stages.timed("sleep", time.sleep)
        for _ in range(3):
            sleep(0.002)
        summary = stages.summary()["sleep"]
        assert summary["count"] == 3
        assert 2.0 <= summary["median_ms"] <= summary["p95_ms"]

    def test_a_timed_world_is_the_same_world(self):
        frames = [make_frame(index) for index in (1, 2, 4)]
        world = FakeWorld(frames)
        timed = TimedWorld(world, Stages())
        assert list(timed.frames()) == frames
        timed.apply(FULL_STOP)
        assert world.applied == [FULL_STOP]


class TestSummary:
    def test_adds_up(self):
        summary = RunSummary(CARD)
        frames = [
            make_frame(1),
            make_frame(2, lane_offset_m=-0.4, invaded_lanes=("Solid",)),
            make_frame(5, collision_ns=10.0),  # two frames missing
            make_frame(6, collision_ns=10.0),  # the same crash goes on
        ]
        for step in steps_of(frames):
            summary.add(step)
        result = summary.as_dict(exit_reason="done", stages={})
        assert result["frames"] == 4
        assert result["simulated_s"] == pytest.approx(0.25)
        assert result["distance_m"] == pytest.approx(9.7 * 0.25, abs=0.01)
        assert result["mean_speed_mps"] == pytest.approx(9.7)
        assert (result["max_lane_offset_m"], result["lane_invasions"], result["collisions"]) == (0.4, 1, 1)
        assert result["stale_or_dropped_frames"] == 2  # each once: the camera's picture of a missed frame is no other
        assert result["saliency"] == {
            "method": "gradient", "layer": "steering", "every": 1, "count": 4, "median_ms": 2.0, "p95_ms": 2.0,
            "by_method": {"gradient": {"count": 4, "median_ms": 2.0, "p95_ms": 2.0}},
        }  # fmt: skip

    def test_pauses_are_no_part_of_the_run(self):
        summary = RunSummary(CARD)
        for step in steps_of([make_frame(1), make_frame(41)]):
            summary.add(step)
        time.sleep(0.3)
        result = summary.as_dict(exit_reason="done", stages={}, paused_s=0.3)
        with_the_pause = summary.as_dict(exit_reason="done", stages={})
        assert with_the_pause["wall_s"] - result["wall_s"] == pytest.approx(0.3, abs=0.1)
        assert result["real_time_factor"] > with_the_pause["real_time_factor"]

    def test_a_run_without_frames_has_no_nan(self, tmp_path):
        write_summary(tmp_path / "summary.json", RunSummary(CARD).as_dict(exit_reason="x", stages={}))
        assert json.loads((tmp_path / "summary.json").read_text())["frames"] == 0
        assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]

    def test_a_folder_that_was_removed_is_told_with_what_helps(self, tmp_path):
        with pytest.raises(RecordingError, match="No such file or directory: its folder must be there"):
            write_summary(tmp_path / "gone" / "summary.json", {})


class TestRunFolder:
    def test_names_map_and_model_and_never_meets_itself(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        first = make_run_folder(None, "maps/a b.xodr", "pilotnet")
        second = make_run_folder(None, "maps/a b.xodr", "pilotnet")
        assert first != second
        assert first.name.endswith("-a_b-pilotnet")

    def test_a_run_is_never_overwritten(self, tmp_path):
        (tmp_path / "run.mcap").write_bytes(b"precious")
        with pytest.raises(RecordingError, match="holds a run already"):
            make_run_folder(tmp_path, "loop", "pilotnet")

    def test_a_file_in_the_way_is_one_line(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(RecordingError, match=r"cannot write into .*file"):
            make_run_folder(tmp_path / "file" / "run", "loop", "pilotnet")

    @pytest.mark.parametrize("name", ["x" * 300, "y" * 200 + "/" + "z" * 300])
    def test_a_name_too_long_is_one_line(self, tmp_path, name):
        with pytest.raises(RecordingError, match=r"cannot write into .*: File name too long: choose another --out"):
            make_run_folder(tmp_path / name, "loop", "pilotnet")

    def test_a_folder_that_may_not_be_entered_is_one_line(self, tmp_path):
        """In a process that is not root: root enters everywhere."""
        (tmp_path / "locked").mkdir(mode=0o700)
        code = (
            "import os, sys; from pathlib import Path; from agent.run_folder import make_run_folder\n"
            "from agent.errors import RecordingError\n"
            "if os.getuid() == 0: os.setuid(65534)\n"
            "else: os.chmod(sys.argv[1], 0)\n"
            "try: make_run_folder(Path(sys.argv[1]) / 'run', 'loop', 'pilotnet')\n"
            "except RecordingError as error: print(error)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "locked")], capture_output=True, text=True, timeout=60
        )
        assert "cannot write into" in done.stdout, done.stderr


class TestPacing:
    def test_a_gap_of_years_in_a_log_is_not_waited_out(self):
        steps = steps_of([make_frame(index) for index in (1, 2_000_000_000, 2_000_000_001)])
        assert list(at_most(1.0, steps)) == steps

    def test_steps_come_no_faster_than_asked(self):
        steps = steps_of([make_frame(index) for index in range(1, 6)])
        start_s = time.monotonic()
        assert list(at_most(2.0, steps)) == steps
        assert time.monotonic() - start_s >= 4 * 0.05 / 2.0 - 0.001

    def test_factor_is_simulated_over_wall_time(self):
        pace = Pace()
        assert pace.factor(0.0) == 0.0
        start_s = time.monotonic()
        time.sleep(0.05)
        factor = pace.factor(1.0)
        assert factor <= 1.0 / 0.05
        assert factor > 0.9 / (time.monotonic() - start_s + 0.05)


@dataclass
class Reading:
    frame: int


class TestSensorQueue:
    def test_older_readings_are_not_returned(self):
        readings = SensorQueue("camera")
        for frame in (3, 4, 5):
            readings.put(Reading(frame))
        assert readings.of_frame(5, 1.0).frame == 5

    def test_waits_for_a_reading_of_another_thread(self):
        readings = SensorQueue("camera")
        threading.Timer(0.05, readings.put, [Reading(7)]).start()
        assert readings.of_frame(7, 5.0).frame == 7

    def test_silence_and_a_foreign_tick_are_told_apart(self):
        readings = SensorQueue("camera")
        with pytest.raises(SimulatorError, match="sent nothing for frame 1"):
            readings.of_frame(1, 0.01)
        readings.put(Reading(9))
        with pytest.raises(SimulatorError, match="another client ticks"):
            readings.of_frame(8, 0.01)

    def test_drain_takes_all_and_leaves_nothing(self):
        readings = SensorQueue("collision")
        readings.put(Reading(1))
        readings.put(Reading(2))
        assert [reading.frame for reading in readings.drain()] == [1, 2]
        assert readings.drain() == []


def test_unknown_names_come_nearest_first():
    assert unknown("weather", "ClearNon", ["WetNoon", "ClearNoon", "Fog"]).startswith(
        "unknown weather 'ClearNon': known are ClearNoon,"
    )


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep what they like")
def test_the_memory_of_pictures_is_kept_for_the_next_ones():
    """Sixteen pictures of 2.8 MB at a time, twenty times: their 13,500 pages are had once, not each time anew."""
    program = """if True:
        import resource, sys
        import numpy as np
        from scripts.door import settle
        if sys.argv[1] == "settled":
            settle()
        def pictures():
            return [np.ones((720, 1280, 3), np.uint8) for _ in range(16)]
        pictures()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(20):
            pictures()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    """
    faults = {
        how: int(subprocess.run([sys.executable, "-c", program, how], capture_output=True, check=True).stdout)
        for how in ("settled", "as it is")
    }
    assert faults["settled"] < 1000 < faults["as it is"]


def test_a_signal_in_a_finalizer_is_not_forgotten(capfd):
    class Thing:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    with stoppable() as stop, pytest.raises(KeyboardInterrupt):
        thing = Thing()
        del thing
        threading.Event().wait(30)
    assert stop.signal is signal.SIGINT
    assert capfd.readouterr().err == ""
