"""An obstacle detector: a ball rolled ahead until it meets something, as a bundle of parallel rays. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import Hits
from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.sensing.attributes import number, switch

Array = npt.NDArray[np.float64]
_GAP_M = 0.12  # between rays: what is thinner may slip through
_MOST_RINGS = 12


@dataclass(frozen=True, slots=True)
class ObstacleDetector:
    """How far the ball rolls, its radius, and whether the scenery lets it through."""

    distance_m: float
    radius_m: float
    only_dynamics: bool

    @classmethod
    def of(cls, description: ActorDescription) -> ObstacleDetector:
        """From a blueprint's checked attributes."""
        distance, radius = number(description, "distance"), number(description, "hit_radius")
        return cls(distance, radius, switch(description, "only_dynamics"))

    def bundle(self) -> Array:
        """Where the rays start (N, 3) in the sensor's axes, on the plane through the ball's middle."""
        rings = min(math.ceil(self.radius_m / _GAP_M), _MOST_RINGS)
        starts = [[0.0, 0.0, 0.0]]
        for ring in range(1, rings + 1):
            turn = 2.0 * math.pi * np.arange(6 * ring) / (6 * ring)
            out = self.radius_m * ring / rings
            starts += np.stack([0.0 * turn, out * np.cos(turn), out * np.sin(turn)], axis=1).tolist()
        return np.array(starts)

    def nearest(self, bundle: Array, hits: Hits) -> tuple[int, float] | None:
        """The ray that ends first and how far the ball rolls until then [m], 0 if it begins in something; or None."""
        lead = np.sqrt(np.maximum(self.radius_m**2 - np.sum(bundle[:, 1:] ** 2, axis=1), 0.0))
        rolled = hits.distance_m - lead
        ray = int(np.argmin(rolled))
        return (ray, max(float(rolled[ray]), 0.0)) if rolled[ray] <= self.distance_m else None
