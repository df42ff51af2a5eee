"""The map `hills` as OpenDRIVE text: a mountain road of 3.6 km, up to 10 % steep, hairpins, banked bends."""

from __future__ import annotations

from agent.simulator.roads.circuit import grouped, legs, ring_links
from agent.simulator.roads.course import Corner, course
from agent.simulator.roads.map_plan import MapPlan, RoadPlan, Thing
from agent.simulator.roads.map_writer import map_xodr
from agent.simulator.roads.opendrive_writer import Paint
from agent.simulator.roads.rural_lanes import Paints, two_lanes

_LANE_M, _SHOULDER_M = 3.25, 0.9
_CORNERS = (  # x, y, radius, spiral [m]
    Corner(0.0, 0.0, 60.0, 30.0),
    Corner(250.0, -60.0, 120.0, 40.0),
    Corner(430.0, 40.0, 60.0, 30.0),
    Corner(600.0, -10.0, 45.0, 25.0),
    Corner(680.0, 140.0, 40.0, 25.0),
    Corner(560.0, 230.0, 50.0, 25.0),
    Corner(690.0, 330.0, 24.0, 18.0),
    Corner(640.0, 420.0, 24.0, 18.0),
    Corner(430.0, 330.0, 24.0, 18.0),
    Corner(380.0, 425.0, 24.0, 18.0),
    Corner(590.0, 535.0, 24.0, 18.0),
    Corner(530.0, 640.0, 26.0, 18.0),
    Corner(330.0, 560.0, 70.0, 30.0),
    Corner(160.0, 630.0, 60.0, 30.0),
    Corner(20.0, 520.0, 55.0, 30.0),
    Corner(110.0, 390.0, 40.0, 25.0),
    Corner(10.0, 290.0, 35.0, 25.0),
    Corner(110.0, 180.0, 40.0, 25.0),
    Corner(-30.0, 110.0, 30.0, 20.0),
)
_CUTS = (
    slice(0, 3),
    slice(3, 5),
    slice(5, 8),
    slice(8, 10),
    slice(10, 12),
    slice(12, 15),
    slice(15, 17),
    slice(17, 19),
)
_NAMES = (
    "Valley Road",
    "Brook Bend",
    "Lower Hairpin",
    "Middle Hairpin",
    "Upper Hairpin",
    "Ridge Road",
    "Descent",
    "Chapel Road",
)
_HEIGHTS = (  # share of the way around, z [m]
    (0.0, 2.0),
    (0.1, 0.0),
    (0.2, 6.0),
    (0.3, 24.0),
    (0.4, 48.0),
    (0.5, 72.0),
    (0.57, 84.0),
    (0.65, 83.0),
    (0.75, 62.0),
    (0.85, 35.0),
    (0.94, 12.0),
)
_GUIDE = Paint("broken", dash_m=4.0, gap_m=8.0)
_SOLID = Paint("solid")
_YELLOW = Paint("solid solid", "yellow")
_CENTERS: tuple[Paints, ...] = (
    ((0.0, _GUIDE), (330.0, _SOLID)),
    ((0.0, _SOLID),),
    ((0.0, _YELLOW),),
    ((0.0, _YELLOW),),
    ((0.0, _YELLOW),),
    ((0.0, _SOLID), (60.0, Paint("broken solid", dash_m=4.0, gap_m=8.0)), (200.0, _GUIDE)),
    ((0.0, _SOLID),),
    ((0.0, _SOLID),),
)
_LIMITS_KMH = (70, 60, 40, 40, 40, 70, 50, 50)
_RAIL_T_M = _LANE_M + _SHOULDER_M + 0.5


def hills_xodr() -> str:
    """The document; equal calls give equal text."""
    found = legs(grouped(course(_CORNERS), _CUTS), _HEIGHTS, steepest_bank=0.055)
    roads = []
    for index, leg in enumerate(found):
        edges: Paints = ((0.0, _SOLID),)
        lanes = two_lanes(_LANE_M, _CENTERS[index], (edges, edges), [("shoulder", _SHOULDER_M)])
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
                superelevation=leg.superelevation,
                things=_rails(index, leg.length_m),
                predecessor=before,
                successor=after,
            )
        )
    return map_xodr(MapPlan("hills", tuple(roads)))


def _rails(index: int, road_m: float) -> tuple[Thing, ...]:
    """Guard rails on the valley's side of the hairpins, a wall on the hill's."""
    if index in (2, 3, 4):
        return (
            _barrier("guardRail", -1, 15.0, road_m - 30.0),
            _barrier("wall" if index == 3 else "guardRail", 1, 40.0, min(160.0, road_m - 60.0)),
        )
    if index in (1, 6):
        return (_barrier("guardRail", -1 if index == 1 else 1, 20.0, road_m - 40.0),)
    return (_barrier("guardRail", -1, 10.0, 120.0),)


def _barrier(kind: str, side: int, start_m: float, length_m: float) -> Thing:
    width, height = {"guardRail": (0.35, 0.75), "wall": (0.5, 0.9)}[kind]
    t = side * _RAIL_T_M
    return Thing("barrier", kind, start_m, t, kind, length_m=length_m, width_m=width, height_m=height)
