"""<roadMark> -> markings with their painted lines."""

from __future__ import annotations

from itertools import pairwise
from xml.etree.ElementTree import Element

from agent.simulator.roads.lanes import LaneMark, MarkLine
from agent.simulator.roads.opendrive_xml import number
from agent.simulator.roads.road_errors import RoadError

_WIDTHS_M = {"standard": 0.12, "bold": 0.25}  # German RMS-1: narrow and broad line of other roads
_DASH_M, _GAP_M = 3.0, 6.0  # RMS-1: guide line within towns, paint to nothing 1 : 2
_DOT_M, _DOT_GAP_M = 0.1, 1.1  # Botts' dots, about 4 feet apart
_NO_PAINT = frozenset(("none", "curb", "grass", "edge"))


def parse_marks(lane: Element, start_m: float, end_m: float, lane_id: int) -> tuple[LaneMark, ...]:
    """The markings of one lane's outer edge in order along s; stretches of type "none" are left out.

    Raises:
        RoadError: numbers out of range.
    """
    found = sorted(lane.findall("roadMark"), key=lambda element: number(element, "sOffset", 0.0))
    starts = [start_m + max(number(element, "sOffset", 0.0), 0.0) for element in found]
    marks = []
    for element, (first, last) in zip(found, pairwise([*starts, end_m]), strict=True):
        kind = element.get("type", "none").strip() or "none"
        if kind != "none" and min(last, end_m) > first:
            marks.append(_mark(element, first, min(last, end_m), lane_id))
    return tuple(marks)


def _mark(element: Element, start_m: float, end_m: float, lane_id: int) -> LaneMark:
    kind, weight = element.get("type", "none").strip(), element.get("weight", "standard")
    width = number(element, "width", 0.0, limit=10.0)
    color = element.get("color", "standard")
    lines = _stated_lines(element, width) or _usual_lines(kind, width, weight, lane_id)
    color = "white" if color == "standard" else color
    worn = element.get("material") == "worn"  # our own word; files have "standard" there
    return LaneMark(start_m, end_m, kind, color, weight, width, lines, worn)


def _stated_lines(element: Element, width: float) -> tuple[MarkLine, ...]:
    """Lines the file spells out in <type><line>."""
    lines = []
    for line in element.findall("type/line"):
        line_width = number(line, "width", 0.0, limit=10.0) or width or _WIDTHS_M["standard"]
        dash, gap = number(line, "length", 0.0), max(number(line, "space", 0.0), 0.0)
        if gap > 0.0 and dash <= 0.0:
            raise RoadError(f"has a marking with dashes of {dash:g} m")
        shift, phase = number(line, "tOffset", 0.0, limit=100.0), number(line, "sOffset", 0.0)
        lines.append(MarkLine(shift, line_width, dash, gap, phase))
    return tuple(lines)


def _usual_lines(kind: str, width: float, weight: str, lane_id: int) -> tuple[MarkLine, ...]:
    """Lines that a type's name means.

    Double types name the inner line first, at the centre the left one (ASAM OpenDRIVE 1.6, table of e_roadMarkType).
    The stated width is that of one line, as in CARLA's towns; the gap between two lines is as wide as a line.
    """
    if kind in _NO_PAINT:
        return ()
    width = width if width > 0.0 else _WIDTHS_M.get(weight, _WIDTHS_M["standard"])
    if kind == "botts dots":
        return (MarkLine(0.0, width, _DOT_M, _DOT_GAP_M),)
    words = kind.split()
    names = words if len(words) == 2 and set(words) <= {"solid", "broken"} else words[:1]
    left_to_right = names[::-1] if lane_id > 0 else names
    shifts = (width, -width) if len(names) == 2 else (0.0,)
    return tuple(
        MarkLine(shift, width, _DASH_M, _GAP_M if name == "broken" else 0.0)
        for shift, name in zip(shifts, left_to_right, strict=True)
    )
