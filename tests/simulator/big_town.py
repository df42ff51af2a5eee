"""A town of the size and structure of CARLA's, as OpenDRIVE text: hundreds of roads, dozens of junctions.

CARLA's towns come from RoadRunner: several elevation records a road, a laneOffset even where it is 0, travel directions
in <userData>, roadMarks without <type>, numbers in exponent notation.
"""

from __future__ import annotations

import re
from dataclasses import replace

from agent.simulator.roads.course import Stretch, open_course
from agent.simulator.roads.map_plan import Controller, JunctionPlan, Link, MapPlan, RoadPlan
from agent.simulator.roads.map_writer import map_xodr
from agent.simulator.roads.town_junctions import SETBACK_M, Arm, arm_of, cross
from agent.simulator.roads.town_lanes import Street, street_lanes
from agent.simulator.roads.town_roadside import Control, street_signals, street_things

_BLOCK_M = 115.0
_STREETS = (Street(), Street(parking=True), Street(double=True), Street(lanes=2))


def big_town(side: int = 7) -> str:
    """A grid of `side` by `side` junctions on gentle hills."""
    nodes = [(i, j) for i in range(side) for j in range(side)]
    ways = [((i, j), (i + 1, j)) for i in range(side - 1) for j in range(side)]
    ways += [((i, j), (i, j + 1)) for i in range(side) for j in range(side - 1)]
    arms: dict[tuple[int, int], list[Arm]] = {node: [] for node in nodes}
    roads: list[RoadPlan] = []
    for number, (start, end) in enumerate(ways, start=1):
        column = start[0] == end[0]
        street = _STREETS[3] if (start[0] if column else start[1]) == side // 2 else _STREETS[number % 3]
        line = open_course(_edge(start, end), (), _edge(end, start))
        for node, contact in ((start, "start"), (end, "end")):
            arms[node].append(arm_of(number, street, line, contact, light=True))
        roads.append(_street(number, street, line, (start, end)))
    junctions: list[JunctionPlan] = []
    controllers: list[Controller] = []
    for node, found in arms.items():
        crossing = cross(_junction(node), f"{node}", found)
        roads += [replace(road, elevation=((0.0, _height(node), 0.0, 0.0, 0.0),)) for road in crossing.roads]
        junctions.append(crossing.junction)
        controllers += crossing.controllers
    return _as_exported(map_xodr(MapPlan("big", tuple(roads), tuple(junctions), tuple(controllers))))


def _junction(node: tuple[int, int]) -> int:
    return 10_000 + 1000 * node[0] + 20 * node[1]


def _height(node: tuple[int, int]) -> float:
    return 1.5 * ((node[0] * 2 + node[1] * 3) % 5)


def _edge(a: tuple[int, int], b: tuple[int, int]) -> tuple[float, float]:
    return tuple(_BLOCK_M * p + SETBACK_M * (q - p) for p, q in zip(a, b, strict=True))


def _street(number: int, street: Street, line: tuple[Stretch, ...], ends: tuple) -> RoadPlan:
    length = sum(stretch.length_m for stretch in line)
    low, high = (_height(node) for node in ends)
    rise = high - low  # level at both ends: four records of one cubic
    ds = length / 4.0
    c, d = 3.0 * rise / length**2, -2.0 * rise / length**3
    records = [
        (s, low + (c + d * s) * s * s, (2.0 * c + 3.0 * d * s) * s, c + 3.0 * d * s, d)
        for s in (0.0, ds, 2.0 * ds, 3.0 * ds)
    ]
    control = Control((True, True), (False, False), 50)
    return RoadPlan(
        number,
        f"Road {number}",
        line,
        ((0.0, street_lanes(street, length)),),
        "town",
        50,
        predecessor=Link(_junction(ends[0])),
        successor=Link(_junction(ends[1])),
        elevation=tuple(records),
        lane_offset=((0.0, 0.0, 0.0, 0.0, 0.0),),
        things=street_things(street, length),
        signals=street_signals(number, street, length, control),
    )


def _as_exported(text: str) -> str:
    """Rewrite numbers, and add what RoadRunner adds."""
    declaration, text = text.split("\n", 1)
    text = re.sub(r'="(-?\d+\.\d+)"', lambda found: f'="{float(found.group(1)):.16e}"', text)
    text = re.sub(r"\n\s*<type name=[^>]*>\s*(<line [^>]*/>\s*)+</type>\s*", "", text)
    text = text.replace("</lane>", '<userData><vectorLane travelDir="forward"/></userData></lane>')
    return declaration + text
