"""OpenDRIVE text -> RoadNetwork: roads, their links and types.

ASAM OpenDRIVE 1.4 (and what later versions kept of it), the dialect of CARLA's towns. OpenDRIVE is right-handed and
CARLA left-handed: y and all angles change sign in the `opendrive_*` files, once; nothing behind them knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

import numpy as np

from agent.simulator.roads.banking import Banking
from agent.simulator.roads.geometry_curves import Float64, ReferenceLine
from agent.simulator.roads.opendrive_geometry import parse_pieces
from agent.simulator.roads.opendrive_lanes import parse_sections
from agent.simulator.roads.opendrive_objects import parse_objects
from agent.simulator.roads.opendrive_signals import parse_controllers, parse_signals
from agent.simulator.roads.opendrive_speed import speed_mps
from agent.simulator.roads.opendrive_widths import cubics
from agent.simulator.roads.opendrive_xml import number, parse_xml, whole_number
from agent.simulator.roads.piecewise_cubic import PiecewiseCubic
from agent.simulator.roads.road import Road, RoadLink, RoadType
from agent.simulator.roads.road_errors import RoadError
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_objects import RoadObject

__all__ = ["RoadError", "parse_road_network"]

_FARTHEST_M = 100_000.0  # beyond, float32 vertices are coarser than a centimetre
_GREATEST_EXTENT_M = 30_000.0  # the ground beside the roads is made of squares: time and memory grow with the area
_LONGEST_M = 1_000_000.0
_MOST_OBJECTS = 200_000
_MOST_LINE_POINTS = 1_000_000
_WIDEST_M = 200.0
_MOST_LEAN_RAD = 0.8
_HIGHEST_M, _MOST_RISE_M = 6_000.0, 1_500.0


def parse_road_network(xodr: str, name: str) -> RoadNetwork:
    """Read a map.

    Raises:
        RoadError: not XML, a document type, no roads, a road without geometry or lanes, numbers that are not finite or
            absurd, more than 64 M characters, 30 km across, 1000 km of road, 200 000 objects or a million points of
            barriers. One line.
    """
    root = parse_xml(xodr)
    if root.tag != "OpenDRIVE":
        raise RoadError(f"the map's root is <{root.tag[:40]}>, wanted <OpenDRIVE>")
    elements = root.findall("road")
    if not elements:
        raise RoadError("the map has no <road>")
    roads = [_read(element) for element in elements]
    if len({road.id for road in roads}) < len(roads):
        raise RoadError("two roads have the same id")
    total_m = sum(road.length_m for road in roads)
    if total_m > _LONGEST_M:
        raise RoadError(f"the map has {total_m / 1000:.0f} km of road, at most {_LONGEST_M / 1000:.0f} km are read")
    objects = _objects(roads, elements)
    _check_width(roads, objects)
    signals = parse_signals(roads, elements)
    return RoadNetwork(name, xodr, tuple(roads), objects, signals, parse_controllers(root, signals))


def _read(element: Element) -> Road:
    """One road; errors name it."""
    try:
        return _road(element)
    except RoadError as error:
        raise RoadError(f"road {element.get('id', '?')[:40]}: {error}") from None


def _objects(roads: Sequence[Road], elements: Sequence[Element]) -> tuple[RoadObject, ...]:
    """What stands along all roads; counted while it is read, for a few lines of text can ask for millions."""
    objects: list[RoadObject] = []
    points = 0
    for road, element in zip(roads, elements, strict=True):
        try:
            for found in parse_objects(road, element):
                objects.append(found)
                points += len(found.line)
                if len(objects) > _MOST_OBJECTS or points > _MOST_LINE_POINTS:
                    most = f"{_MOST_OBJECTS} objects or {_MOST_LINE_POINTS} points of barriers"
                    raise RoadError(f"the map has more than {most}")
        except RoadError as error:
            raise RoadError(f"road {element.get('id', '?')[:40]}: {error}") from None
    return tuple(objects)


def _check_width(roads: Sequence[Road], objects: Sequence[RoadObject]) -> None:
    """Refuse a map whose ground would be too large to be made."""
    places: list[Float64] = [np.array([[found.pose.x_m, found.pose.y_m] for found in objects]).reshape(-1, 2)]
    for road in roads:
        at = road.sample(np.linspace(0.0, road.length_m, max(2, int(road.length_m / 10.0))))
        places.append(np.stack([at.x_m, at.y_m], axis=1))
    width = np.ptp(np.concatenate(places), axis=0).max()
    if not width <= _GREATEST_EXTENT_M:
        most = f"{_GREATEST_EXTENT_M / 1000:.0f} km"
        raise RoadError(f"the map is {width / 1000:.0f} km across, at most {most} are read: cut it")


def _road(element: Element) -> Road:
    length = number(element, "length", limit=_FARTHEST_M)
    if length <= 0.0:
        raise RoadError(f"has length {length:g} m, wanted more than 0")
    junction = element.get("junction", "-1")
    road = Road(
        banking=_banking(element),
        left_hand=element.get("rule", "RHT") == "LHT",
        id=whole_number(element, "id"),
        name=element.get("name", ""),
        junction=None if junction in ("-1", "") else whole_number(element, "junction"),
        length_m=length,
        line=ReferenceLine(parse_pieces(element), length),
        elevation=_elevation(element),
        sections=parse_sections(element, length),
        types=tuple(sorted((_type(found) for found in element.findall("type")), key=lambda found: found.start_m)),
        predecessor=_link(element.find("link/predecessor")),
        successor=_link(element.find("link/successor")),
    )
    _check_extent(road)
    return road


def _check_extent(road: Road) -> None:
    s = np.linspace(0.0, road.length_m, max(2, int(road.length_m)))
    at = road.sample(s)
    values = np.concatenate([at.x_m, at.y_m, at.z_m, at.heading_rad])
    if not np.all(np.abs(at.z_m) <= _HIGHEST_M) or np.ptp(at.z_m) > _MOST_RISE_M:
        raise RoadError(f"lies above or below {_HIGHEST_M:g} m, or rises more than {_MOST_RISE_M:g} m")
    leans = (road.banking.superelevation, road.banking.left, road.banking.right)
    if not road.banking.flat and not all(np.all(np.abs(lean(s)) <= _MOST_LEAN_RAD) for lean in leans):
        raise RoadError(f"leans more than {_MOST_LEAN_RAD:g} rad")
    if not np.all(np.abs(values) <= _FARTHEST_M):
        raise RoadError(f"runs more than {_FARTHEST_M / 1000:.0f} km from the origin: move the map")
    for section in road.sections:
        inside = s[(s >= section.start_m) & (s <= section.end_m)]
        edges = section.boundaries(np.array([section.start_m, *inside, section.end_m]))
        if not np.all(np.abs(edges) <= _WIDEST_M):
            raise RoadError(f"has lanes more than {_WIDEST_M:g} m from its reference line")


def _elevation(element: Element) -> PiecewiseCubic:
    return cubics(element.findall("elevationProfile/elevation"), "s")


def _banking(element: Element) -> Banking:
    sides: dict[str, list[Element]] = {"left": [], "right": []}
    for fall in element.findall("lateralProfile/crossfall"):
        for side, records in sides.items():
            if fall.get("side", "both") in (side, "both"):
                records.append(fall)
    superelevation = cubics(element.findall("lateralProfile/superelevation"), "s")
    return Banking(superelevation, cubics(sides["left"], "s"), cubics(sides["right"], "s"))


def _type(element: Element) -> RoadType:
    speed = element.find("speed")
    limit = None if speed is None else speed_mps(speed)
    return RoadType(number(element, "s"), element.get("type", "unknown"), limit)


def _link(element: Element | None) -> RoadLink | None:
    if element is None:
        return None
    return RoadLink(element.get("elementType", "road"), whole_number(element, "elementId"), element.get("contactPoint"))
