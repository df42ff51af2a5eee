"""The contract of a world: frames come out, controls go in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from agent.types import Control, Frame


class World(Protocol):
    """Something to drive in: CARLA, a log, a fake of a test."""

    def frames(self) -> Iterator[Frame]:
        """Yield frames with increasing index until the world ends; asking for the next frame ticks the world."""

    def apply(self, control: Control) -> None:
        """Tell the car what to do from the frame just yielded on."""
