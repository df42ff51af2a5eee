"""CARLA's weather presets by name, for a server told its weather at start.

The figures are those of `carla.WeatherParameters` in the 0.9.16 client, where the presets live.
"""

from __future__ import annotations

from agent.simulator.nouns import Weather

# the fields of Weather in their order
_PRESETS: dict[str, tuple[float, ...]] = {
    "ClearNight": (5, 0, 0, 10, -1, -90, 60, 75, 1, 0, 1, 0.03, 0.0331, 0),
    "ClearNoon": (5, 0, 0, 10, -1, 45, 2, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "ClearSunset": (5, 0, 0, 10, -1, 15, 2, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "CloudyNight": (60, 0, 0, 10, -1, -90, 60, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "CloudyNoon": (60, 0, 0, 10, -1, 45, 3, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "CloudySunset": (60, 0, 0, 10, -1, 15, 3, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "DustStorm": (100, 0, 0, 100, -1, 45, 2, 0.75, 0.1, 0, 1, 0.03, 0.0331, 100),
    "HardRainNight": (100, 100, 90, 100, -1, -90, 100, 0.75, 0.1, 100, 1, 0.03, 0.0331, 0),
    "HardRainNoon": (100, 100, 90, 100, -1, 45, 7, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "HardRainSunset": (100, 100, 90, 100, -1, 15, 7, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "MidRainSunset": (60, 60, 60, 60, -1, 15, 3, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "MidRainyNight": (80, 60, 60, 60, -1, -90, 60, 0.75, 0.1, 80, 1, 0.03, 0.0331, 0),
    "MidRainyNoon": (60, 60, 60, 60, -1, 45, 3, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "SoftRainNight": (60, 30, 50, 30, -1, -90, 60, 0.75, 0.1, 60, 1, 0.03, 0.0331, 0),
    "SoftRainNoon": (20, 30, 50, 30, -1, 45, 3, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "SoftRainSunset": (20, 30, 50, 30, -1, 15, 2, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "WetCloudyNight": (60, 0, 50, 10, -1, -90, 60, 0.75, 0.1, 60, 1, 0.03, 0.0331, 0),
    "WetCloudyNoon": (60, 0, 50, 10, -1, 45, 3, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "WetCloudySunset": (60, 0, 50, 10, -1, 15, 2, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "WetNight": (5, 0, 50, 10, -1, -90, 60, 75, 1, 60, 1, 0.03, 0.0331, 0),
    "WetNoon": (5, 0, 50, 10, -1, 45, 3, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
    "WetSunset": (5, 0, 50, 10, -1, 15, 2, 0.75, 0.1, 0, 1, 0.03, 0.0331, 0),
}

WEATHERS: dict[str, Weather] = {name: Weather(*map(float, figures)) for name, figures in _PRESETS.items()}
"""Preset by name, e.g. "ClearNoon"."""
