"""Errors that are the user's to mend: one line each, never a traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Input or environment is wrong: what was got, what was wanted, what to do. A door prints it and exits 2."""


class ConfigError(UserError):
    """A configuration file or a flag."""


class ModelError(UserError):
    """A model file or its card."""


class SimulatorError(UserError):
    """No simulator, a simulator of another version, or one that stopped answering."""


class RecordingError(UserError):
    """An output folder, a video or a log that cannot be written or read."""


def unknown(what: str, got: str, known: Iterable[str]) -> str:
    """One line that names what was got and what there is, nearest first, e.g. for a weather or a method."""
    names = sorted(known)
    near = difflib.get_close_matches(got, names, n=3, cutoff=0.4)
    ordered = near + [name for name in names if name not in near]
    return f"unknown {what} '{got}': known are {', '.join(ordered) or 'none'}"


class DisplayError(UserError):
    """No display to open a window on."""
