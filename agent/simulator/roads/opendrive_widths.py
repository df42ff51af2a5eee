"""<width> or <border> -> how wide a lane is along its road."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from agent.simulator.roads.opendrive_xml import number
from agent.simulator.roads.piecewise_cubic import PiecewiseCubic
from agent.simulator.roads.road_errors import RoadError


def cubics(elements: Sequence[Element], place: str, base_m: float = 0.0) -> PiecewiseCubic:
    """Records with a, b, c, d; `place` names the attribute that says where each begins, from `base_m`."""
    found = sorted(elements, key=lambda element: number(element, place))
    rows = [[number(element, name) for name in "abcd"] for element in found]
    return PiecewiseCubic([base_m + number(element, place) for element in found], rows)


def lane_width(element: Element, start_m: float, inner: PiecewiseCubic) -> tuple[PiecewiseCubic, PiecewiseCubic]:
    """Width of a lane, and t of its outer edge, from the section's lane offset on.

    Args:
        element: <lane>; widths come before borders where a file has both (ASAM OpenDRIVE 1.4, 5.3.7.2.1.1.3).
        start_m: of its section.
        inner: t of its inner edge.

    Raises:
        RoadError: neither of both, numbers out of range.
    """
    sign = 1.0 if number(element, "id") > 0.0 else -1.0
    widths, borders = element.findall("width"), element.findall("border")
    if widths:
        width = cubics(widths, "sOffset", start_m)
        return width, inner.plus(width, sign)
    if not borders:
        raise RoadError(f"has lane {element.get('id')} without <width> and <border>")
    outer = cubics(borders, "sOffset", start_m)
    return outer.plus(inner, -1.0) if sign > 0.0 else inner.plus(outer, -1.0), outer
