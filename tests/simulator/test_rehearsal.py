"""Shaders compiled ahead: a first real picture finds all of them, and nobody is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from agent.simulator.rehearsal import rehearsing

ROOT = Path(__file__).parents[2]
_PICTURE = """
from agent.simulator.building import TownBuilder
from agent.simulator.nouns import View, Weather
from agent.simulator.world.maps import MAPS
town = TownBuilder(0)((MAPS / "loop.xodr").read_text(encoding="utf-8"), "loop")
town.painter.render(View(town.network.spawn_points[0], 90.0, 640, 360), Weather(), [], labels=False)
"""


def _python(*arguments: str, cache: Path, **streams: object) -> subprocess.Popen:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    environment.pop("MESA_SHADER_CACHE_DIR", None)
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, **streams)


def _kept(cache: Path) -> int:
    return sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())


def test_a_real_picture_needs_no_shader_that_was_not_rehearsed(tmp_path: Path) -> None:
    cache, stamp = tmp_path / "cache", tmp_path / "stamp"
    with _python("-m", "agent.simulator.rehearsal", str(stamp), cache=cache, stdin=subprocess.PIPE) as rehearsal:
        assert rehearsal.wait(120) == 0
    assert stamp.exists()
    kept = _kept(cache)
    assert kept > 0
    with _python("-c", _PICTURE, cache=cache) as picture:
        assert picture.wait(120) == 0
    assert _kept(cache) == kept


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    with _python(
        "-m", "agent.simulator.rehearsal", str(tmp_path / "stamp"), cache=tmp_path, stdin=subprocess.PIPE
    ) as rehearsal:
        rehearsal.stdin.close()
        assert rehearsal.wait(60) == 0


def test_what_is_not_done_when_the_scene_is_there_is_left(tmp_path: Path) -> None:
    with rehearsing(tmp_path / "stamp"):
        pass
    assert not (tmp_path / "stamp").exists()
    assert not [line for line in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path).encode() in _read(line)]


def test_once_done_is_done(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    stamp.touch()
    before = stamp.stat().st_mtime_ns
    with rehearsing(stamp):
        pass
    assert stamp.stat().st_mtime_ns == before


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # ended meanwhile
        return b""
