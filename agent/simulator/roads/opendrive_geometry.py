"""<planView> -> pieces of a reference line, in CARLA's coordinates."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from agent.simulator.roads.geometry_curves import Piece
from agent.simulator.roads.opendrive_xml import number
from agent.simulator.roads.road_errors import RoadError

_FARTHEST_M = 100_000.0
_TIGHTEST_PER_M = 10.0
_MOST_TURN_RAD = 1000.0
_SHORTEST_M = 1e-9


def parse_pieces(road: Element) -> list[Piece]:
    """The geometry of one road, in order along s.

    Raises:
        RoadError: no geometry, an unknown one, numbers out of range.
    """
    found = road.findall("planView/geometry")
    if not found:
        raise RoadError("has no <geometry> in its <planView>")
    pieces = [_piece(element) for element in found if number(element, "length", limit=_FARTHEST_M) > _SHORTEST_M]
    if not pieces:
        raise RoadError("has only geometry of length 0")
    return sorted(pieces, key=lambda piece: piece.start_m)


def _piece(element: Element) -> Piece:
    start, length = number(element, "s", limit=_FARTHEST_M), number(element, "length", limit=_FARTHEST_M)
    x, y = number(element, "x", limit=_FARTHEST_M), -number(element, "y", limit=_FARTHEST_M)
    heading = -number(element, "hdg", limit=1000.0)
    if not len(element):
        raise RoadError("has a <geometry> without a shape")
    shape = element[0]
    if shape.tag == "line":
        return Piece(start, x, y, heading, length)
    if shape.tag in ("arc", "spiral"):
        names = ("curvature", "curvature") if shape.tag == "arc" else ("curvStart", "curvEnd")
        first, last = (-number(shape, name, limit=_TIGHTEST_PER_M) for name in names)
        if max(abs(first), abs(last)) * length > _MOST_TURN_RAD:
            raise RoadError(f"has an <{shape.tag}> that winds around itself {length:g} m long")
        return Piece(start, x, y, heading, length, first, (last - first) / length)
    if shape.tag == "poly3":
        a, b, c, d = (-number(shape, name) for name in "abcd")
        return Piece(start, x, y, heading, length, cubic=(0.0, 1.0, 0.0, 0.0, a, b, c, d))
    if shape.tag == "paramPoly3":
        u = tuple(number(shape, name) for name in ("aU", "bU", "cU", "dU"))
        v = tuple(-number(shape, name) for name in ("aV", "bV", "cV", "dV"))
        p_end = length if shape.get("pRange") == "arcLength" else 1.0
        return Piece(start, x, y, heading, length, cubic=(*u, *v), p_end=p_end)
    raise RoadError(f"has a <geometry> of shape <{shape.tag[:40]}>, wanted line, arc, spiral, poly3 or paramPoly3")
