"""A radar: beams strewn over a cone, and the closing speed of what they meet. Pure; as CARLA's Radar.cpp has it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Hits
from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.sensing.attributes import number

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Radar:
    """What a radar's attributes ask for: width and height of its cone, reach, beams a second."""

    horizontal_deg: float
    vertical_deg: float
    range_m: float
    points_per_second: int

    @classmethod
    def of(cls, description: ActorDescription) -> Radar:
        """From a blueprint's checked attributes."""
        wide, high, far = (number(description, name) for name in ("horizontal_fov", "vertical_fov", "range"))
        return cls(wide, high, far, int(number(description, "points_per_second")))

    def beams(self, dt_s: float, rng: np.random.Generator) -> Array:
        """Unit directions (N, 3) of a tick in the sensor's axes, thrown anew each time."""
        dice = rng.random((min(int(self.points_per_second * dt_s), 500_000), 2))
        out, turn = dice[:, 0], 2.0 * math.pi * dice[:, 1]
        wide, high = (math.tan(math.radians(fov) / 2.0) for fov in (self.horizontal_deg, self.vertical_deg))
        way = np.stack([np.ones_like(out), wide * out * np.cos(turn), high * out * np.sin(turn)], axis=1)
        return np.asarray(way / np.linalg.norm(way, axis=1, keepdims=True))

    def detections(self, direction: Array, beams: Array, hits: Hits, speed_mps: Array) -> npt.NDArray[np.float32]:
        """What comes back.

        Args:
            direction: (N, 3) in the sensor's axes; beams: the same in the world's.
            hits: what they met.
            speed_mps: (N, 3) of what each met less the sensor's own, world axes.

        Returns:
            (M, 4) speed along the beam, negative when nearing [m/s], azimuth and altitude [rad], distance [m].
        """
        met = np.isfinite(hits.distance_m)
        way = direction[met]
        speed = np.einsum("nk,nk->n", speed_mps[met], beams[met])
        azimuth, altitude = np.arctan2(way[:, 1], way[:, 0]), np.arcsin(np.clip(way[:, 2], -1.0, 1.0))
        return np.column_stack([speed, azimuth, altitude, hits.distance_m[met]]).astype(np.float32)
