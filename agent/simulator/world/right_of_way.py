"""What lights and signs tell the cars: who stands before which light, who has to wait at a stop sign, new limits.

As CARLA's sign components: a car that touches a light's box is at that light and sees what it shows; one that touches a
stop sign's box sees red for 2 s and until the junction is free, at a yield sign red while it is not; everybody else
sees green. A speed sign holds until the next one, here also until the road's own limit changes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from agent.simulator.dynamics.oriented_box import Plan, cells, touch
from agent.simulator.nouns import Box
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_signals import RoadSignal
from agent.simulator.world.actors import Vehicle
from agent.simulator.world.light_groups import LightState
from agent.simulator.world.signal_actors import TrafficLight, TrafficSign, new_signals

_STOP_S = 2.0
_COARSE_M = 32.0  # more than half a lorry and a zone's half together
_KMH = 3.6


@dataclass(frozen=True, slots=True, eq=False)
class _Zone:
    """A box of a sign, as a rectangle between two heights."""

    sign: TrafficSign
    plan: Plan
    bottom_m: float
    top_m: float


class RightOfWay:
    """The lights and signs of a map, and what they tell the cars.

    Args:
        network: the map.
        ids: where the actors get their ids.

    Attributes:
        signs: all of them, lights included.
        groups: of the lights.
    """

    def __init__(self, network: RoadNetwork, ids: count[int]) -> None:
        self.signs, self.groups = new_signals(network, ids)
        self._zones: dict[tuple[int, int], list[_Zone]] = defaultdict(list)
        self._junctions = {sign.id: _junction_roads(network, sign.signal) for sign in self.signs if _gives_way(sign)}
        self._near: set[tuple[int, int]] = set()  # squares of vehicles that may touch a zone
        self._waited_s: dict[tuple[int, int], float] = {}  # (sign, vehicle): at a stop or yield sign
        for sign in self.signs:
            for box in sign.boxes:
                zone = _Zone(sign, _plan(box), box.z_m - box.half_height_m, box.z_m + box.half_height_m)
                for cell in cells(zone.plan):
                    self._zones[cell].append(zone)
                column, row = math.floor(box.x_m / _COARSE_M), math.floor(box.y_m / _COARSE_M)
                self._near |= {(column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}

    def lights(self) -> Iterable[TrafficLight]:
        """The traffic lights among the signs."""
        return (sign for sign in self.signs if isinstance(sign, TrafficLight))

    def group_of(self, light: TrafficLight) -> Sequence[int]:
        """Ids of all lights at its junction."""
        return [member for turn in light.group.turns for member in turn.lights]

    def freeze(self, frozen: bool) -> None:
        """Stop or restart the time of all lights."""
        for group in self.groups:
            group.frozen = frozen

    def reset(self) -> None:
        """Begin all cycles anew."""
        for group in self.groups:
            group.reset()

    def forget(self, sign: TrafficSign) -> None:
        """A sign is destroyed: it tells nobody anything any more; its post stays, as part of the map."""
        self.signs.remove(sign)
        for cell, zones in self._zones.items():
            self._zones[cell] = [zone for zone in zones if zone.sign is not sign]

    def advance(self, vehicles: Sequence[Vehicle], dt_s: float) -> None:
        """Let the lights' time pass and tell every car what it sees."""
        for group in self.groups:
            group.advance(dt_s)
        if not self._zones:
            return
        waited_s: dict[tuple[int, int], float] = {}
        for vehicle in vehicles:
            touched = self._touched(vehicle)
            vehicle.light_id, vehicle.light_state = 0, int(LightState.GREEN)
            for sign in touched:
                if isinstance(sign, TrafficLight):
                    if not vehicle.light_id:
                        vehicle.light_id, vehicle.light_state = sign.id, int(sign.state)
                elif sign.signal.limit_mps is not None:
                    vehicle.obey_sign(_KMH * sign.signal.limit_mps)
                else:
                    waited_s[sign.id, vehicle.id] = self._waited_s.get((sign.id, vehicle.id), 0.0) + dt_s
        self._waited_s = waited_s
        self._give_way({vehicle.id: vehicle for vehicle in vehicles})

    def _give_way(self, vehicles: dict[int, Vehicle]) -> None:
        """Red for those at stop and yield signs who have to wait, unless a light rules there."""
        waiting = {vehicle_id for _, vehicle_id in self._waited_s}
        for (sign_id, vehicle_id), waited_s in self._waited_s.items():
            vehicle, (roads, kind) = vehicles[vehicle_id], self._junctions[sign_id]
            if vehicle.light_id:
                continue
            busy = any(other.road_id in roads for other in vehicles.values() if other.id not in waiting)
            if busy or (kind == "stop" and waited_s < _STOP_S):
                vehicle.light_state = int(LightState.RED)

    def _touched(self, vehicle: Vehicle) -> list[TrafficSign]:
        """Signs whose boxes the vehicle touches, in the order of their ids."""
        state, spec = vehicle.state, vehicle.spec
        if (math.floor(state.x_m / _COARSE_M), math.floor(state.y_m / _COARSE_M)) not in self._near:
            return []  # the usual case
        cosine, sine = math.cos(state.yaw_rad), math.sin(state.yaw_rad)
        plan = Plan(state.x_m, state.y_m, cosine, sine, 0.5 * spec.length_m, 0.5 * spec.width_m)
        found: dict[int, TrafficSign] = {}
        for cell in cells(plan):
            for zone in self._zones.get(cell, ()):
                level = zone.bottom_m < state.z_m + spec.height_m and zone.top_m > state.z_m
                if level and zone.sign.id not in found and touch(plan, zone.plan) is not None:
                    found[zone.sign.id] = zone.sign
        return [found[sign_id] for sign_id in sorted(found)]


def _gives_way(sign: TrafficSign) -> bool:
    return sign.signal.kind in ("stop", "yield")


def _plan(box: Box) -> Plan:
    cosine, sine = math.cos(box.yaw_rad), math.sin(box.yaw_rad)
    return Plan(box.x_m, box.y_m, cosine, sine, box.half_length_m, box.half_width_m)


def _junction_roads(network: RoadNetwork, signal: RoadSignal) -> tuple[frozenset[int], str]:
    """Roads across the junctions a stop or yield sign stands at, and the sign's kind."""
    junctions = set()
    for reach in signal.reaches:
        road = network.road(reach.road_id)
        ahead = road.predecessor if reach.lane_ids[0] > 0 else road.successor
        if road.junction is not None:
            junctions.add(road.junction)
        elif ahead is not None and ahead.element == "junction":
            junctions.add(ahead.id)
    roads = frozenset(road.id for road in network.roads if road.junction in junctions and road.junction is not None)
    return roads, signal.kind
