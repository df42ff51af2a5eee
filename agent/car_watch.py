"""What is known of our car besides what its cameras see; speaks to carla's objects, imports none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.errors import SimulatorError
from agent.lanes import lane_of_travel, offset_m
from agent.others import OtherVehicles
from agent.pacing import Pace
from agent.readings import control, pose, speed_mps
from agent.sensor_queue import SensorQueue
from agent.types import Telemetry


class CarWatch:
    """Telemetry of a car, tick by tick.

    Attributes:
        lane: `carla.Waypoint` beside the car on the lane it travels, None where there is none.

    Args:
        world: a `carla.World`.
        roads: its `carla.Map`.
        ego: our `carla.Vehicle`.
        collisions, invasions: what its two sensors say.
    """

    def __init__(self, world: Any, roads: Any, ego: Any, collisions: SensorQueue[Any], invasions: SensorQueue[Any]):
        self._roads, self._ego = roads, ego
        self._collisions, self._invasions = collisions, invasions
        self._others = OtherVehicles(world, ego)
        self._pace = Pace()
        self.lane: Any | None = lane_of_travel(roads, ego.get_transform())

    def placed(self, snapshot: Any, weather: str) -> Telemetry:
        """The car in a snapshot, without the tick's events: they come with the sensors' messages.

        Raises:
            SimulatorError: it is not there any more.
        """
        actor = snapshot.find(self._ego.id)
        if actor is None:
            raise SimulatorError("the car is gone: another client destroyed it, or loaded another map")
        transform = actor.get_transform()
        self.lane = lane_of_travel(self._roads, transform)
        return Telemetry(
            pose=pose(transform),
            speed_mps=speed_mps(actor.get_velocity()),
            applied=control(self._ego.get_control()),
            lane_offset_m=None if self.lane is None else offset_m(self.lane, transform.location),
            off_road=self._roads.get_waypoint(transform.location, project_to_road=False) is None,
            traffic_light=str(self._ego.get_traffic_light_state()) if self._ego.is_at_traffic_light() else None,
            lead=self._others.ahead(snapshot, transform, self.lane),
            speed_limit_mps=self._ego.get_speed_limit() / 3.6 or None,
            weather=weather,
            real_time_factor=self._pace.factor(snapshot.timestamp.elapsed_seconds),
        )

    def with_events(self, telemetry: Telemetry) -> Telemetry:
        """The same with the collisions and lane invasions that have come in since."""
        bumps, crossings = self._collisions.drain(), self._invasions.drain()
        if not bumps and not crossings:
            return telemetry
        return replace(
            telemetry,
            collision_ns=max((bump.normal_impulse.length() for bump in bumps), default=0.0),
            collided_with=tuple(dict.fromkeys(str(bump.other_actor.type_id) for bump in bumps)),
            invaded_lanes=tuple(str(mark.type) for event in crossings for mark in event.crossed_lane_markings),
        )
