"""Errors that are the user's to mend: one line each, never a traceback."""

from __future__ import annotations


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
