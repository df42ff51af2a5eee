"""Lanes, markings, limits, spawn points of small roads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agent.simulator.roads.lanes import LaneMark
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from tests.simulator.opendrive_text import LINE, document, lane, road, section


def network(**parts: str) -> RoadNetwork:
    return parse_road_network(document(road(**parts)), "test")  # type: ignore[arg-type]


def mark(kind: str, s: float = 0.0, **attributes: object) -> str:
    rest = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<roadMark sOffset="{s}" type="{kind}" {rest}/>'


def center_marks(*marks: str) -> tuple[LaneMark, ...]:
    return network(lanes=section(center="".join(marks))).roads[0].sections[0].center_marks


def test_boundaries_add_up_from_the_offset_center() -> None:
    offset = '<laneOffset s="0" a="1" b="0.01" c="0" d="0"/>'
    left = lane(2, "shoulder", 'a="1" b="0" c="0" d="0"') + lane(1)
    right = lane(-1, width='a="3" b="0.02" c="0" d="0"')
    found = network(lanes=offset + section(left, right)).roads[0].sections[0]
    assert [one.id for one in found.lanes] == [2, 1, -1]
    assert found.boundaries(np.array([0.0, 50.0])) == pytest.approx(
        np.array([[5.5, 6], [4.5, 5], [1, 1.5], [-2, -2.5]])
    )


def test_a_second_section_takes_over_where_it_starts() -> None:
    wider = section(right=lane(-1) + lane(-2, "sidewalk"), s=40.0)
    found = network(lanes=section() + wider).roads[0]
    assert [(part.start_m, part.end_m, len(part.lanes)) for part in found.sections] == [(0, 40, 2), (40, 100, 3)]
    assert len(found.section_at(39.9).lanes) == 2
    assert len(found.section_at(40.0).lanes) == 3


def test_each_marking_lasts_until_the_next_and_none_paints_nothing() -> None:
    marks = center_marks(mark("solid"), mark("none", 30), mark("broken", 60, color="yellow", weight="bold"))
    assert [(one.start_m, one.end_m, one.type, one.color) for one in marks] == [
        (0, 30, "solid", "white"),
        (60, 100, "broken", "yellow"),
    ]
    assert marks[1].lines[0].width_m == 0.25
    assert marks[1].lines[0].gap_m > 0.0 == marks[0].lines[0].gap_m


@pytest.mark.parametrize(
    ("kind", "solid_left_to_right"),
    [
        ("solid solid", [True, True]),
        ("solid broken", [True, False]),
        ("broken solid", [False, True]),
        ("broken broken", [False, False]),
        ("curb", []),
    ],
)
def test_double_lines_at_the_center_are_named_from_left_to_right(kind: str, solid_left_to_right: list[bool]) -> None:
    lines = center_marks(mark(kind, width=0.1))[0].lines
    ordered = sorted(lines, key=lambda line: -line.t_m)
    assert [line.gap_m == 0.0 for line in ordered] == solid_left_to_right
    assert sum(line.t_m for line in lines) == 0.0


def test_double_lines_beside_a_lane_are_named_from_inside_to_outside() -> None:
    sides = (lane(one, inside=mark("solid broken", width=0.1)) for one in (1, -1))
    left, right = network(lanes=section(*sides)).roads[0].sections[0].lanes
    for found, outward in ((left, 1.0), (right, -1.0)):
        outer = max(found.marks[0].lines, key=lambda line: outward * line.t_m)
        assert outer.gap_m > 0.0


def test_lines_that_a_file_spells_out_win() -> None:
    line = '<type name="b" width="0.2"><line length="2" space="5" tOffset="0.3" sOffset="1" width="0.2"/></type>'
    marks = center_marks(f'<roadMark sOffset="0" type="broken" width="0.2" color="white">{line}</roadMark>')
    found = marks[0].lines[0]
    assert (found.dash_m, found.gap_m, found.t_m, found.width_m, found.phase_m) == (2, 5, 0.3, 0.2, 1)


def test_limits_of_the_lane_come_before_the_road_and_the_road_before_its_kind() -> None:
    types = (
        '<type s="0" type="rural"/><type s="30" type="town"><speed max="30" unit="mph"/></type>'
        '<type s="60" type="motorway"><speed max="no limit"/></type>'
    )
    right = lane(-1, inside='<speed sOffset="80" max="20"/>')
    found = network(lanes=section(right=right), extra=types)
    limits = []
    for x in (10.0, 40.0, 70.0, 90.0):
        position = found.locate(x, 1.0)
        assert position is not None
        limits.append(found.speed_limit_mps(position) * 3.6)
    assert limits == pytest.approx([100.0, 30 * 1.609344, 130.0, 72.0])
    assert [found.roads[0].kind_at(s) for s in (10.0, 40.0, 70.0)] == ["rural", "town", "motorway"]


def test_cars_start_in_lane_centers_looking_along_their_lane() -> None:
    poses = network().spawn_points
    assert {(pose.y_m, round(abs(pose.yaw_rad), 6)) for pose in poses} == {(1.75, 0.0), (-1.75, round(math.pi, 6))}
    assert len(poses) == 4
    assert all(pose.z_m == pytest.approx(0.3) for pose in poses)


def test_no_car_starts_inside_a_junction_or_on_a_sidewalk() -> None:
    assert network(head='id="1" junction="7"').spawn_points == ()
    assert network(lanes=section(lane(1, "sidewalk"), lane(-1, "shoulder"))).spawn_points == ()


def test_links_are_read() -> None:
    links = '<link><predecessor elementType="junction" elementId="4"/></link>'
    found = network(extra=links, geometry=LINE).roads[0]
    assert found.predecessor is not None
    assert (found.predecessor.element, found.predecessor.id, found.successor) == ("junction", 4, None)


def test_borders_are_read_where_a_lane_has_no_widths() -> None:
    def bordered(lane_id: int, *records: tuple[float, float, float]) -> str:
        rows = "".join(f'<border sOffset="{s}" a="{a}" b="{b}" c="0" d="0"/>' for s, a, b in records)
        return f'<lane id="{lane_id}" type="driving">{rows}</lane>'

    left, right = bordered(1, (0, 3.0, 0.0)), bordered(-1, (0, -3.0, 0.0), (40, -3.0, -0.01))
    outer = lane(-2, "shoulder") + bordered(-3, (0, -9.0, 0.0))
    network = parse_road_network(document(road(lanes=section(left=left, right=right + outer))), "test")
    edges = network.roads[0].sections[0].boundaries(np.array([10.0, 90.0]))
    assert edges[:, 0] == pytest.approx([3.0, 0.0, -3.0, -6.5, -9.0])
    assert edges[:, 1] == pytest.approx([3.0, 0.0, -3.5, -7.0, -9.0])


def test_a_map_of_short_narrow_roads_has_starts_too() -> None:
    line = '<geometry s="0" x="0" y="0" hdg="0" length="8"><line/></geometry>'
    narrow = section(lane(1, width='a="2" b="0" c="0" d="0"'), lane(-1))
    text = document(road(line, narrow, length=8.0))
    assert len(parse_road_network(text, "test").spawn_points) == 2
