"""The colours of the HUD, RGB; those of the saliency are in palettes.py."""

from __future__ import annotations

Color = tuple[int, int, int]

GLASS: Color = (13, 17, 23)
"""What panels are tinted with."""
HAIRLINE: Color = (70, 80, 94)
TRACK: Color = (92, 104, 120)
"""The empty part of a gauge."""

BRIGHT: Color = (244, 247, 250)
"""Values."""
MUTED: Color = (182, 192, 204)
"""Labels and units."""

STEERING: Color = (86, 200, 250)
THROTTLE: Color = (94, 214, 142)
BRAKE: Color = (255, 107, 100)
OFFSET: Color = (186, 224, 118)

WARNING: Color = (255, 189, 74)
LANE_ALERT: Color = (176, 112, 10)
DANGER: Color = (214, 48, 46)
