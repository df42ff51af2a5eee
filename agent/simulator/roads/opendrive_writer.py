"""Plain values -> OpenDRIVE elements (ASAM 1.6), as far as our own maps need them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from agent.simulator.roads.course import Stretch

_PLACES = 12  # digits after the point: neither a heading nor a place moves by rounding
_STRAIGHT_PER_M = 1e-12


@dataclass(frozen=True, slots=True)
class Paint:
    """A <roadMark>: `dash_m` and `gap_m` are written for each broken line; "none" is no paint, "worn" old one."""

    type: str
    color: str = "white"
    width_m: float = 0.12
    dash_m: float = 3.0
    gap_m: float = 6.0
    lane_change: str = "none"
    material: str = ""


@dataclass(frozen=True, slots=True)
class LaneSpec:
    """A lane as written: `widths` and `heights` are (s, a, b, c, d) and (s, inner, outer), `paints` (s, Paint)."""

    id: int
    kind: str
    widths: tuple[tuple[float, float, float, float, float], ...] = ()
    paints: tuple[tuple[float, Paint], ...] = ()
    heights: tuple[tuple[float, float, float], ...] = ()
    predecessor: int | None = None
    successor: int | None = None


def attributes(**values: str | float) -> dict[str, str]:
    """Attributes as text; numbers with at most 12 decimals and without trailing zeros."""
    return {name: value if isinstance(value, str) else _text(value) for name, value in values.items()}


def write_geometry(road: Element, stretches: Iterable[Stretch]) -> None:
    """<planView> of a road, s from 0."""
    plan, s = SubElement(road, "planView"), 0.0
    for stretch in stretches:
        start, end = stretch.curvature_start, stretch.curvature_end
        place = attributes(s=s, x=stretch.x_m, y=stretch.y_m, hdg=stretch.heading_rad, length=stretch.length_m)
        geometry = SubElement(plan, "geometry", place)
        if abs(start) + abs(end) < _STRAIGHT_PER_M:
            SubElement(geometry, "line")
        elif abs(start - end) < _STRAIGHT_PER_M:
            SubElement(geometry, "arc", attributes(curvature=start))
        else:
            SubElement(geometry, "spiral", attributes(curvStart=start, curvEnd=end))
        s += stretch.length_m


def write_lanes(road: Element, lanes: Sequence[LaneSpec]) -> None:
    """<lanes> with one section; `lanes` has the centre, id 0, among them."""
    write_sections(road, ((0.0, lanes),))


def write_sections(
    road: Element,
    sections: Iterable[tuple[float, Sequence[LaneSpec]]],
    offset: Iterable[tuple[float, float, float, float, float]] = (),
) -> None:
    """<lanes> with sections (s, lanes) and pieces (s, a, b, c, d) of the lanes' offset."""
    parent = SubElement(road, "lanes")
    for s, a, b, c, d in offset:
        SubElement(parent, "laneOffset", attributes(s=s, a=a, b=b, c=c, d=d))
    for start, lanes in sections:
        section = SubElement(parent, "laneSection", attributes(s=start))
        for side, sign in (("left", 1), ("center", 0), ("right", -1)):
            chosen = [lane for lane in lanes if (lane.id > 0) - (lane.id < 0) == sign]
            if not chosen and sign:
                continue
            group = SubElement(section, side)
            for lane in sorted(chosen, key=lambda lane: -lane.id):
                _write_lane(group, lane)


def write_text(root: Element) -> str:
    """The document."""
    indent(root, " ")
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _write_lane(group: Element, spec: LaneSpec) -> None:
    lane = SubElement(group, "lane", attributes(id=spec.id, type=spec.kind, level="false"))
    ends = {"predecessor": spec.predecessor, "successor": spec.successor}
    if any(end is not None for end in ends.values()):
        link = SubElement(lane, "link")
        for name, end in ends.items():
            if end is not None:
                SubElement(link, name, attributes(id=end))
    for s, a, b, c, d in spec.widths:
        SubElement(lane, "width", attributes(sOffset=s, a=a, b=b, c=c, d=d))
    for s, paint in spec.paints:
        _write_paint(lane, s, paint)
    for s, inner, outer in spec.heights:
        SubElement(lane, "height", attributes(sOffset=s, inner=inner, outer=outer))


def _write_paint(lane: Element, s: float, paint: Paint) -> None:
    look = attributes(type=paint.type, weight="standard", color=paint.color, width=paint.width_m)
    look |= {"material": paint.material} if paint.material else {}
    mark = SubElement(lane, "roadMark", attributes(sOffset=s) | look | {"laneChange": paint.lane_change})
    names = [name for name in paint.type.split() if name in ("solid", "broken")]
    if not names:
        return
    kind = SubElement(mark, "type", attributes(name=paint.type, width=paint.width_m))
    shifts = (0.0,) if len(names) == 1 else (paint.width_m, -paint.width_m)
    for name, shift in zip(names, shifts, strict=True):
        dash, gap = (paint.dash_m, paint.gap_m) if name == "broken" else (1.0, 0.0)
        line = attributes(length=dash, space=gap, tOffset=shift, sOffset=0.0, rule="none", width=paint.width_m)
        SubElement(kind, "line", line)


def _text(value: float) -> str:
    if value == int(value):
        return str(int(value))
    return f"{value:.{_PLACES}f}".rstrip("0").rstrip(".")
