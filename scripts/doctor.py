"""Say what this machine has and lacks: `python -m scripts.doctor`."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from scripts.arguments import Parser

PACKAGES = (
    *("carla", "tensorflow", "keras", "h5py", "numpy", "opencv-python", "pygame"),
    *(
        "moderngl",
        "embreex",
        "msgpack",
        "av",
        "simplejpeg",
        "mcap",
        "foxglove-sdk",
        "protobuf",
        "PyYAML",
        "pydantic",
        "tqdm",
        "jinja2",
    ),
)
LIBRARIES = {"libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libEGL_mesa.so.0": "libegl-mesa0"}
APT = ["libegl1", "libgl1", "libegl-mesa0", "libgl1-mesa-dri", "libglib2.0-0"]


def missing_libraries() -> list[str]:
    """The system's graphics libraries that cannot be loaded; other systems than Linux bring their own."""
    if platform.system() != "Linux":
        return []
    return [name for name in LIBRARIES if not _loads(name)]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def install_libraries() -> None:
    """Install missing libraries by apt when root; else say the exact line and end with status 2."""
    missing = missing_libraries()
    if not missing:
        return
    line = f"apt-get install -y {' '.join(APT)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(_error(f"{', '.join(missing)} not found, the embedded simulator renders with it: sudo {line}"))
    print(f"installing the graphics libraries: {line}")
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update"], check=False, **quiet)  # type: ignore[call-overload]  # noqa: S607
    subprocess.run(line.split(), check=False, **quiet)  # type: ignore[call-overload]  # noqa: S603
    if missing_libraries():
        sys.exit(_error(f"{', '.join(missing)} still not found after: {line}"))


def _error(text: str) -> int:
    print(f"error: {text}", file=sys.stderr)
    return 2


def report() -> int:
    """Print a line per thing looked at; 0 if all is well, else 2."""
    faults = 0
    python_fits = (3, 10) <= sys.version_info[:2] <= (3, 12)
    faults += _line(python_fits, "Python", platform.python_version(), "use Python 3.10, 3.11 or 3.12")
    for package in PACKAGES:
        try:
            faults += _line(True, package, version(package), "")
        except PackageNotFoundError:
            faults += _line(False, package, "not installed", "pip install -r requirements.txt")
    missing = missing_libraries()
    faults += _line(not missing, "graphics", ", ".join(missing) or "EGL and GL", f"apt-get install {' '.join(APT)}")
    faults += _simulator()
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")) or platform.system() != "Linux"
    _line(True, "display", "yes" if shown else "none: runs are recorded, no window", "")
    return 2 if faults else 0


def _simulator() -> int:
    from agent.embedded import embedded_simulator
    from agent.errors import UserError

    try:
        with embedded_simulator("loop", 0) as address:
            return _line(True, "embedded simulator", f"starts and listens on port {address().port}", "")
    except UserError as error:
        return _line(False, "embedded simulator", str(error), "see the line above")


def _line(good: bool, what: str, found: str, cure: str) -> int:
    print(f"{'ok  ' if good else 'FAIL'}  {what:<19} {found}{'' if good else f': {cure}'}", flush=True)
    return int(not good)


if __name__ == "__main__":
    parser = Parser(prog="python -m scripts.doctor", description=__doc__)
    parser.add_argument("--libraries", action="store_true", help="only see to the graphics libraries")
    if parser.parse_args().libraries:
        install_libraries()
    else:
        sys.exit(report())
