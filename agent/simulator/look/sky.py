"""Weather -> light: where the sun stands, what it and the sky give, how far one sees, how wet it is. Pure.

Colours are linear RGB; 1 is a white wall in full sun at noon before exposure. The numbers follow no sensor: they are
chosen so that the pictures resemble CARLA's for the same parameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Weather

Color = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """What a weather does to a picture.

    Attributes:
        sun_direction: unit vector towards the sun, or at night the moon.
        sun: its light on a wall that faces it.
        zenith, horizon: colours of the sky.
        sky, ground: ambient light from above and from below.
        glow: what haze adds when looking towards the sun.
        shadow: 0..1, how much of the sun a shadow takes.
        extinction_per_m: of the haze.
        cloud: 0..1 share of the sky covered.
        wet: 0..1 dampness of the road; puddle: 0..1 standing water; rain: 0..1.
        night: 0 day .. 1 night: lamps and windows are lit above 0.
        exposure: of the camera.
    """

    sun_direction: Color
    sun: Color
    zenith: Color
    horizon: Color
    sky: Color
    ground: Color
    glow: Color
    shadow: float
    extinction_per_m: float
    cloud: float
    wet: float
    puddle: float
    rain: float
    night: float
    exposure: float


def _share(percent: float) -> float:
    return min(max(percent / 100.0, 0.0), 1.0)


def _step(low: float, high: float, x: float) -> float:
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def _mix(a: Color, b: Color, share: float) -> Color:
    return a + (b - a) * share


def _rgb(*values: float) -> Color:
    return np.array(values)


def light_of(weather: Weather) -> Light:
    """The light of a weather; values outside CARLA's ranges are clipped."""
    altitude = min(max(weather.sun_altitude_angle, -90.0), 90.0)
    day, night = _step(-7.0, 14.0, altitude), 1.0 - _step(-6.0, 3.0, altitude)
    cloud, rain = _share(weather.cloudiness), _share(weather.precipitation)
    dust = _share(weather.dust_storm)
    overcast = _step(0.35, 1.0, cloud)
    warm = _step(30.0, 3.0, altitude) * (1.0 - 0.75 * overcast)  # low sun reddens sky and haze
    sun = _sun_color(altitude) * (1.0 - 0.9 * overcast) * _step(-3.0, 4.0, altitude) + _moon(night, overcast)
    zenith, horizon = _sky_colors(day, warm, overcast, rain)
    horizon = _mix(horizon, _rgb(0.55, 0.38, 0.2) * day, 0.8 * dust)
    zenith = _mix(zenith, _rgb(0.45, 0.3, 0.17) * day, 0.7 * dust)
    sky = 0.42 * zenith + 0.42 * horizon + _rgb(0.05, 0.05, 0.055) * day * overcast
    sky = _mix(sky, np.full(3, sky.mean()), 0.35)  # clouds and the land about whiten what comes from above
    return Light(
        sun_direction=_sun_direction(altitude, weather.sun_azimuth_angle),
        sun=sun,
        zenith=zenith,
        horizon=horizon,
        sky=sky,
        ground=0.30 * sky + 0.07 * sun * max(math.sin(math.radians(altitude)), 0.0),
        glow=(_rgb(0.95, 0.5, 0.2) * warm * 0.8 + _rgb(0.2, 0.18, 0.14) * day) * (1.0 - 0.85 * overcast) * day,
        shadow=1.0 - 0.35 * overcast,
        extinction_per_m=_extinction(weather, rain, dust),
        cloud=cloud,
        wet=max(_share(weather.wetness), 0.9 * _share(weather.precipitation_deposits), 0.8 * rain),
        puddle=_share(weather.precipitation_deposits),
        rain=rain,
        night=night,
        exposure=0.95 + 0.5 * (1.0 - day) + 0.12 * overcast * day,
    )


def _sun_direction(altitude_deg: float, azimuth_deg: float) -> Color:
    """Azimuth from +x towards +y. The night's moon keeps the azimuth and stands at 50 degrees."""
    up = math.radians(max(altitude_deg, 2.5) if altitude_deg > -5.0 else 50.0)
    turn = math.radians(azimuth_deg)
    return _rgb(math.cos(up) * math.cos(turn), math.cos(up) * math.sin(turn), math.sin(up))


def _sun_color(altitude_deg: float) -> Color:
    """White light through the air: blue goes first, and the lower the sun the longer its way (Rayleigh)."""
    way = 1.0 / (math.sin(math.radians(max(altitude_deg, 0.0))) + 0.12)
    return np.asarray(1.75 * np.exp(-_rgb(0.06, 0.155, 0.35) * (way - 0.9)))


def _moon(night: float, overcast: float) -> Color:
    return _rgb(0.030, 0.040, 0.062) * night * (1.0 - 0.6 * overcast)


def _sky_colors(day: float, warm: float, overcast: float, rain: float) -> tuple[Color, Color]:
    zenith = _mix(_rgb(0.11, 0.27, 0.68), _rgb(0.17, 0.22, 0.42), warm)
    horizon = _mix(_rgb(0.60, 0.76, 0.92), _rgb(0.92, 0.60, 0.36), warm)
    gray = _mix(_rgb(0.50, 0.53, 0.57), _rgb(0.30, 0.33, 0.37), rain)
    zenith = _mix(zenith, gray * 0.8, overcast * 0.92)
    horizon = _mix(horizon, gray, overcast * 0.92)
    dark = 1.0 - 0.45 * overcast
    return (
        _mix(_rgb(0.006, 0.010, 0.022) * dark, zenith, day),
        _mix(_rgb(0.020, 0.028, 0.048) * dark, horizon, day),
    )


def _extinction(weather: Weather, rain: float, dust: float) -> float:
    """Haze: clear air keeps 30 % at 3.4 km; fog_density 100 keeps 30 % at 60 m; fog that starts far off is thinner."""
    fog = 0.02 * math.pow(_share(weather.fog_density), 2.2) / (1.0 + max(weather.fog_distance, 0.0) / 40.0)
    return 0.00035 + fog + 0.002 * rain + 0.012 * dust
