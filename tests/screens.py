"""A virtual screen with a keyboard: Xvfb, its pixels read from where it keeps them, keys by xdotool."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt


class Screen:
    """A running Xvfb.

    Attributes:
        display: to be put into DISPLAY.
    """

    def __init__(self, display: str, pixels: Path) -> None:
        self.display = display
        self._pixels = pixels

    def press(self, *keys: str) -> None:
        subprocess.run(["xdotool", "key", *keys], check=True, timeout=20, env={**os.environ, "DISPLAY": self.display})

    def picture(self) -> npt.NDArray[np.uint8]:
        """RGB uint8 (H, W, 3) of the whole screen; XWDFile.h of X11: a header of big-endian words, colours, pixels."""
        content = self._pixels.read_bytes()
        head = np.frombuffer(content, ">u4", 25)
        height, row_bytes, begin = int(head[5]), int(head[12]), int(head[0] + 12 * head[19])
        rows = np.frombuffer(content, np.uint8, height * row_bytes, begin).reshape(height, -1, 4)
        return rows[:, : int(head[4]), 2::-1]

    def shows(self, picture: npt.NDArray[np.uint8], left_px: int, top_px: int, limit_s: float = 30.0) -> bool:
        """Whether a picture comes up at a place within a time."""
        height, width = picture.shape[:2]
        rows, columns = slice(top_px, top_px + height), slice(left_px, left_px + width)
        return eventually(lambda: np.array_equal(self.picture()[rows, columns], picture), limit_s)

    def window_at(self, limit_s: float = 60.0) -> tuple[int, int]:
        """Left and top of the only window [px], once it is drawn: whatever is not black; nobody else is here."""
        assert eventually(lambda: bool(self.picture().any()), limit_s), "no window"
        rows, columns = (np.flatnonzero(self.picture().any(axis=(axis, 2))) for axis in (1, 0))
        return int(columns[0]), int(rows[0])


def eventually(condition: Callable[[], bool], limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def screens_missing() -> bool:
    return shutil.which("Xvfb") is None or shutil.which("xdotool") is None


@contextmanager
def screen() -> Iterator[Screen]:
    """An Xvfb of 1024x768 for a while."""
    read, write = os.pipe()
    with tempfile.TemporaryDirectory() as place:
        flags = ["-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-fbdir", place]
        server = subprocess.Popen(["Xvfb", *flags], pass_fds=(write,), stderr=subprocess.DEVNULL)
        os.close(write)
        try:
            number = os.read(read, 16).decode().strip()
            assert number, "Xvfb did not start"
            yield Screen(f":{number}", Path(place) / "Xvfb_screen0")
        finally:
            os.close(read)
            server.terminate()
            server.wait(10)
