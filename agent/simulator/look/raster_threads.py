"""Mesa's llvmpipe draws with threads of its own; each gets a processor, where the system can be told (Linux)."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")
_NAME = "llvmpipe-"  # and a number, from 0


def spread_out() -> None:
    """Keep each drawing thread of this process on a processor of its own.

    They wake together, and the kernel often puts them on one processor while another one idles, for as long as a
    picture takes. Its tiles go to whoever is free: a thread whose processor is busy holds up nobody.
    """
    if not hasattr(os, "sched_setaffinity") or not _TASKS.is_dir():
        return
    allowed = sorted(os.sched_getaffinity(0))
    for task in _TASKS.iterdir():
        with suppress(OSError, ValueError):  # it has ended, or is called otherwise
            name = (task / "comm").read_text().strip()
            if name.startswith(_NAME):
                number = int(name.removeprefix(_NAME))
                os.sched_setaffinity(int(task.name), {allowed[number % len(allowed)]})
