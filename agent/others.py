"""The other vehicles of a CARLA world, tick by tick; speaks to carla's objects, imports none."""

from __future__ import annotations

import math
from typing import Any

from agent.ahead import SIGHT_M, SPACING_M, Other, lead_of
from agent.lanes import path
from agent.types import Lead

_NEW_ONES_EVERY = 20  # ticks: who is there is asked for anew; where they are is in every snapshot


class OtherVehicles:
    """Who drives ahead of our car.

    Args:
        world: a `carla.World`.
        ego: our `carla.Vehicle`.
    """

    def __init__(self, world: Any, ego: Any) -> None:
        self._world, self._ego = world, ego
        self._boxes: dict[int, Any] = {}
        self._ticks = 0

    def ahead(self, snapshot: Any, transform: Any, lane: Any | None) -> Lead | None:
        """The nearest vehicle ahead on our lane, by the simulator's own knowledge; None without map or vehicle.

        Args:
            snapshot: a `carla.WorldSnapshot`.
            transform: of our car in it.
            lane: `carla.Waypoint` beside our car, or None.
        """
        if self._ticks % _NEW_ONES_EVERY == 0:
            vehicles = self._world.get_actors().filter("vehicle.*")
            self._boxes = {each.id: each.bounding_box for each in vehicles if each.id != self._ego.id}
        self._ticks += 1
        if lane is None or not self._boxes:
            return None
        here = transform.location
        near = [
            other
            for number, box in self._boxes.items()
            if (other := self._other(snapshot, number, box)) is not None
            and math.hypot(other.x_m - here.x, other.y_m - here.y) < SIGHT_M + 10.0
        ]
        if not near:
            return None
        points = path(lane, SPACING_M, round(SIGHT_M / SPACING_M) + 1)
        return lead_of(points, lane.lane_width / 2, self._ego.bounding_box.extent.x, near)

    @staticmethod
    def _other(snapshot: Any, number: int, box: Any) -> Other | None:
        actor = snapshot.find(number)
        if actor is None:  # destroyed since
            return None
        place, velocity = actor.get_transform(), actor.get_velocity()
        return Other(
            x_m=place.location.x,
            y_m=place.location.y,
            yaw_rad=math.radians(place.rotation.yaw),
            speed_mps=math.hypot(velocity.x, velocity.y),
            length_m=2 * box.extent.x,
            width_m=2 * box.extent.y,
        )
