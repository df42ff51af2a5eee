"""A sensor's attributes as numbers, refused outside the range in which they mean something."""

from __future__ import annotations

import math
from typing import Final

from agent.simulator.protocol.structs import ActorDescription, StructError

MAX_IMAGE_PX: Final = 4096
_MOST_POINTS = 4_000_000  # a second; of a lidar or a radar
_UNBOUNDED = 1e6

_RANGES: Final = {
    "sensor_tick": (0.0, 3600.0),
    "image_size_x": (1, MAX_IMAGE_PX),
    "image_size_y": (1, MAX_IMAGE_PX),
    "fov": (1.0, 170.0),
    "gamma": (0.1, 10.0),
    "exposure_compensation": (-20.0, 20.0),
    "channels": (1, 1024),
    "points_per_second": (1, _MOST_POINTS),
    "range": (0.01, 5000.0),
    "rotation_frequency": (0.0, 1000.0),
    "upper_fov": (-90.0, 90.0),
    "lower_fov": (-90.0, 90.0),
    "atmosphere_attenuation_rate": (0.0, 100.0),
    "dropoff_general_rate": (0.0, 1.0),
    "dropoff_intensity_limit": (0.0, 1.0),
    "dropoff_zero_intensity": (0.0, 1.0),
    "vertical_fov": (0.1, 179.0),
    "distance": (0.01, 5000.0),
    "hit_radius": (0.0, 50.0),
    "noise_stddev": (0.0, 1000.0),
    "positive_threshold": (0.01, 1000.0),
    "negative_threshold": (0.01, 1000.0),
    "sigma_positive_threshold": (0.0, 1000.0),
    "sigma_negative_threshold": (0.0, 1000.0),
    "refractory_period_ns": (0, 2**31 - 1),
    "log_eps": (1e-6, 1.0),
    "noise_seed": (-(2**31), 2**31 - 1),
}
_FOV_OF_A_SWEEP = (0.1, 360.0)
_FOV_OF_A_RADAR = (0.1, 179.0)


def check(description: ActorDescription) -> None:
    """Look at all numbers of a sensor.

    Raises:
        StructError: one is out of range or not finite.
    """
    for name, _, chosen in description.attributes:
        low, high = _range(description.id, name)
        try:
            value = float(chosen)
        except ValueError:
            continue  # a text: the library has checked its kind
        if not low <= value <= high:  # NaN fails every comparison
            raise StructError(f"{name} of {description.id} is {value:g}, wanted {low:g} to {high:g}")


def _range(blueprint: str, name: str) -> tuple[float, float]:
    if name == "horizontal_fov":
        return _FOV_OF_A_SWEEP if blueprint.startswith("sensor.lidar.") else _FOV_OF_A_RADAR
    if name.endswith(("_stddev", "_stddev_x", "_stddev_y", "_stddev_z")):
        return 0.0, _UNBOUNDED
    return _RANGES.get(name, (-_UNBOUNDED, _UNBOUNDED))


def number(description: ActorDescription, name: str, default: float = 0.0) -> float:
    """A checked attribute."""
    value = float(description.value(name, str(default)))
    return value if math.isfinite(value) else default


def switch(description: ActorDescription, name: str) -> bool:
    """A checked attribute that is "true" or "false"."""
    return description.value(name).lower() == "true"
