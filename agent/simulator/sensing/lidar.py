"""A lidar: where its beams go in a tick, and what comes back. Pure.

The pattern, the intensity and the drop-off are CARLA's (RayCastSemanticLidar.cpp and RayCastLidar.cpp of 0.9.16).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Hits
from agent.simulator.protocol.ray_messages import SEMANTIC_POINT
from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.sensing.attributes import number

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint32]
MOST_BEAMS = 500_000
"""Of one tick; a lidar that asks for more gets its first channels' worth of them."""
_ATTRIBUTES = (
    *("range", "rotation_frequency", "upper_fov", "lower_fov", "horizontal_fov", "atmosphere_attenuation_rate"),
    *("dropoff_general_rate", "dropoff_intensity_limit", "dropoff_zero_intensity", "noise_stddev"),
)


@dataclass(frozen=True, slots=True)
class Lidar:
    """What a lidar's attributes ask for.

    Attributes:
        channels, points_per_second: beams above each other, and of all of them in a second.
        range_m: how far they reach.
        turns_hz: sweeps a second.
        upper_deg, lower_deg: of the highest and the lowest beam.
        sweep_deg: width of a sweep, its middle ahead.
        attenuation: of the air [1/m].
        drop_rate: share of beams lost for no reason.
        drop_limit: intensity from which on none is lost; drop_dark: share lost at intensity 0.
        noise_m: standard deviation of the distance.
    """

    channels: int
    points_per_second: int
    range_m: float
    turns_hz: float
    upper_deg: float
    lower_deg: float
    sweep_deg: float
    attenuation: float = 0.0
    drop_rate: float = 0.0
    drop_limit: float = 0.0
    drop_dark: float = 0.0
    noise_m: float = 0.0

    @classmethod
    def of(cls, description: ActorDescription) -> Lidar:
        """From a blueprint's checked attributes; those a semantic lidar has not are 0."""
        whole = (int(number(description, name)) for name in ("channels", "points_per_second"))
        return cls(*whole, *(number(description, name) for name in _ATTRIBUTES))

    def beams(self, angle_deg: float, dt_s: float) -> tuple[Array, npt.NDArray[np.int64], float]:
        """Where the beams of a tick go.

        Args:
            angle_deg: how far the sweep has come.
            dt_s: of the tick.

        Returns:
            Directions (N, 3) in the sensor's axes, the channel (N,) of each, ascending; and the angle after them.
        """
        each = min(math.floor(self.points_per_second * dt_s / self.channels + 0.5), MOST_BEAMS // self.channels)
        turned = self.turns_hz * self.sweep_deg * dt_s
        after = math.fmod(angle_deg + turned, self.sweep_deg)
        if each <= 0:
            return np.zeros((0, 3)), np.zeros(0, np.int64), after
        up = np.radians(np.linspace(self.upper_deg, self.lower_deg, self.channels))
        yaw = np.radians(np.fmod(angle_deg + turned / each * np.arange(each), self.sweep_deg) - self.sweep_deg / 2.0)
        level = np.cos(up)[:, None]
        x, y = level * np.cos(yaw), level * np.sin(yaw)
        directions = np.stack([x, y, np.broadcast_to(np.sin(up)[:, None], x.shape)], axis=-1)
        return directions.reshape(-1, 3), np.repeat(np.arange(self.channels), each), after

    def kept(self, beams: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
        """Which beams (N,) are not lost for no reason."""
        return rng.random(beams) >= self.drop_rate if self.drop_rate > 0.0 else np.ones(beams, bool)

    def points(
        self, direction: Array, channel: npt.NDArray[np.int64], hits: Hits, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.float32], Counts]:
        """What comes back: points (M, 4) x, y, z [m], intensity exp(-a d); and how many (C,) of each channel."""
        met = np.isfinite(hits.distance_m)
        far, way, channel = hits.distance_m[met], direction[met], channel[met]
        intensity = np.exp(-self.attenuation * far)
        if self.noise_m > 0.0:
            far = far + rng.normal(0.0, self.noise_m, len(far))
        bright = intensity > self.drop_limit
        if not bright.all():
            slope = self.drop_dark / self.drop_limit if self.drop_limit > 0.0 else 0.0
            bright |= rng.random(len(far)) < slope * intensity + 1.0 - self.drop_dark
        points = np.column_stack([way * far[:, None], intensity])[bright].astype(np.float32)
        return points, self._counts(channel[bright])

    def semantic_points(
        self, direction: Array, channel: npt.NDArray[np.int64], hits: Hits, beams: Array
    ) -> tuple[npt.NDArray[np.void], Counts]:
        """The same with what was hit: SEMANTIC_POINT (M,); `beams` are the directions in the world's axes."""
        met = np.isfinite(hits.distance_m)
        points = np.zeros(int(met.sum()), SEMANTIC_POINT)
        points["x"], points["y"], points["z"] = (direction[met] * hits.distance_m[met, None]).T
        points["cosine"] = -np.einsum("nk,nk->n", beams[met], hits.normal[met])
        points["actor"], points["label"] = hits.actor_id[met], hits.label[met]
        return points, self._counts(channel[met])

    def _counts(self, channel: npt.NDArray[np.int64]) -> Counts:
        return np.bincount(channel, minlength=self.channels).astype(np.uint32)
