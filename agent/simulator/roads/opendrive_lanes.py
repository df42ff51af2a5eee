"""<lanes> -> lane sections."""

from __future__ import annotations

from itertools import pairwise
from xml.etree.ElementTree import Element

from agent.simulator.roads.lanes import Lane, LaneMark, LaneSection
from agent.simulator.roads.opendrive_marks import parse_marks
from agent.simulator.roads.opendrive_speed import speed_mps
from agent.simulator.roads.opendrive_widths import cubics, lane_width
from agent.simulator.roads.opendrive_xml import number, whole_number
from agent.simulator.roads.piecewise_cubic import PiecewiseCubic
from agent.simulator.roads.road_errors import RoadError

_SHORTEST_M = 1e-6


def parse_sections(road: Element, length_m: float) -> tuple[LaneSection, ...]:
    """All lane sections of one road, from its start to its end.

    Raises:
        RoadError: no lanes, lanes without width, ids twice or on the wrong side, numbers out of range.
    """
    found = sorted(road.findall("lanes/laneSection"), key=lambda element: number(element, "s"))
    if not found:
        raise RoadError("has no <laneSection>")
    offset = cubics(road.findall("lanes/laneOffset"), "s")
    starts = [0.0, *(number(element, "s") for element in found[1:]), length_m]
    sections = tuple(
        _section(element, start, min(end, length_m), offset)
        for element, (start, end) in zip(found, pairwise(starts), strict=True)
        if min(end, length_m) - start > _SHORTEST_M
    )
    if not sections:
        raise RoadError("has only <laneSection>s without length")
    return sections


def _section(element: Element, start: float, end: float, offset: PiecewiseCubic) -> LaneSection:
    lanes: list[Lane] = []
    for side, sign in (("left", 1), ("right", -1)):
        edge = offset
        for found in sorted(element.findall(f"{side}/lane"), key=lambda lane: abs(whole_number(lane, "id"))):
            width, edge = lane_width(found, start, edge)
            lane = _lane(found, start, end, width)
            if lane.id * sign <= 0 or any(lane.id == other.id for other in lanes):
                raise RoadError(f"has lane {lane.id} twice or on the wrong side")
            lanes.append(lane)
    lanes.sort(key=lambda lane: -lane.id)
    if not lanes:
        raise RoadError(f"has a <laneSection> without lanes at s={start:g}")
    center = element.find("center/lane")
    marks: tuple[LaneMark, ...] = () if center is None else parse_marks(center, start, end, 0)
    return LaneSection(start, end, tuple(lanes), marks, offset)


def _lane(element: Element, start: float, end: float, width: PiecewiseCubic) -> Lane:
    lane_id = whole_number(element, "id")
    speeds = [(start + number(found, "sOffset", 0.0), speed_mps(found)) for found in element.findall("speed")]
    return Lane(
        id=lane_id,
        kind=element.get("type", "none"),
        width=width,
        marks=parse_marks(element, start, end, lane_id),
        height=_height(element, start),
        speeds_mps=tuple(sorted((s, limit) for s, limit in speeds if limit is not None)),
        predecessor=_link(element, "predecessor"),
        successor=_link(element, "successor"),
    )


def _height(element: Element, start: float) -> tuple[PiecewiseCubic, PiecewiseCubic] | None:
    """Inner and outer heights, straight lines between the records."""
    found = sorted(element.findall("height"), key=lambda record: number(record, "sOffset"))
    if not found:
        return None
    starts = [start + number(record, "sOffset") for record in found]
    inner, outer = (
        _ramps(starts, [number(record, name, limit=100.0) for record in found]) for name in ("inner", "outer")
    )
    return inner, outer


def _ramps(starts: list[float], values: list[float]) -> PiecewiseCubic:
    """Level after the last value; two values at one place are a step."""
    rises = [b - a for a, b in pairwise(values)] + [0.0]
    runs = [b - a for a, b in pairwise(starts)] + [1.0]
    slopes = [rise / run if run > 0.0 else 0.0 for rise, run in zip(rises, runs, strict=True)]
    return PiecewiseCubic(starts, [(value, slope, 0.0, 0.0) for value, slope in zip(values, slopes, strict=True)])


def _link(element: Element, name: str) -> int | None:
    found = element.find(f"link/{name}")
    return None if found is None else whole_number(found, "id")
