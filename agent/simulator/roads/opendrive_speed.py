"""<speed> -> metres per second."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from agent.simulator.roads.opendrive_xml import number
from agent.simulator.roads.road_errors import RoadError

UNITS_MPS = {"m/s": 1.0, "km/h": 1.0 / 3.6, "mph": 0.44704}


def speed_mps(element: Element) -> float | None:
    """The limit of a <speed> element of a road's type or of a lane; None for "no limit" and for 0 or less.

    Raises:
        RoadError: not a number, an unknown unit.
    """
    if element.get("max", "undefined") in ("no limit", "undefined"):
        return None
    unit = element.get("unit", "m/s")
    if unit not in UNITS_MPS:
        raise RoadError(f"<speed> has unit {unit[:20]!r}, wanted one of {', '.join(UNITS_MPS)}")
    value = number(element, "max", limit=1000.0) * UNITS_MPS[unit]
    return value if value > 0.0 else None
