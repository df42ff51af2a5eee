from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from mcap.reader import make_reader

from agent.log import LoggedEvent, LogWriter, SeekableLog, read_log
from agent.log.records import json_of, noun_of
from agent.log.repair import repair_log
from agent.types import RunCard, Step
from tests.logs import CARD, make_steps, network_input, write_log


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return make_steps(40, every=3)


@pytest.fixture(scope="module")
def log(steps: list[Step], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("log") / "run.mcap", steps)


def test_what_goes_in_comes_out(log: Path, steps: list[Step]) -> None:
    run = read_log(log)
    assert run.card == CARD
    assert (run.count, len(run), run.complete) == (40, 40, True)
    read = list(run)
    assert len(read) == 40
    for number, (logged, step) in enumerate(zip(read, steps, strict=True)):
        frame = logged.step.frame
        assert (frame.index, frame.time_s) == (step.frame.index, step.frame.time_s)
        assert frame.telemetry == step.frame.telemetry
        assert logged.step.control == step.control
        assert np.array_equal(logged.network_input, network_input(number))
        assert np.abs(frame.image.astype(int) - step.frame.image).mean() < 1.5
        assert not frame.image.flags.writeable
        assert not logged.network_input.flags.writeable


def test_the_map_is_kept_to_the_bit_and_stays_until_the_next(log: Path, steps: list[Step]) -> None:
    run = read_log(log)
    assert run.topics["/saliency/map"] == 14  # every third of 40
    for logged, step in zip(run, steps, strict=True):
        kept, saliency = logged.step.saliency, step.saliency
        assert kept is not None
        assert saliency is not None
        assert kept.map.dtype == np.float32
        assert kept.map.tobytes() == saliency.map.tobytes()
        assert not kept.map.flags.writeable
        assert replace(kept, map=saliency.map) == saliency


def test_collisions_and_lane_invasions_become_events(log: Path, steps: list[Step]) -> None:
    events = {number: logged.events for number, logged in enumerate(read_log(log)) if logged.events}
    at4_s, at5_s = (pytest.approx(steps[number].frame.time_s) for number in (4, 5))
    assert events == {
        4: (LoggedEvent(at4_s, "collision", "1500 N s"),),
        5: (LoggedEvent(at5_s, "lane_invasion", "Solid"), LoggedEvent(at5_s, "lane_invasion", "Broken")),
    }


def test_events_of_the_door(tmp_path: Path) -> None:
    steps = make_steps(2)
    with LogWriter(tmp_path / "a.mcap", CARD) as log:
        log.write(steps[0], network_input(0))
        log.event(steps[1].frame, "weather", "HardRainNoon")
        log.write(steps[1], network_input(1))
    first, second = read_log(tmp_path / "a.mcap")
    assert first.events == ()
    assert [(event.kind, event.text) for event in second.events] == [("weather", "HardRainNoon")]


def test_a_run_without_saliency(tmp_path: Path) -> None:
    steps = [replace(step, saliency=None) for step in make_steps(3)]
    run = read_log(write_log(tmp_path / "a.mcap", steps))
    assert [logged.step.saliency for logged in run] == [None] * 3
    assert run.topics["/saliency/map"] == 0


def test_numbers_that_json_does_not_know(tmp_path: Path) -> None:
    [step] = make_steps(1)
    telemetry = replace(step.frame.telemetry, speed_mps=float("nan"), real_time_factor=float("inf"))
    telemetry = replace(telemetry, lane_offset_m=np.float32(0.25))
    step = replace(step, frame=replace(step.frame, telemetry=telemetry))
    [logged] = read_log(write_log(tmp_path / "a.mcap", [step]))
    kept = logged.step.frame.telemetry
    assert np.isnan(kept.speed_mps)
    assert kept.real_time_factor == float("inf")
    assert kept.lane_offset_m == 0.25


def test_a_network_input_may_change_after_it_was_handed_over(tmp_path: Path) -> None:
    seen = np.zeros((66, 200, 3), np.uint8)
    with LogWriter(tmp_path / "a.mcap", CARD) as log:
        for number, step in enumerate(make_steps(20)):
            seen[:] = number
            log.write(step, seen)
    for number, logged in enumerate(read_log(tmp_path / "a.mcap")):
        assert (logged.network_input == number).all()


def test_camera_images_to_the_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    steps = []
    for step in make_steps(3):
        image = rng.integers(0, 256, step.frame.image.shape, np.uint8)
        steps.append(replace(step, frame=replace(step.frame, image=image)))
    path = tmp_path / "a.mcap"
    with LogWriter(path, CARD, camera="png") as log:
        for number, step in enumerate(steps):
            log.write(step, network_input(number))
    for step, logged in zip(steps, read_log(path), strict=True):
        assert logged.step.frame.image.tobytes() == step.frame.image.tobytes()
    with path.open("rb") as file:
        reader = make_reader(file)
        assert [about.metadata["format"] for about in reader.iter_metadata()] == ["2"]
    saved, _ = repair_log(path, tmp_path / "b.mcap")
    with SeekableLog(tmp_path / "b.mcap") as mended:
        assert (saved, mended.format) == (3, "2")


def test_other_programs_can_read_it(log: Path, steps: list[Step]) -> None:
    """With nothing of ours: times, metadata, and every message by the schema in the file."""
    kinds: dict[str, set[str]] = {}
    with log.open("rb") as file:
        reader = make_reader(file, validate_crcs=True)
        [about] = reader.iter_metadata()
        assert (about.name, about.metadata["format"]) == ("driving-saliency-monitor", "1")
        assert json.loads(about.metadata["card"])["seed"] == 7
        times_ns = []
        for schema, channel, message in reader.iter_messages():
            assert schema is not None
            kinds.setdefault(channel.topic, set()).add(schema.name)
            if channel.message_encoding == "json":
                said, wanted = json.loads(message.data), json.loads(schema.data)
                assert wanted["type"] == "object"
                assert set(wanted["required"]) <= set(said) <= set(wanted["properties"])
                if channel.topic == "/frame":
                    times_ns.append(message.log_time)
            else:
                pool = descriptor_pool.DescriptorPool()
                for part in FileDescriptorSet.FromString(schema.data).file:
                    pool.Add(part)
                said = message_factory.GetMessageClass(pool.FindMessageTypeByName(schema.name)).FromString(message.data)
                assert said.timestamp.seconds * 10**9 + said.timestamp.nanos == message.log_time
    assert times_ns == [round(step.frame.time_s * 1e9) for step in steps]
    assert kinds == {
        "/camera/image": {"foxglove.CompressedImage"},
        "/network/input": {"foxglove.RawImage"},
        "/saliency/map": {"foxglove.RawImage"},
        "/events": {"foxglove.Log"},
        "/frame": {"driving_saliency_monitor.FrameStamp"},
        "/telemetry": {"driving_saliency_monitor.Telemetry"},
        "/saliency/about": {"driving_saliency_monitor.SaliencyFacts"},
        "/control": {"driving_saliency_monitor.Control"},
    }


def test_reading_keeps_no_steps(tmp_path: Path) -> None:
    path = write_log(tmp_path / "a.mcap", make_steps(150))
    size = path.stat().st_size
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_log(path)) == 150
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 12e6
    assert peak < 6e6


def test_the_card_of_a_log_from_before_it_had_a_command() -> None:
    said = json.loads(json_of(CARD))
    assert said.pop("command") == "python -m scripts.drive --town 'ö'"
    assert noun_of(RunCard, json.dumps(said)) == replace(CARD, command="")
