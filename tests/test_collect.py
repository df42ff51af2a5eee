"""Collecting: the plan, the drive on a lane of the test's, the dataset on disk and taken up again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from time import sleep

import numpy as np
import pytest
from pydantic import ValidationError

from agent.backend import tf
from agent.embedded import Address
from agent.errors import ConfigError, RecordingError, SimulatorError
from agent.simulator.dynamics.pedals import VehicleCommand
from agent.simulator.dynamics.vehicle import VehicleState, step
from agent.training.collect import Drive, DriveEndedError, collect, record, samples
from agent.training.collect_plan import CollectConfig, Run, plan
from agent.training.collection import Collection
from agent.training.expert import Expert
from agent.training.records import LISTING, Sample, ShardWriter, read_listing
from agent.training.teachers import LaneTeacher
from agent.types import Control, Frame, Pose, Telemetry
from tests.tracks import COUNTRY_ROAD, DT_S, TT, ahead, centre_line
from tests.tracks import Path as Line

TEACHER = partial(LaneTeacher, 9.0)
RUN = Run("0000-ClearNoon", "ClearNoon", spawn=0, speed_mps=9.0, seed=5, frames=120)


class TrackWorld:
    """The simulator's car on a lane; its picture tells nothing but the frame's number."""

    def __init__(self, line: Line, *, hit_at: int | None = None, clock_error_s: float = 0.0) -> None:
        self._clock_error_s = clock_error_s
        self._line, self._hit_at = line, hit_at
        self._state = VehicleState()
        self._control = Control(0.0, 0.0, 0.0)
        self.applied: list[float] = []

    def frames(self) -> Iterator[Frame]:
        index = 0
        while True:
            control = self._control
            command = VehicleCommand(throttle=control.throttle, steer=control.steer, brake=control.brake)
            self._state = step(TT, self._state, command, DT_S)
            index += 1
            pose = Pose(self._state.x_m, self._state.y_m, 0.0, 0.0, self._state.yaw_rad, 0.0)
            hit = 900.0 if index == self._hit_at else 0.0
            yield Frame(
                index=100 + index,
                time_s=index * (DT_S + self._clock_error_s),
                image=np.full((180, 320, 3), index % 256, np.uint8),
                telemetry=Telemetry(pose, self._state.forward_mps, control, collision_ns=hit),
            )

    def apply(self, control: Control) -> None:
        self._control = control
        self.applied.append(control.steer)

    def path_ahead(self, spacing_m: float, count: int) -> Line:
        path = ahead(self._line, self._state.x_m, self._state.y_m)
        return np.zeros((0, 2)) if path is None else path


def small(out: Path, **changes: object) -> CollectConfig:
    return CollectConfig.model_validate({"out": out, "frames": 1000, "frames_per_run": 300, **changes})


def test_plan_adds_up_and_grows_at_its_end(tmp_path: Path) -> None:
    runs = plan(small(tmp_path, weathers=("ClearNoon", "WetNoon")))
    assert [run.frames for run in runs] == [300, 300, 300, 100]
    longer = plan(small(tmp_path, frames=2000, weathers=("ClearNoon", "WetNoon")))
    assert longer[:3] == runs[:3]
    assert len({run.seed for run in longer}) == len(longer)
    assert plan(small(tmp_path, seed=1))[0].seed != runs[0].seed
    assert all(25 / 3.6 <= run.speed_mps <= 42 / 3.6 for run in longer)


@pytest.mark.parametrize("count", [1, 2, 3, 12])
def test_every_weather_meets_both_directions(tmp_path: Path, count: int) -> None:
    weathers = tuple(f"W{index}" for index in range(count))
    met = Counter((run.weather, run.spawn % 2) for run in plan(small(tmp_path, frames=1200 * count, weathers=weathers)))
    assert set(met.values()) == {2}
    assert len(met) == 2 * count


def test_every_weather_meets_both_directions_in_every_scenery(tmp_path: Path) -> None:
    for weathers, workers in ((1, 2), (2, 2), (12, 2), (12, 3), (4, 4), (5, 2)):
        count = 2 * weathers * workers
        names = tuple(f"W{index}" for index in range(weathers))
        runs = plan(small(tmp_path, frames=300 * count, weathers=names, workers=workers))
        met = Counter((run.weather, run.spawn % 2, run.worker) for run in runs)
        assert (len(met), set(met.values())) == (count, {1})


def numbered(name: str, worker: int) -> AbstractContextManager[Callable[[], Address]]:
    """A simulator that is not there, its port the worker's number."""
    return nullcontext(partial(Address, "127.0.0.1", worker))


def test_which_simulator_drives_a_run_does_not_hang_on_which_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small(tmp_path, frames=6000)
    driven = []

    def drive(config: CollectConfig, run: Run, address: Address, tell: object) -> Drive:
        driven.append((run, address.port))
        if address.port == 0:
            sleep(0.02)  # a slow machine
        return Drive(run, 0, "done", (), (), ())

    monkeypatch.setattr("agent.training.collect._drive", drive)
    assert len(list(collect(config, plan(config), numbered))) == 20
    assert all(run.worker == port for run, port in driven)
    assert [run for run, port in driven if port == 0] == [run for run in plan(config) if run.worker == 0]


def test_a_failing_run_comes_back_and_ends_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small(tmp_path, frames=6000)

    def drive(config: CollectConfig, run: Run, address: Address, tell: Callable[[], None]) -> Drive:
        while address.port == 0:  # drives on until it is told to stop
            sleep(0.01)
            tell()
        raise SimulatorError("gone")

    monkeypatch.setattr("agent.training.collect._drive", drive)
    with pytest.raises(SimulatorError, match="gone"):
        list(collect(config, plan(config), numbered))


def test_label_is_the_clean_answer_and_the_car_is_driven_otherwise() -> None:
    world = TrackWorld(centre_line(COUNTRY_ROAD * 3, transition_m=8.0))
    seen: list[Sample] = list(islice(samples(world, RUN, TEACHER()), 1500))
    labels = np.array([sample.steer for sample in seen])
    driven = np.array(world.applied[-1500:])
    assert np.mean(np.abs(labels - driven) > 0.01) > 0.2  # trouble was made
    far_right = [sample.steer for sample in seen if sample.offset_m > 0.7 and abs(sample.heading_rad) < 0.03]
    assert far_right
    assert max(far_right) < 0.06  # the answer leads back (or follows a right-hand bend less), never farther out
    assert max(sample.offset_m for sample in seen) > 0.8
    assert min(sample.offset_m for sample in seen) < -0.8
    assert all(sample.seen.shape == (66, 200, 3) for sample in seen)
    assert min(sample.speed_mps for sample in seen) >= 0.8 * RUN.speed_mps - 1.0


def test_a_drive_does_not_hang_on_the_rounding_of_a_clock() -> None:
    line = centre_line(COUNTRY_ROAD, transition_m=8.0)
    exact = [sample.steer for sample in islice(samples(TrackWorld(line), RUN, TEACHER()), 300)]
    drifting = TrackWorld(line, clock_error_s=1e-8)
    assert [sample.steer for sample in islice(samples(drifting, RUN, TEACHER()), 300)] == exact


def test_recording_starts_under_way_and_ends_with_its_frames(tmp_path: Path) -> None:
    told: list[None] = []
    with ShardWriter(tmp_path / RUN.shard, RUN.name, RUN.weather) as shard:
        drive = record(
            samples(TrackWorld(centre_line(COUNTRY_ROAD)), RUN, TEACHER()), RUN, shard, lambda: told.append(None)
        )
        shard.finish()
    assert (drive.frames, drive.ended, len(told)) == (120, "done", 120)
    assert drive.offset_m[0] < drive.offset_m[1] < drive.offset_m[2]
    rows = read_shard(tmp_path / RUN.shard)
    assert len(rows) == 120
    assert np.all(np.diff([row["index"] for row in rows]) == 1)
    for row in rows:  # the picture belongs to its label's tick
        assert np.all(row["frame"] == (row["index"] - 100) % 256)
    assert {(row["run"], row["weather"]) for row in rows} == {(b"0000-ClearNoon", b"ClearNoon")}


def read_shard(path: Path) -> list[dict[str, object]]:
    features = {
        "frame": tf.io.FixedLenFeature([], tf.string),
        **{name: tf.io.FixedLenFeature([], tf.float32) for name in ("steer", "speed_mps", "offset_m", "heading_rad")},
        **{name: tf.io.FixedLenFeature([], tf.string) for name in ("weather", "run")},
        "index": tf.io.FixedLenFeature([], tf.int64),
    }
    rows = []
    for record_bytes in tf.data.TFRecordDataset(str(path)):
        row = tf.io.parse_single_example(record_bytes, features)
        rows.append(
            {name: value.numpy() for name, value in row.items()} | {"frame": tf.io.decode_png(row["frame"]).numpy()}
        )
    return rows


def test_shard_keeps_pixels_and_numbers_exactly(tmp_path: Path) -> None:
    seen = np.random.default_rng(0).integers(0, 256, (66, 200, 3), np.uint8)
    sample = Sample(seen, -0.125, 9.5, 0.75, -0.0625, 321)
    with ShardWriter(tmp_path / "a.tfrecord", "a", "WetNoon") as shard:
        shard.write(sample)
        shard.finish()
    (row,) = read_shard(tmp_path / "a.tfrecord")
    np.testing.assert_array_equal(row["frame"], seen)  # channels in RGB order
    assert (row["steer"], row["speed_mps"], row["offset_m"], row["heading_rad"]) == (-0.125, 9.5, 0.75, -0.0625)


def test_a_run_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InterruptedError), ShardWriter(tmp_path / "a.tfrecord", "a", "WetNoon") as shard:
        shard.write(Sample(np.zeros((66, 200, 3), np.uint8), 0.0, 9.0, 0.0, 0.0, 1))
        raise InterruptedError
    assert list(tmp_path.iterdir()) == []


def test_collision_ends_the_run_with_what_was_before(tmp_path: Path) -> None:
    with ShardWriter(tmp_path / RUN.shard, RUN.name, RUN.weather) as shard:
        drive = record(
            samples(TrackWorld(centre_line(COUNTRY_ROAD), hit_at=150), RUN, TEACHER()), RUN, shard, lambda: None
        )
    assert drive.ended == "collision"
    assert 0 < drive.frames < 120


def test_end_of_the_lane_ends_the_run() -> None:
    with pytest.raises(DriveEndedError, match="the lane ends"):
        list(samples(TrackWorld(centre_line(((90, 0),))), RUN, TEACHER()))


def test_interrupted_collection_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    config = small(tmp_path, frames=600)
    collection = Collection(config)
    first, second = collection.left
    (tmp_path / "0001-ClearNoon.partial").write_bytes(b"half a run")
    (tmp_path / first.shard).write_bytes(b"a shard")
    collection.add(Drive(first, 300, "done", (-1.0, 0.0, 1.1), (-0.1, 0.0, 0.1), (-0.1, 0.0, 0.1)))
    again = Collection(config)
    assert (again.left, again.frames) == ((second,), 300)
    assert not list(tmp_path.glob("*.partial"))
    assert "300 frames of 1 runs (0 ended early), -1.00 to +1.10 m" in again.summary()
    listing = json.loads((tmp_path / LISTING).read_text())
    assert listing["shards"][0] | {"file": "0000-ClearNoon.tfrecord", "frames": 300} == listing["shards"][0]
    assert (listing["height_px"], listing["width_px"], listing["color"]) == (66, 200, "RGB")
    (tmp_path / first.shard).unlink()
    assert Collection(config).left == (first, second)
    assert len(Collection(small(tmp_path, frames=900)).left) == 3


def test_collection_refuses_what_it_cannot_continue(tmp_path: Path) -> None:
    config = small(tmp_path)
    collection = Collection(config)
    collection.add(Drive(collection.left[0], 0, "stuck", (), (), ()))
    with pytest.raises(ConfigError, match="other settings"):
        Collection(small(tmp_path, seed=9))
    with pytest.raises(ConfigError, match="other settings"):
        Collection(small(tmp_path, workers=3))  # other sceneries
    with pytest.raises(ConfigError, match=r"unknown weather 'ClearNon'.*ClearNoon"):
        Collection(small(tmp_path, weathers=("ClearNon",)))
    with pytest.raises(ConfigError, match="too flat"):
        Collection(small(tmp_path / "flat", width_px=640, height_px=200))
    (tmp_path / LISTING).write_text("[1, 2")
    with pytest.raises(ConfigError, match="choose another folder"):
        Collection(config)
    (tmp_path / LISTING).write_text('{"shards": 3}')
    with pytest.raises(ConfigError, match="lists no shards"):
        read_listing(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot write"):
        Collection(small(tmp_path / "file" / "below"))


@pytest.mark.parametrize(
    ("shard", "said"),
    [
        (1, r"dataset\.json: shards\.0: "),
        ({"file": "a"}, r"dataset\.json: shards\.0\.name: Field required"),
        ({"file": "../a"}, r"shards\.0\.file"),
        ({"frames": "many"}, r"shards\.0\.frames"),
        ({"offset_m": ["NaN", 0, 0]}, r"shards\.0\.offset_m\.0"),
    ],
)
def test_a_foul_listing_is_one_line(tmp_path: Path, shard: object, said: str) -> None:
    config = small(tmp_path)
    collection = Collection(config)
    collection.add(Drive(collection.left[0], 0, "stuck", (), (), ()))
    listing = json.loads((tmp_path / LISTING).read_text())
    whole = {**listing["shards"][0], **shard} if isinstance(shard, dict) and "file" not in shard else shard
    listing["shards"] = [whole]
    (tmp_path / LISTING).write_text(json.dumps(listing))
    with pytest.raises(ConfigError, match=said) as caught:
        Collection(config)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    config = small(tmp_path)
    collection = Collection(config)
    (tmp_path / f"{LISTING}.partial").mkdir()
    with pytest.raises(RecordingError, match=r"cannot write .*dataset\.json"):
        collection.add(Drive(collection.left[0], 0, "stuck", (), (), ()))
    with pytest.raises(RecordingError, match="cannot write"):
        ShardWriter(tmp_path / "none" / "a.tfrecord", "a", "WetNoon")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"slowest_kmh": 40.0, "fastest_kmh": 30.0}, "slowest_kmh 40 is above"),
        ({"host": "127.0.0.1"}, "--workers 1"),
        ({"frames": 0}, "greater than or equal to 1"),
        ({"weathers": ()}, "at least 1"),
        ({"width_px": 160}, "200"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        small(tmp_path, **changes)


def test_expert_and_labels_agree_on_the_car() -> None:
    """The expert's idea of the car is the simulator's Audi TT."""
    car = Expert().car
    assert car.wheelbase_m == pytest.approx(TT.wheelbase_m)
    assert car.rear_axle_m == pytest.approx(TT.rear_axle_m, abs=0.01)
    assert car.full_lock_rad == pytest.approx(TT.max_steer_rad)
    assert car.slip_radpmps2 == pytest.approx(1 / (9.81 * TT.tyre_stiffness), rel=0.01)
