"""Progress on a terminal and elsewhere."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from viz import progress
from viz.progress import Progress


def lines_of(said: str) -> list[str]:
    assert "\r" not in said
    return said.splitlines()


def test_elsewhere_it_ends_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("frame", 5) as bar:
        for number in range(3):
            bar.step(f"note {number}")
    [line] = lines_of(capsys.readouterr().err)
    assert re.fullmatch(r"3 of 5 frames, \d+ per second, note 2", line)


def test_without_a_total_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("frame", None) as bar:
        bar.step()
    assert re.fullmatch(r"1 frames, \d+ per second\n", capsys.readouterr().err)


def test_nothing_is_said_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("frame", 5, done=2):
        pass
    assert capsys.readouterr() == ("", "")


def test_what_was_done_before_counts_but_not_for_the_rate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now_s)
    with Progress("frame", 1000, done=900) as bar:
        for _ in range(8):
            bar.step()
        now_s += 4.0
    assert capsys.readouterr().err == "908 of 1000 frames, 2 per second\n"


def test_a_line_every_ten_seconds(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now_s)
    with Progress("frame", None) as bar:
        for _ in range(50):
            now_s += 0.5
            bar.step()
        said = lines_of(capsys.readouterr().err)
    assert [line.split()[0] for line in said] == ["20", "40"]


def test_on_a_terminal_a_bar_is_drawn() -> None:
    drive = "from viz.progress import Progress\nwith Progress('frame', 40) as bar:\n" + (
        "    for number in range(40):\n        bar.step(f'{number} km/h')\n"
    )
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))  # a new one is 0 x 0
    with os.fdopen(ours, "rb", buffering=0) as screen:
        done = subprocess.run([sys.executable, "-c", drive], stderr=theirs, timeout=60, check=True)
        os.close(theirs)
        said = b""
        try:
            while more := screen.read(4096):
                said += more
        except OSError:  # how Linux says that the other end of a terminal is closed
            pass
    assert done.returncode == 0
    shown = said.decode()
    assert "\r" in shown
    assert "40/40" in shown
    assert "39 km/h" in shown
    assert "per second" not in shown
