"""TensorFlow for many pictures at a time: by oneDNN, which is faster at batches and slower at the live drive's one."""

from __future__ import annotations

import os

_SWITCH = "TF_ENABLE_ONEDNN_OPTS"


def import_for_batches() -> None:
    """Import TensorFlow with oneDNN on, unless it is imported already or the user has chosen.

    TensorFlow reads the switch as it is imported. Nobody else shall: a drive that we start runs without.
    """
    if _SWITCH in os.environ:
        return
    os.environ[_SWITCH] = "1"
    try:
        import agent.backend  # noqa: F401
    finally:
        del os.environ[_SWITCH]
