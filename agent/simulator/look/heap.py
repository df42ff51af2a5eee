"""Memory that was needed once goes back to the system: what glibc keeps of a map's making is half of what stays."""

from __future__ import annotations

import ctypes
import os

_LIBC = ctypes.CDLL(None) if os.name == "posix" else None


def give_back() -> None:
    """Return free memory to the system; takes some milliseconds. With another C library than glibc nothing happens."""
    trim = getattr(_LIBC, "malloc_trim", None)
    if trim is not None:
        trim(0)
