"""The built-in map `loop` as OpenDRIVE text: 2.2 km, two lanes, a town in the south and country around the north.

Driven along s (the right lane) it runs counterclockwise. `python -m scripts.maps` writes `configs/maps/loop.xodr`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from xml.etree.ElementTree import Element, SubElement

from agent.simulator.roads.course import Corner, Stretch, course
from agent.simulator.roads.loop_profile import Profile, country_lanes, town_lanes
from agent.simulator.roads.loop_roadside import Barrier, write_barrier, write_lamps
from agent.simulator.roads.opendrive_writer import Paint, attributes, write_geometry, write_lanes, write_text

_GEO = "+proj=tmerc +lat_0=49.0 +lon_0=8.4 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
_CORNERS = (  # x, y, radius, spiral [m]
    Corner(0.0, -78.0, 320.0, 25.0),
    Corner(230.0, -60.0, 26.0, 18.0),
    Corner(245.0, 85.0, 40.0, 25.0),
    Corner(370.0, 130.0, 55.0, 30.0),
    Corner(350.0, 310.0, 70.0, 35.0),
    Corner(190.0, 350.0, 28.0, 18.0),
    Corner(165.0, 195.0, 32.0, 20.0),
    Corner(30.0, 175.0, 45.0, 25.0),
    Corner(0.0, 330.0, 80.0, 35.0),
    Corner(-170.0, 385.0, 110.0, 45.0),
    Corner(-340.0, 250.0, 60.0, 30.0),
    Corner(-320.0, 95.0, 38.0, 22.0),
    Corner(-205.0, 65.0, 30.0, 20.0),
    Corner(-215.0, -60.0, 25.0, 18.0),
)
_GUIDE = Paint("broken", dash_m=3.0, gap_m=6.0)  # RMS-1: 3/6 in town, 4/8 outside
_WIDE_GUIDE = Paint("broken", dash_m=4.0, gap_m=8.0)
_YELLOW_GUIDE = Paint("broken", "yellow", dash_m=4.0, gap_m=8.0)
_DOUBLE_YELLOW = Paint("solid solid", "yellow")
_SOLID = Paint("solid")


@dataclass(frozen=True, slots=True)
class _Plan:
    """One road: the corners it takes, its type and limit, the centre's markings (s, Paint), its cross section."""

    name: str
    corners: slice
    kind: str
    limit_kmh: int
    center: tuple[tuple[float, Paint], ...]
    profile: Profile
    barriers: tuple[Barrier, ...] = ()


_PLANS = (
    _Plan("High Street", slice(0, 2), "town", 50, ((0.0, _GUIDE),), Profile()),
    _Plan("Church Hill", slice(2, 3), "town", 50, ((0.0, _DOUBLE_YELLOW),), Profile(edge_line=True, leaves_town=True)),
    _Plan(
        "Meadow Road",
        slice(3, 5),
        "rural",
        80,
        ((0.0, _WIDE_GUIDE),),
        Profile(edge_line=True, widens=True),
        (Barrier("guardRail", -1, 20.0, 130.0), Barrier("guardRail", -1, 155.0, 325.0)),
    ),
    _Plan(
        "Quarry Road",
        slice(5, 8),
        "rural",
        60,
        ((0.0, _DOUBLE_YELLOW),),
        Profile(edge_line=True),
        (Barrier("wall", -1, 15.0, 150.0), Barrier("wall", 1, 170.0, 400.0), Barrier("guardRail", -1, 330.0, 420.0)),
    ),
    _Plan(
        "Lake Road",
        slice(8, 10),
        "rural",
        80,
        ((0.0, _YELLOW_GUIDE), (150.0, Paint("solid broken", "yellow", dash_m=4.0, gap_m=8.0))),
        Profile(edge_line=True),
        (Barrier("guardRail", -1, 10.0, 170.0),),
    ),
    _Plan(
        "Forest Road",
        slice(10, 11),
        "rural",
        80,
        ((0.0, _WIDE_GUIDE), (75.0, _SOLID)),
        Profile(edge_line=True),
        (Barrier("guardRail", -1, 60.0, 175.0),),
    ),
    _Plan("Mill Road", slice(11, 12), "rural", 70, ((0.0, _SOLID),), Profile(edge_line=True, narrows=True)),
    _Plan(  # the guide line starts 10 dashes before the street ends, so that it runs on into High Street
        "Station Street",
        slice(12, 14),
        "town",
        50,
        ((0.0, _DOUBLE_YELLOW), (130.755505, _GUIDE)),
        Profile(edge_line=True, enters_town=True),
    ),
)


def loop_xodr() -> str:
    """The document; equal calls give equal text."""
    root = Element("OpenDRIVE")
    parts = course(_CORNERS)
    roads = [tuple(chain.from_iterable(parts[plan.corners])) for plan in _PLANS]
    header = attributes(revMajor="1", revMinor="6", name="loop", version="1.00", **_extent(chain.from_iterable(roads)))
    SubElement(SubElement(root, "header", header), "geoReference").text = _GEO
    for index, (plan, stretches) in enumerate(zip(_PLANS, roads, strict=True)):
        _write_road(root, index, plan, stretches)
    return write_text(root)


def _extent(stretches: chain[Stretch]) -> dict[str, float]:
    xs, ys = zip(*((stretch.x_m, stretch.y_m) for stretch in stretches), strict=True)
    return {"north": max(ys) + 50.0, "south": min(ys) - 50.0, "east": max(xs) + 50.0, "west": min(xs) - 50.0}


def _write_road(root: Element, index: int, plan: _Plan, stretches: tuple[Stretch, ...]) -> None:
    length, count = sum(stretch.length_m for stretch in stretches), len(_PLANS)
    head = attributes(name=plan.name, length=length, id=index + 1, junction="-1", rule="RHT")
    road = SubElement(root, "road", head)
    link = SubElement(road, "link")
    for name, neighbour, contact in (("predecessor", index - 1, "end"), ("successor", index + 1, "start")):
        end = attributes(elementType="road", elementId=neighbour % count + 1, contactPoint=contact)
        SubElement(link, name, end)
    kind = SubElement(road, "type", attributes(s=0.0, type=plan.kind))
    SubElement(kind, "speed", attributes(max=plan.limit_kmh, unit="km/h"))
    write_geometry(road, stretches)
    profile = SubElement(road, "elevationProfile")
    SubElement(profile, "elevation", attributes(s=0.0, a=0.0, b=0.0, c=0.0, d=0.0))
    in_town = plan.kind == "town"
    lanes = town_lanes if in_town else country_lanes
    write_lanes(road, lanes(plan.profile, plan.center, length))
    objects = SubElement(road, "objects")
    for barrier in plan.barriers:
        write_barrier(objects, barrier, length)
    if in_town:
        write_lamps(objects, length)
