from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer

from agent.errors import RecordingError
from agent.footage import open_footage
from agent.footage.about import about, missing_of
from agent.footage.words import in_words
from agent.log import read_log
from agent.log.picture_size import jpeg_size, picture_size
from agent.log.records import noun_of
from agent.log.unpacking import unpacked
from agent.types import Control
from tests.logs import CARD, make_steps, write_log


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("log") / "run.mcap", make_steps(40, every=3))


def test_what_is_no_log(tmp_path: Path, log: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("speed: 3\n" * 100)
    (tmp_path / "noise").write_bytes(np.random.default_rng(0).bytes(5000))
    (tmp_path / "bare").write_bytes(log.read_bytes()[:8])
    for name in ("empty", "text", "noise", "bare"):
        with pytest.raises(RecordingError, match="not a log of a run"):
            read_log(tmp_path / name)
    with pytest.raises(RecordingError, match="No such file"):
        read_log(tmp_path / "missing")
    with pytest.raises(RecordingError, match="Is a directory"):
        read_log(tmp_path)


def _without(topic: str, numbers: range, source: Path, path: Path) -> str:
    """A log that lacks some messages of a topic; what is said of its integrity."""
    with source.open("rb") as old, path.open("wb") as new:
        reader, writer, channels, seen = make_reader(old), Writer(new, compression=CompressionType.NONE), {}, 0
        writer.start()
        for record in reader.iter_metadata():
            writer.add_metadata(record.name, dict(record.metadata))
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            assert schema is not None
            seen += channel.topic == topic
            if channel.topic == topic and seen - 1 in numbers:
                continue
            if channel.topic not in channels:
                number = writer.register_schema(schema.name, schema.encoding, schema.data)
                channels[channel.topic] = writer.register_channel(channel.topic, channel.message_encoding, number)
            writer.add_message(channels[channel.topic], message.log_time, message.data, message.publish_time)
        writer.finish()
    with closing(open_footage(path)) as footage:
        [line] = [line for line in in_words(about(footage)).splitlines() if line.startswith("integrity")]
    return line


def test_messages_that_steps_and_maps_lack_are_counted(tmp_path: Path, log: Path) -> None:
    path = tmp_path / "run.mcap"
    assert "whole, " in _without("/camera/image", range(0), log, path)
    line = _without("/camera/image", range(10, 17), log, path)
    assert "incomplete, " in line and line.endswith(": 7 of 40 steps without /camera/image")
    line = _without("/saliency/about", range(40), log, path)
    assert "incomplete, " in line and line.endswith(": 14 of 14 maps without /saliency/about")
    line = _without("/saliency/map", range(12, 13), log, path)
    assert "incomplete, " in line and line.endswith(": 1 of 14 explanations without /saliency/map")


def test_a_killed_writer_may_owe_one_map() -> None:
    counts = {"/control": 9, "/frame": 10, "/camera/image": 10, "/network/input": 9, "/telemetry": 9}
    owing = {**counts, "/saliency/about": 4, "/saliency/map": 3}
    assert missing_of(owing, closed=False) == []
    assert missing_of(owing, closed=True) == ["1 of 4 explanations without /saliency/map"]


def _strange(path: Path, record: str | None, entry: dict[str, str], compression: CompressionType) -> Path:
    with path.open("wb") as file:
        writer = Writer(file, compression=compression)
        writer.start(library="another program")
        if record is not None:
            writer.add_metadata(record, entry)
        schema = writer.register_schema("x", "jsonschema", b'{"type": "object"}')
        channel = writer.register_channel("/frame", "json", schema)
        writer.add_message(channel, 0, b'{"index": 1, "time_s": 0}', 0)
        writer.finish()
    return path


def test_the_mcap_of_another_program(tmp_path: Path) -> None:
    none = CompressionType.NONE
    card = json.dumps({name: getattr(CARD, name) for name in CARD.__dataclass_fields__})
    for record in (None, "rosbag2"):
        path = _strange(tmp_path / "a.mcap", record, {"format": "1"}, none)
        with pytest.raises(RecordingError, match="its writer is 'another program'"):
            read_log(path)
    ours = "driving-saliency-monitor"
    with pytest.raises(RecordingError, match="log format '3', wanted 1 or 2"):
        read_log(_strange(tmp_path / "a.mcap", ours, {"format": "3", "card": card}, none))
    with pytest.raises(RecordingError, match="card of the run cannot be read"):
        read_log(_strange(tmp_path / "a.mcap", ours, {"format": "1", "card": "{}"}, none))
    with pytest.raises(RecordingError, match="not a log of a run .its writer"):
        read_log(_strange(tmp_path / "a.mcap", None, {}, CompressionType.ZSTD))
    packed = _strange(tmp_path / "a.mcap", ours, {"format": "1", "card": card}, CompressionType.ZSTD)
    with pytest.raises(RecordingError, match="chunks are compressed"):
        list(read_log(packed))


@pytest.mark.parametrize(
    ("topic", "old", "new"),
    [
        ("/frame", b'"index":1002', b'"index":1000'),
        ("/frame", b'"time_s":0.03', b'"time_s":-.03'),
        ("/frame", b'"time_s":0.06', b'"time_s":1e20,"x":0.06'),
        ("/frame", b'"time_s":0.06', b'"time_s":"Infinity","x":0.06'),
        ("/frame", b'"time_s":0.06', b'"time_s":"NaN","x":0.06'),
        ("/frame", b'"time_s":0.0}', b'"time_s":-0.5}'),
        ("/frame", b'"time_s":0.03', b'"time_s":1e-9,"x":0.03'),
        ("/control", b'"steer":0', b'"steer":7'),
        ("/telemetry", b'"speed_mps"', b'"speed_mph"'),
        ("/saliency/about", b'"top_px":60', b'"top_px":99'),
        ("/saliency/map", b"32FC1", b"16UC1"),
        ("/network/input", b"rgb8", b"rgb9"),
        ("/camera/image", b"\xff\xc0\x00\x11\x08\x00\xb4\x01\x40", b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff"),
        ("/camera/image", b"\xff\xc0\x00\x11\x08\x00\xb4\x01\x40", b"\xff\xc0\x00\x11\x08\x00\xb4\x00\xc0"),
        ("/camera/image", b"\xff\xd8", b"\xff\xd9"),
    ],
)
def test_contents_that_no_run_has(tmp_path: Path, topic: str, old: bytes, new: bytes) -> None:
    """Not damage but a stranger's intent: checksums are right, the content is not."""
    source = write_log(tmp_path / "good.mcap", make_steps(3))
    bad = tmp_path / "bad.mcap"
    changed = 0
    with source.open("rb") as file, bad.open("wb") as out:
        reader, writer = make_reader(file), Writer(out, compression=CompressionType.NONE)
        writer.start()
        for about in reader.iter_metadata():
            writer.add_metadata(about.name, about.metadata)
        channels: dict[str, int] = {}
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            assert schema is not None
            if channel.topic not in channels:
                number = writer.register_schema(schema.name, schema.encoding, schema.data)
                channels[channel.topic] = writer.register_channel(channel.topic, channel.message_encoding, number)
            content = message.data
            if channel.topic == topic and old in content:
                content = content.replace(old, new, 1)
                changed += 1
            writer.add_message(channels[channel.topic], message.log_time, content, message.publish_time)
        writer.finish()
    assert changed
    with pytest.raises(RecordingError, match="damaged at .* s, /control: ") as caught:
        list(read_log(bad))
    assert "\n" not in str(caught.value)


def test_a_log_cut_off_within_its_first_record(log: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mcap"
    path.write_bytes(log.read_bytes()[:100])
    with pytest.raises(RecordingError, match="a log of a run that is cut off before it says which"):
        read_log(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{nope", "no Control: not the JSON of one"),
        (b'{"steer": 0, "throttle": "fast"}', "no Control: throttle is missing or wrong, brake is missing or wrong"),
        (b'{"steer": 7, "throttle": 0, "brake": 0}', "no Control: steer is 7.0, wanted a number in [-1, 1]"),
    ],
)
def test_what_is_wrong_with_a_noun_in_our_words(text: bytes, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        noun_of(Control, text)
    assert str(caught.value) == said


def test_pictures_too_small_to_show_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="a picture of 320x8, wanted 16 px a side"):
        list(read_log(write_log(tmp_path / "run.mcap", make_steps(1, height=8))))


def test_pictures_keep_their_size(tmp_path: Path) -> None:
    mixed = [make_steps(1)[0], make_steps(2, width=640)[1]]
    with pytest.raises(RecordingError, match="camera image of 640x180, unlike those before"):
        list(read_log(write_log(tmp_path / "run.mcap", mixed)))


def test_times_that_no_video_can_keep_are_refused(tmp_path: Path) -> None:
    first, second = make_steps(2)
    close = replace(second, frame=replace(second.frame, time_s=1e-9))
    with pytest.raises(RecordingError, match="a frame at 1e-09 s after one at 0.0 s"):
        list(read_log(write_log(tmp_path / "run.mcap", [first, close])))


def test_an_empty_map_is_refused(tmp_path: Path) -> None:
    [step] = make_steps(1)
    assert step.saliency is not None
    bare = replace(step, saliency=replace(step.saliency, map=np.zeros((0, 0), np.float32)))
    with pytest.raises(RecordingError, match="an image of 0x0"):
        list(read_log(write_log(tmp_path / "run.mcap", [bare])))


def test_the_size_of_a_jpeg(tmp_path: Path) -> None:
    color = np.zeros((37, 61, 3), np.uint8)
    for image, options in (
        (color, []),
        (color[..., 0], []),
        (color, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
        (color, [cv2.IMWRITE_JPEG_RST_INTERVAL, 2]),
    ):
        assert jpeg_size(cv2.imencode(".jpg", image, options)[1].tobytes()) == (37, 61)
    whole = cv2.imencode(".jpg", color)[1].tobytes()
    for broken in (
        b"",
        b"\xff\xd8",
        whole[:30],
        cv2.imencode(".png", color)[1].tobytes(),
        b"\xff\xd8" + b"\xff\xe0" * 9,
    ):
        with pytest.raises(ValueError, match="JPEG"):
            jpeg_size(broken)


KINDS = (
    [],
    [cv2.IMWRITE_JPEG_OPTIMIZE, 1],
    [cv2.IMWRITE_JPEG_PROGRESSIVE, 1],
    [cv2.IMWRITE_JPEG_RST_INTERVAL, 3],
    [cv2.IMWRITE_JPEG_QUALITY, 1],
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_jpeg_that_is_cut_off_or_overwritten(kind: list[int], capfd: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (120, 160, 3), np.uint8)
    for picture in (noise, noise[..., 0], np.zeros_like(noise), np.full_like(noise, 200)):
        whole = cv2.imencode(".jpg", picture, kind)[1].tobytes()
        plain = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_COLOR_RGB)
        for padded in (whole, whole + bytes(500), whole + whole):  # what some cameras fill a file up with
            assert np.array_equal(unpacked(padded), plain)
        for cut in (2, 3, 40, len(whole) // 3, len(whole) - 4):
            with pytest.raises(ValueError, match="JPEG"):
                unpacked(whole[:-cut])
    whole = cv2.imencode(".jpg", noise, kind)[1].tobytes()
    middle = whole.index(b"\xff\xda") + 200
    for fill in (rng.bytes(1000), bytes(1000)):
        with pytest.raises(ValueError, match="JPEG"):
            unpacked(whole[:middle] + fill + whole[middle + 1000 :])
    assert capfd.readouterr().err == ""  # nothing past the one line of a door


def test_the_size_of_a_png() -> None:
    png = cv2.imencode(".png", np.zeros((37, 61, 3), np.uint8))[1].tobytes()
    assert picture_size(png) == (37, 61)
    for broken in (png[:23], png[:8] + png[9:], b""):
        with pytest.raises(ValueError, match="JPEG"):
            picture_size(broken)


@pytest.mark.parametrize(
    "filler", [b"\xff", b"\xff\xff\xff", b"\xff\x01", b"\xff\xd3", b"\xff\xff\xd0", b"\xff\xfe\x00\x02"]
)
def test_what_a_decoder_skips_hides_no_size(filler: bytes) -> None:
    whole = cv2.imencode(".jpg", np.zeros((37, 61, 3), np.uint8))[1].tobytes()
    padded = whole[:2] + filler + whole[2:]
    assert cv2.imdecode(np.frombuffer(padded, np.uint8), cv2.IMREAD_COLOR).shape == (37, 61, 3)
    assert jpeg_size(padded) == (37, 61)


def test_a_size_in_what_is_no_segment_is_not_believed() -> None:
    """A small size where a careless reader looks, a large one where the decoder does."""
    whole = cv2.imencode(".jpg", np.zeros((370, 610, 3), np.uint8))[1].tobytes()
    small = b"\xff\xc0\x00\x11\x08\x00\x25\x00\x3d"
    for lure in (b"\xff\xff\xfe\x00\x0b" + small, b"\xff\x01\xff\xfe\x00\x0b" + small):
        assert jpeg_size(whole[:2] + lure + whole[2:]) == (370, 610)
    for foul in (
        b"\xff\x02\x00\x02",
        b"\xff\xc8\x00\x02",
        b"\xff\xe0\x00\x01",
        b"\xff\x00",
        b"\xff\xd8",
        b"\xff\xda\x00\x02",
    ):
        with pytest.raises(ValueError, match="JPEG"):
            jpeg_size(whole[:2] + foul + whole[2:])


def test_opencv_unpacks_no_huge_picture() -> None:
    unpack = """
import agent.log, cv2, numpy as np
huge = cv2.imencode(".png", np.zeros((8193, 8193), np.uint8))[1]
try:
    cv2.imdecode(huge, cv2.IMREAD_GRAYSCALE)
except cv2.error:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", unpack], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "refused\n"
