"""What made a run: versions, device, revision, and how the network was fed; recorded so that a replay can compare."""

from __future__ import annotations

import contextlib
import functools
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from agent.backend import tf
from agent.model import SteeringModel

PREPROCESSING, DEVICE, REVISION, TENSORFLOW = "preprocessing", "device", "git", "tensorflow"
_PACKAGES = ("carla", "tensorflow", "keras", "numpy", "opencv-python", "pygame")
_TELLING = (TENSORFLOW, "keras", DEVICE, PREPROCESSING)
"""What the last bits of a prediction hang on, besides the weights."""


def provenance(model: SteeringModel) -> dict[str, str]:
    """Of a run with this model, now and here."""
    return {
        "python": platform.python_version(),
        "os": platform.platform(),
        **{package: version(package) for package in _PACKAGES},
        DEVICE: _device(),
        REVISION: _revision(),
        PREPROCESSING: model.card.model_dump_json(exclude={"training"}),
    }


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What of it may change a prediction and has changed, for people; a run may be older than some of the entries."""
    return [
        f"{name}: {before.get(name, 'not recorded')} when it was logged, {now[name]} now"
        for name in _TELLING
        if before.get(name) != now[name]
    ]


def _device() -> str:
    gpus = [tf.config.experimental.get_device_details(gpu).get("device_name", "GPU") for gpu in _gpus()]
    return ", ".join(gpus) or f"CPU {_processor()}"


def _gpus() -> list[object]:
    return list(tf.config.list_physical_devices("GPU"))


def _processor() -> str:
    """The processor's name: its vector instructions decide the order of sums."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@functools.cache
def _revision() -> str:
    """Of the working tree this program runs from, when it was first asked for; "unknown" outside of one."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        root = Path(__file__).resolve().parents[1]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=5, check=True)  # noqa: S603
        return done.stdout.strip() or "unknown"
    return "unknown"
