"""`scripts.doctor` on this machine, and on machines that lack something."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from scripts import doctor

ROOT = Path(__file__).parent.parent


def test_a_machine_that_has_all(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert doctor.report() == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok    ") for line in lines)
    said = {name.strip(): found for name, found in ((line[6:26], line[26:]) for line in lines)}
    assert {name: said[name] for name in doctor.PACKAGES} == {name: version(name) for name in doctor.PACKAGES}
    assert said["graphics"] == "EGL and GL"
    assert re.fullmatch(r"starts and listens on port \d+", said["embedded simulator"])
    assert said["display"] == "none: runs are recorded, no window"


def test_every_requirement_is_looked_at() -> None:
    wanted = {re.split(r"[=<>;]", line)[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()}
    wanted = {name for name in wanted if name and not name.startswith("#")}
    assert wanted == set(doctor.PACKAGES)


def test_what_is_missing_is_named_with_its_cure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    monkeypatch.setattr(doctor, "LIBRARIES", {"libEGL.so.1": "libegl1", "libNoSuch.so.1": "libnosuch1"})
    monkeypatch.setattr(doctor, "_simulator", lambda: 0)  # told apart below
    assert doctor.missing_libraries() == ["libNoSuch.so.1"]
    assert doctor.report() == 2
    faults = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert len(faults) == 2
    assert re.fullmatch(r"FAIL  no-such-package +not installed: pip install -r requirements.txt", faults[0])
    assert re.fullmatch(r"FAIL  graphics +libNoSuch.so.1: apt-get install libegl1 .*", faults[1])


def test_a_simulator_that_does_not_start(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert doctor._simulator() == 1
    assert capsys.readouterr().out.startswith("FAIL  embedded simulator")


def fake_apt(folder: Path, status: int) -> Path:
    """An apt-get that only writes down what it was asked."""
    apt = folder / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$@" "$DEBIAN_FRONTEND" >> {folder}/asked\nexit {status}\n')
    apt.chmod(apt.stat().st_mode | stat.S_IXUSR)
    return folder / "asked"


INSTALL = """
import os, sys
from scripts import doctor
doctor.LIBRARIES = {"libNoSuch.so.1": "libnosuch1"}
os.geteuid = lambda: int(sys.argv[1])
doctor.install_libraries()
"""


def install(path: str, user: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", INSTALL, str(user)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env={**os.environ, "PATH": path}
    )


@pytest.mark.parametrize("status", [0, 100])
def test_root_installs_by_apt_and_looks_again(tmp_path: Path, status: int) -> None:
    asked = fake_apt(tmp_path, status)
    done = install(str(tmp_path), user=0)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "libNoSuch.so.1 still not found after: apt-get install -y libegl1" in done.stderr
    assert asked.read_text().splitlines() == [
        "update noninteractive",
        f"install -y {' '.join(doctor.APT)} noninteractive",
    ]


def test_others_are_told_the_exact_line(tmp_path: Path) -> None:
    asked, line = fake_apt(tmp_path, 0), f"apt-get install -y {' '.join(doctor.APT)}"
    for path, user in ((str(tmp_path), 1000), ("/nowhere", 0)):  # not root; no apt-get
        done = install(path, user)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert f"libNoSuch.so.1 not found, the embedded simulator renders with it: sudo {line}" in done.stderr
    assert not asked.exists()


def test_nothing_is_installed_where_nothing_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.doctor", "--libraries"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
