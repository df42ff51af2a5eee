"""What a live source of maps hands out: a map, the frame it explains, and what the network saw of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent.types import Frame, Saliency, UInt8


@dataclass(frozen=True, slots=True)
class Shown:
    """See the file.

    Attributes:
        saliency: of the frame.
        frame: maybe an earlier one than the newest.
        network_input: uint8 (h, w, 3), of the frame.
    """

    saliency: Saliency
    frame: Frame
    network_input: UInt8


Source = Callable[[Frame], Shown | None]
"""Given the newest frame: a map of it or of an earlier one; None: no new map."""
