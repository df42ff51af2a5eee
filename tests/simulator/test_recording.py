"""CARLA's recorder format: bytes by tables, strangers' files, names, and the tables told of a recording."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.simulator.recording import packets as p
from agent.simulator.recording.folder import default_folder, recording_path
from agent.simulator.recording.info import file_info
from agent.simulator.recording.log_reader import LogReader
from agent.simulator.recording.log_writer import LogWriter
from agent.simulator.recording.packets import Packet, RecordingError
from agent.simulator.recording.tables import blocked, collisions

CAR = p.Added(
    7, p.Kind.VEHICLE, (100.0, 200.0, 3.0), (0.0, 0.0, 90.0), 5, "vehicle.audi.tt", ((4, "role_name", "hero"),)
)
MAN = p.Added(9, p.Kind.WALKER, (0.0, 0.0, 93.0), (0.0, 0.0, 0.0), 6, "walker.pedestrian.0001", ())


@pytest.mark.parametrize(
    ("bytes_", "golden"),
    [
        (p.records(Packet.EVENT_DEL, [p.Removed(7)]), "03 06000000 0100 07000000"),
        (p.records(Packet.EVENT_PARENT, [p.Parented(8, 7)]), "04 0a000000 0100 08000000 07000000"),
        (
            p.records(Packet.COLLISION, [p.Collided(1, 7, p.SCENERY_ID, True, False)]),
            "05 10000000 0100 01000000 07000000 ffffffff 01 00",
        ),
        (
            p.records(Packet.POSITION, [p.Position(7, 1.0, 2.0, -1.0, 0.5, 0.0, 90.0)]),
            "06 1e000000 0100 07000000 0000803f 00000040 000080bf 0000003f 00000000 0000b442",
        ),
        (p.records(Packet.STATE, [p.LightShown(3, True, 1.0, 2)]), "07 0c000000 0100 03000000 01 0000803f 02"),
        (
            p.records(Packet.ANIM_VEHICLE, [p.Driven(7, -1.0, 0.5, 0.0, True, -1)]),
            "08 17000000 0100 07000000 000080bf 0000003f 00000000 01 ffffffff",
        ),
        (p.records(Packet.ANIM_WALKER, [p.Walked(9, 1.0)]), "09 0a000000 0100 09000000 0000803f"),
        (p.records(Packet.VEHICLE_LIGHT, [p.Lamps(7, 0x102)]), "0a 0a000000 0100 07000000 02010000"),
        (p.packet(Packet.FRAME_END, b""), "01 00000000"),
        (p.text("Town06"), "0600 546f776e3036"),  # the example of CARLA's documentation
    ],
)
def test_golden_bytes(bytes_: bytes, golden: str) -> None:
    assert bytes_ == bytes.fromhex(golden.replace(" ", ""))


def test_an_actor_that_comes_byte_by_byte() -> None:
    whole = p.added([CAR])
    body = struct.pack("<HIB6fI", 1, 7, 1, 100.0, 200.0, 3.0, 0.0, 0.0, 90.0, 5)
    body += b"\x0f\x00vehicle.audi.tt" + b"\x01\x00" + b"\x04" + b"\x09\x00role_name" + b"\x04\x00hero"
    assert whole == b"\x02" + struct.pack("<I", len(body)) + body


def write(path: Path, frames: list[bytes], step_s: float = 0.5) -> Path:
    log = LogWriter(path, "loop", 0)
    for frame in frames:
        log.write(frame, step_s)
    log.close()
    return path


def at(x_cm: float, y_cm: float = 0.0) -> bytes:
    return p.records(Packet.POSITION, [p.Position(7, x_cm, y_cm, 0.0, 0.0, 0.0, 0.0)])


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", [p.added([CAR, MAN]) + at(1.0), at(2.0), at(3.0)])
    assert path.read_bytes()[:18] == b"\x01\x00\x0e\x00CARLA_RECORDER"
    assert path.stat().st_mode & 0o077 == 0
    with LogReader(path) as log:
        assert (log.head.version, log.head.map_name, log.last().elapsed_s) == (1, "loop", 1.0)
        frames = list(log.frames())
        log.rewind()
        assert len(list(log.frames())) == 3
    assert [tuple(frame.start) for frame in frames] == [(1, 0.5, 0.0), (2, 0.5, 0.5), (3, -1.0, 1.0)]
    assert frames[0].added() == [CAR, MAN]
    assert [frame.records(Packet.POSITION)[0].x_cm for frame in frames] == [1.0, 2.0, 3.0]


def test_what_is_not_known_is_skipped_and_a_cut_end_ends(tmp_path: Path) -> None:
    unknown = struct.pack("<BI", 139, 4) + b"abcd"
    path = write(tmp_path / "a.log", [unknown + at(1.0), at(2.0), at(3.0)])
    whole = path.read_bytes()
    for cut in range(whole.index(b"loop") + 4, len(whole)):
        path.write_bytes(whole[:cut])
        with LogReader(path) as log:
            positions = [r.x_cm for frame in log.frames() for r in frame.records(Packet.POSITION)]
        assert positions == [1.0, 2.0, 3.0][: len(positions)]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_garbage_is_told_in_a_line(tmp_path_factory, garbage: bytes, place: int) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.log"
    whole = write(path, [p.added([CAR]) + at(1.0), p.records(Packet.COLLISION, [p.Collided(1, 7, 9, True, False)])])
    good = whole.read_bytes()
    for spoilt in (garbage, good[:place] + garbage, good[:place] + garbage + good[place + len(garbage) :]):
        path.write_bytes(spoilt)
        for tell in (lambda log: file_info(log, show_all=True), lambda log: collisions(log, "a", "a")):
            try:
                with LogReader(path) as log:
                    assert "Frames:" in tell(log)
                    blocked(log, 0.0, 100.0)
            except RecordingError as error:
                assert "\n" not in str(error)


def test_a_packet_of_four_gigabytes_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", [at(1.0)])
    path.write_bytes(path.read_bytes() + struct.pack("<BI", 6, 0xFFFFFFFF))
    with LogReader(path) as log, pytest.raises(RecordingError, match="damaged"):
        list(log.frames())


@pytest.mark.parametrize("name", ["", "../a.log", "a/b", "a\\b", "C:a", ".hidden", "a.", "x" * 200, "ä", "a\0b", ".."])
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(RecordingError, match="no folder"):
        recording_path(Path("/recordings"), name)


def test_names_and_the_folder(monkeypatch, tmp_path: Path) -> None:
    assert recording_path(tmp_path, "manual_recording.rec") == tmp_path / "manual_recording.rec"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder().parent.parent == tmp_path


def test_no_file_is_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "a.log").symlink_to(victim)
    with pytest.raises(OSError):
        LogWriter(tmp_path / "a.log", "loop", 0)
    assert victim.read_text() == "precious"


def test_a_recording_does_not_outgrow_its_bound(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("agent.simulator.recording.log_writer.MAX_FILE_BYTES", 300)
    log = LogWriter(tmp_path / "a.log", "loop", 0)
    with pytest.raises(RecordingError, match="ends here"):
        for _ in range(20):
            log.write(at(1.0), 0.05)
    log.close()
    assert (tmp_path / "a.log").stat().st_size <= 400
    with LogReader(tmp_path / "a.log") as reader:
        assert len(list(reader.frames())) > 1


def test_the_table_of_collisions(tmp_path: Path) -> None:
    bump = p.records(Packet.COLLISION, [p.Collided(0, 7, 9, True, False), p.Collided(1, 7, p.SCENERY_ID, True, False)])
    path = write(tmp_path / "a.log", [p.added([CAR, MAN]), bump, bump, b"", bump], step_s=1.0)
    with LogReader(path) as log:
        lines = collisions(log, "h", "w").splitlines()
    assert lines[:2] == ["Version: 1", "Map: loop"]
    assert lines[4].split() == ["Time", "Types", "Id", "Actor", "1", "Id", "Actor", "2"]
    rows = [line.split() for line in lines[5:-3]]
    assert rows == [
        ["1", "v", "w", "7", CAR.blueprint, "9", MAN.blueprint],
        ["4", "v", "w", "7", CAR.blueprint, "9", MAN.blueprint],
    ]
    with LogReader(path) as log, pytest.raises(RecordingError, match="category"):
        collisions(log, "x", "a")


def test_the_table_of_who_is_stuck(tmp_path: Path) -> None:
    stuck = [at(100.0 + 10.0 * (i % 2)) for i in range(10)]
    moving = [at(1000.0 * i) for i in range(1, 5)]
    path = write(tmp_path / "a.log", [p.added([CAR]) + at(-5000.0), *stuck, *moving], step_s=1.0)
    with LogReader(path) as log:
        lines = blocked(log, 5.0, 100.0).splitlines()
    assert [line.split() for line in lines[5:-3]] == [["1", "7", CAR.blueprint, "10"]]
    assert lines[-2:] == ["Frames: 15", "Duration: 14 seconds"]
