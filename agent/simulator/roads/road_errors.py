"""What is wrong with a map."""

from __future__ import annotations


class RoadError(ValueError):
    """A map that cannot be used: one line, what was found and what was wanted."""
