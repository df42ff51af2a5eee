"""The map `country` as OpenDRIVE text: 2.3 km of narrow lane, tight bends, paint that is worn or missing, hedges.

Two lanes of 2.75 m: by RASt 06 the least that two cars pass on.
"""

from __future__ import annotations

from agent.simulator.roads.circuit import grouped, legs, ring_links
from agent.simulator.roads.course import Corner, course
from agent.simulator.roads.map_plan import MapPlan, RoadPlan, Thing
from agent.simulator.roads.map_writer import map_xodr
from agent.simulator.roads.opendrive_writer import Paint
from agent.simulator.roads.rural_lanes import NONE, Paints, two_lanes

_LANE_M, _VERGE_M = 2.75, 0.5
_CORNERS = (  # x, y, radius, spiral [m]
    Corner(0.0, 0.0, 30.0, 15.0),
    Corner(130.0, -30.0, 24.0, 12.0),
    Corner(170.0, 60.0, 18.0, 10.0),
    Corner(280.0, 70.0, 16.0, 10.0),
    Corner(290.0, -20.0, 15.0, 9.0),
    Corner(400.0, -40.0, 22.0, 12.0),
    Corner(440.0, 90.0, 40.0, 18.0),
    Corner(380.0, 190.0, 14.0, 9.0),
    Corner(450.0, 240.0, 15.0, 9.0),
    Corner(400.0, 340.0, 30.0, 15.0),
    Corner(270.0, 360.0, 26.0, 14.0),
    Corner(240.0, 270.0, 16.0, 10.0),
    Corner(300.0, 200.0, 14.0, 9.0),
    Corner(240.0, 150.0, 17.0, 10.0),
    Corner(150.0, 190.0, 28.0, 14.0),
    Corner(140.0, 310.0, 24.0, 13.0),
    Corner(20.0, 340.0, 20.0, 12.0),
    Corner(-60.0, 270.0, 22.0, 12.0),
    Corner(-20.0, 170.0, 18.0, 10.0),
    Corner(-100.0, 90.0, 20.0, 12.0),
)
_CUTS = (
    slice(0, 3),
    slice(3, 6),
    slice(6, 9),
    slice(9, 11),
    slice(11, 14),
    slice(14, 16),
    slice(16, 18),
    slice(18, 20),
)
_NAMES = ("Mill Lane", "Orchard Bend", "Ford Lane", "Long Acre", "Sunken Lane", "Church Way", "Heath Lane", "Gate Lane")
_HEIGHTS = (
    (0.0, 0.0),
    (0.12, 1.5),
    (0.25, -0.5),
    (0.37, 4.0),
    (0.5, 8.0),
    (0.6, 5.0),
    (0.72, 7.0),
    (0.85, 2.0),
)
_WORN = Paint("broken", dash_m=3.0, gap_m=6.0, width_m=0.1, material="worn")
_WORN_EDGE = Paint("solid", width_m=0.1, material="worn")
_FRESH = Paint("broken", dash_m=3.0, gap_m=6.0)
_BARE: Paints = ((0.0, NONE),)
_CENTERS: tuple[Paints, ...] = (
    ((0.0, _WORN), (110.0, NONE), (160.0, _WORN)),
    _BARE,
    ((0.0, _WORN), (90.0, NONE)),
    ((0.0, _FRESH),),
    _BARE,
    ((0.0, NONE), (70.0, _WORN)),
    ((0.0, _WORN),),
    _BARE,
)
_EDGES: tuple[tuple[Paints, Paints], ...] = (
    (((0.0, _WORN_EDGE),), ((0.0, _WORN_EDGE), (120.0, NONE))),
    (_BARE, _BARE),
    (((0.0, _WORN_EDGE), (60.0, NONE), (120.0, _WORN_EDGE)), ((0.0, _WORN_EDGE),)),
    (((0.0, Paint("solid")),), ((0.0, Paint("solid")),)),
    (_BARE, _BARE),
    (((0.0, _WORN_EDGE),), ((0.0, NONE), (50.0, _WORN_EDGE))),
    (_BARE, ((0.0, _WORN_EDGE),)),
    (_BARE, _BARE),
)
_LIMITS_KMH = (50, 40, 40, 50, 30, 50, 50, 40)
_SHAPES_M = {"hedge": (0.9, 1.5), "stoneWall": (0.5, 1.0), "fence": (0.1, 1.1)}  # width, height
_BESIDE = (  # road, kind, side, start, end, distance from the verge [m]
    (0, "hedge", -1, 8.0, 105.0, 1.0),
    (0, "fence", 1, 20.0, 150.0, 1.6),
    (1, "stoneWall", 1, 10.0, 130.0, 0.8),
    (1, "hedge", -1, 30.0, 190.0, 0.9),
    (2, "stoneWall", -1, 6.0, 95.0, 0.8),
    (2, "hedge", 1, 110.0, 230.0, 1.0),
    (3, "hedge", 1, 10.0, 120.0, 1.2),
    (4, "hedge", -1, 5.0, 215.0, 0.7),
    (4, "hedge", 1, 5.0, 215.0, 0.7),
    (5, "fence", -1, 15.0, 150.0, 1.5),
    (5, "stoneWall", 1, 60.0, 180.0, 0.8),
    (6, "stoneWall", -1, 10.0, 140.0, 0.7),
    (7, "hedge", 1, 10.0, 170.0, 0.9),
    (7, "hedge", -1, 60.0, 150.0, 0.9),
)


def country_xodr() -> str:
    """The document; equal calls give equal text."""
    found = legs(grouped(course(_CORNERS), _CUTS), _HEIGHTS)
    roads = []
    for index, leg in enumerate(found):
        lanes = two_lanes(_LANE_M, _CENTERS[index], _EDGES[index], [("border", _VERGE_M)])
        before, after = ring_links(1, index, len(found))
        roads.append(
            RoadPlan(
                id=index + 1,
                name=_NAMES[index],
                stretches=leg.stretches,
                sections=((0.0, lanes),),
                kind="rural",
                limit_kmh=_LIMITS_KMH[index],
                elevation=leg.elevation,
                things=tuple(_beside(index, leg.length_m)),
                predecessor=before,
                successor=after,
            )
        )
    return map_xodr(MapPlan("country", tuple(roads)))


def _beside(index: int, road_m: float) -> list[Thing]:
    things = []
    for road, kind, side, start, end, away in _BESIDE:
        if road == index:
            width, height = _SHAPES_M[kind]
            t, length = side * (_LANE_M + _VERGE_M + away), min(end, road_m - 5.0) - start
            type_ = "vegetation" if kind == "hedge" else "barrier"
            things.append(Thing(type_, kind, start, t, kind, length_m=length, width_m=width, height_m=height))
    return things
