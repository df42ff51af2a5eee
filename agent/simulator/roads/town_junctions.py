"""Junctions of the map `town`: from the arms that meet in one to its connecting roads, links and light phases."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.simulator.roads.course import Stretch, chain, end_of
from agent.simulator.roads.map_plan import Connection, Controller, JunctionPlan, Link, RoadPlan
from agent.simulator.roads.rural_lanes import ease
from agent.simulator.roads.town_lanes import LANE_M, Street, turn_lanes
from agent.simulator.roads.town_roadside import light_id

SETBACK_M = 18.0
"""From a junction's middle to where its arms end."""
_TURN_KMH = 30


@dataclass(frozen=True, slots=True)
class Arm:
    """A street that ends at a junction.

    Attributes:
        road_id, contact: the street, and which end of it ("start", "end").
        street: its cross section.
        x_m, y_m, heading_rad: where it ends, heading into the junction.
        light: traffic lights stop it.
    """

    road_id: int
    contact: str
    street: Street
    x_m: float
    y_m: float
    heading_rad: float
    light: bool

    def lane(self, rank: int, *, leaving: bool) -> int:
        """Id of the lane `rank` from the middle (1 is innermost) that comes from the junction or leads to it."""
        along = (self.contact == "start") == leaving
        return -rank if along else rank


@dataclass(frozen=True, slots=True)
class Crossing:
    """A junction made: its connecting roads, itself, who switches its lights."""

    roads: list[RoadPlan]
    junction: JunctionPlan
    controllers: list[Controller]


def arm_of(road_id: int, street: Street, line: Sequence[Stretch], contact: str, *, light: bool) -> Arm:
    """The end of a street."""
    end = end_of(line) if contact == "end" else line[0]
    heading = end.heading_rad if contact == "end" else end.heading_rad + math.pi
    return Arm(road_id, contact, street, end.x_m, end.y_m, heading, light)


def cross(junction_id: int, name: str, arms: Sequence[Arm]) -> Crossing:
    """Connect every arm with every other: left from the innermost lane, right from the outermost, ahead from all."""
    roads: list[RoadPlan] = []
    connections = []
    for arm in arms:
        for way in _ways(arm, arms):
            road_id = junction_id + len(roads) + 1
            roads.append(_road(road_id, junction_id, arm, way))
            lanes = tuple((before, -rank) for rank, (before, _) in enumerate(_lanes(arm, way), start=1))
            connections.append(Connection(arm.road_id, road_id, lanes))
    controllers = list(_controllers(junction_id, arms))
    ids = tuple(controller.id for controller in controllers)
    return Crossing(roads, JunctionPlan(junction_id, name, tuple(connections), ids), controllers)


@dataclass(frozen=True, slots=True)
class _Way:
    """Where an arm leads: "left", "right" or "ahead" to another; whether the junction's edge runs along it."""

    turn: str
    other: Arm
    edge: bool


def _ways(arm: Arm, arms: Sequence[Arm]) -> Iterator[_Way]:
    turns = {}
    for other in arms:
        if other is not arm:
            angle = math.remainder(other.heading_rad + math.pi - arm.heading_rad, 2.0 * math.pi)
            turns["ahead" if abs(angle) < 0.5 else "left" if angle > 0.0 else "right"] = other
    for turn, other in turns.items():
        yield _Way(turn, other, turn == "right" or (turn == "ahead" and "right" not in turns))


def _lanes(arm: Arm, way: _Way) -> tuple[tuple[int, int], ...]:
    """(from, to) lane ids, the innermost first."""
    here, there = arm.street.lanes, way.other.street.lanes
    ranks = {"left": [(1, 1)], "right": [(here, there)]}.get(way.turn)
    ranks = ranks or [(rank, rank) for rank in range(1, min(here, there) + 1)]
    return tuple((arm.lane(a, leaving=False), way.other.lane(b, leaving=True)) for a, b in ranks)


def _road(road_id: int, junction_id: int, arm: Arm, way: _Way) -> RoadPlan:
    """A connecting road from the middle of one street's end to the middle of the other's."""
    start = Stretch(arm.x_m, arm.y_m, arm.heading_rad, 0.0, 0.0, 0.0)
    curvature = {"left": 1.0, "right": -1.0, "ahead": 0.0}[way.turn] / SETBACK_M
    length = 2.0 * SETBACK_M if way.turn == "ahead" else math.pi / 2.0 * SETBACK_M
    widths = (arm.street.lanes, way.other.street.lanes)
    shift = [-(number - 1) * LANE_M if way.turn == "right" else 0.0 for number in widths]
    return RoadPlan(
        id=road_id,
        name="",
        stretches=chain(start, ((length, curvature, curvature),)),
        sections=((0.0, turn_lanes(_lanes(arm, way), walk=way.edge)),),
        kind="town",
        limit_kmh=_TURN_KMH,
        junction=junction_id,
        predecessor=Link(arm.road_id, arm.contact),
        successor=Link(way.other.road_id, way.other.contact),
        lane_offset=(ease(0.0, length, *shift),),
    )


def _controllers(junction_id: int, arms: Sequence[Arm]) -> Iterator[Controller]:
    """Arms that face each other have green together."""
    phases: dict[bool, list[int]] = {}
    for arm in arms:
        if arm.light:
            across = abs(math.sin(arm.heading_rad)) > 0.7
            phases.setdefault(across, []).append(light_id(arm.road_id, arm.contact))
    for number, (across, signals) in enumerate(sorted(phases.items()), start=1):
        yield Controller(junction_id + 900 + number, "north-south" if across else "east-west", tuple(signals))
