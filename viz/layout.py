"""Where everything of the HUD goes, for any size of picture; pure.

The network looks at the middle of the picture (see `agent.preprocess`), so the cards sit above it, in the sky, and the
status line below it, on the bonnet: nothing covers the road ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the picture [px]."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column outside."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """First row outside."""
        return self.top + self.height


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Places of the cards; the same object for the same size, so that what is kept by layout is found at once.

    Attributes:
        unit_px: pixels per unit of length; 1 at a height of 720. Small pictures get relatively larger cards.
        driving: speed, steering, pedals.
        saliency: what was explained, how strong.
        trend: lines of the last seconds; None where there is no room.
        status: the line at the bottom.
        check: the causal check, below the saliency.
        attention: the attention ledger, below driving and trend.
        panels: the strip of layer maps above the status line, in the panel mode.
        compact: too small for labels.
    """

    unit_px: float
    driving: Box
    saliency: Box
    trend: Box | None
    status: Box
    check: Box
    attention: Box
    panels: Box
    compact: bool


@lru_cache(maxsize=16)
def lay_out(width_px: int, height_px: int) -> Layout:
    """The layout of a picture of this size."""
    reference = min(height_px, 0.62 * width_px)
    unit = (reference / 720.0) ** (0.75 if reference < 720.0 else 1.0)
    margin, gap = round(14 * unit), round(10 * unit)
    height = round(128 * unit)
    driving = Box(margin, margin, round(352 * unit), height)
    saliency_width = round(352 * unit)
    saliency = Box(width_px - margin - saliency_width, margin, saliency_width, height)
    trend = Box(driving.right + gap, margin, saliency.left - driving.right - 2 * gap, height)
    status_height = round(34 * unit)
    return Layout(
        unit_px=unit,
        driving=driving,
        saliency=saliency,
        trend=trend if trend.width >= 190 * unit and unit >= 0.5 else None,
        status=Box(0, height_px - status_height, width_px, status_height),
        check=Box(saliency.left, saliency.bottom + gap, saliency.width, round(56 * unit)),
        attention=Box(margin, driving.bottom + gap, saliency.left - gap - margin, round(56 * unit)),
        panels=Box(0, height_px - status_height - round(108 * unit), width_px, round(108 * unit)),
        compact=unit < 0.5,
    )
