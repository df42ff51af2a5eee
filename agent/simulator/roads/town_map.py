"""The map `town` as OpenDRIVE text: a grid of streets around an avenue, lights, stop signs, crossings."""

from __future__ import annotations

from dataclasses import dataclass

from agent.simulator.roads.course import Corner, Stretch, open_course
from agent.simulator.roads.map_plan import Controller, JunctionPlan, Link, MapPlan, RoadPlan
from agent.simulator.roads.map_writer import map_xodr
from agent.simulator.roads.town_junctions import SETBACK_M, Arm, arm_of, cross
from agent.simulator.roads.town_lanes import Street, street_lanes
from agent.simulator.roads.town_roadside import Control, street_signals, street_things

_AVENUE = Street(lanes=2)
_PLAIN, _PARKED, _YELLOW = Street(), Street(parking=True), Street(double=True)
_NODES = {  # x, y [m]
    "nw": (0.0, 225.0), "n1": (140.0, 225.0), "n2": (290.0, 240.0), "ne": (420.0, 240.0),
    "w": (0.0, 110.0), "c1": (140.0, 110.0), "c2": (290.0, 110.0), "e": (420.0, 110.0),
    "sw": (0.0, 0.0), "s1": (140.0, 0.0), "s2": (290.0, -20.0), "se": (420.0, -20.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Way:
    """A street from one junction to another, around corners."""

    name: str
    start: str
    end: str
    street: Street
    limit_kmh: int
    corners: tuple[Corner, ...] = ()


def _bend(node: str, radius_m: float = 22.0) -> Corner:
    return Corner(*_NODES[node], radius_m, 12.0)


_WAYS = (
    _Way("Central Avenue West", "w", "c1", _AVENUE, 50),
    _Way("Central Avenue", "c1", "c2", _AVENUE, 50),
    _Way("Central Avenue East", "c2", "e", _AVENUE, 50),
    _Way("West Street", "s1", "w", _PLAIN, 50, (_bend("sw"),)),
    _Way("Dyer Street", "w", "n1", _YELLOW, 50, (_bend("nw", 30.0),)),
    _Way("North Street", "n1", "n2", _PARKED, 30, (Corner(190.0, 225.0, 60.0, 9.0), Corner(245.0, 240.0, 60.0, 9.0))),
    _Way("Museum Street", "n2", "e", _PLAIN, 50, (_bend("ne", 26.0),)),
    _Way("Harbour Street", "e", "s2", _YELLOW, 50, (_bend("se", 24.0),)),
    _Way("South Street", "s1", "s2", _PARKED, 30, (Corner(190.0, 0.0, 60.0, 9.0), Corner(245.0, -20.0, 60.0, 9.0))),
    _Way("Mint Lane", "s1", "c1", _PLAIN, 30),
    _Way("Tower Lane", "c1", "n1", _PARKED, 30),
    _Way("Market Street", "s2", "c2", _PARKED, 30),
    _Way("Castle Street", "c2", "n2", _PLAIN, 30),
)
_LIGHTS = ("w", "c1", "c2", "e")
_STOPS = {"n1": "Tower Lane", "n2": "Castle Street", "s1": "Mint Lane", "s2": "Market Street"}  # who has to stop
_JUNCTION_IDS = {name: 500 + 20 * rank for rank, name in enumerate(("w", "c1", "c2", "e", "n1", "n2", "s1", "s2"))}


def town_xodr() -> str:
    """The document; equal calls give equal text."""
    roads, arms = [], {name: list[Arm]() for name in _JUNCTION_IDS}
    for number, way in enumerate(_WAYS, start=1):
        line = _line(way)
        for node, contact in ((way.start, "start"), (way.end, "end")):
            arms[node].append(arm_of(number, way.street, line, contact, light=node in _LIGHTS))
        roads.append(_road(number, way, line))
    junctions: list[JunctionPlan] = []
    controllers: list[Controller] = []
    for node, found in arms.items():
        crossing = cross(_JUNCTION_IDS[node], node, found)
        roads += crossing.roads
        junctions.append(crossing.junction)
        controllers += crossing.controllers
    return map_xodr(MapPlan("town", tuple(roads), tuple(junctions), tuple(controllers)))


def _line(way: _Way) -> tuple[Stretch, ...]:
    """From the edge of one junction to that of the next."""
    points = [_NODES[way.start], *((corner.x_m, corner.y_m) for corner in way.corners), _NODES[way.end]]
    return open_course(_towards(points[0], points[1]), way.corners, _towards(points[-1], points[-2]))


def _towards(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    away = ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5
    return a[0] + (b[0] - a[0]) / away * SETBACK_M, a[1] + (b[1] - a[1]) / away * SETBACK_M


def _road(number: int, way: _Way, line: tuple[Stretch, ...]) -> RoadPlan:
    length = sum(stretch.length_m for stretch in line)
    lights = (way.start in _LIGHTS, way.end in _LIGHTS)
    stops = (_STOPS.get(way.start) == way.name, _STOPS.get(way.end) == way.name)
    control = Control(lights, stops, way.limit_kmh)
    return RoadPlan(
        id=number,
        name=way.name,
        stretches=line,
        sections=((0.0, street_lanes(way.street, length)),),
        kind="town",
        limit_kmh=way.limit_kmh,
        predecessor=Link(_JUNCTION_IDS[way.start]),
        successor=Link(_JUNCTION_IDS[way.end]),
        things=street_things(way.street, length),
        signals=street_signals(number, way.street, length, control),
    )
