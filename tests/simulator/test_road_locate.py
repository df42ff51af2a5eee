"""From a place back to the lane: the inverse of Road.point."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from tests.simulator.opendrive_text import ARC_LEFT, SPIRAL, document, lane, road, section

POLY = '<geometry s="0" x="0" y="0" hdg="0" length="80"><poly3 a="0" b="0" c="0.01" d="-0.0001"/></geometry>'
CROOKED = '<laneOffset s="0" a="0.5" b="0.02" c="0" d="0"/>' + section(
    lane(2, "sidewalk") + lane(1), lane(-1, width='a="3" b="0.05" c="-0.0004" d="0"') + lane(-2, "shoulder")
)


@cache
def network(geometry: str) -> RoadNetwork:
    return parse_road_network(document(road(geometry, lanes=CROOKED, length=80.0)), "test")


@cache
def loop() -> RoadNetwork:
    path = Path(__file__).parents[2] / "configs" / "maps" / "loop.xodr"
    return parse_road_network(path.read_text(encoding="utf-8"), "loop")


@given(
    geometry=st.sampled_from([SPIRAL, POLY]), s=st.floats(0.0, 80.0), share=st.floats(0.02, 0.98), row=st.integers(0, 3)
)
def test_a_point_is_found_again(geometry: str, s: float, share: float, row: int) -> None:
    found = network(geometry)
    line = found.roads[0]
    wanted = line.section_at(s).lanes[row]
    left, right = line.section_at(s).boundaries([s])[row : row + 2, 0]
    t = left + share * (right - left)
    x, y, _ = line.point(s, t).tolist()
    position = found.locate(x, y)
    assert position is not None
    assert (position.road_id, position.lane_id, position.kind) == (1, wanted.id, wanted.kind)
    assert position.s_m == pytest.approx(s, abs=2e-4)
    assert position.half_width_m == pytest.approx((left - right) / 2.0, abs=1e-4)
    to_the_right = (share - 0.5) * (left - right) * (1.0 if wanted.id < 0 else -1.0)
    assert position.lateral_m == pytest.approx(to_the_right, abs=2e-4)


@given(geometry=st.sampled_from([SPIRAL, POLY, ARC_LEFT]), s=st.floats(1.0, 79.0), row=st.integers(0, 3))
def test_heading_is_where_the_center_of_the_lane_leads(geometry: str, s: float, row: int) -> None:
    found = network(geometry)
    line = found.roads[0]

    def center(at: float) -> list[float]:
        left, right = line.section_at(at).boundaries([at])[row : row + 2, 0]
        return line.point(at, (left + right) / 2.0).tolist()

    behind, here, ahead = center(s - 1e-3), center(s), center(s + 1e-3)
    position = found.locate(here[0], here[1])
    assert position is not None
    along = math.atan2(ahead[1] - behind[1], ahead[0] - behind[0]) + (math.pi if position.lane_id > 0 else 0.0)
    assert math.remainder(position.heading_rad - along, 2.0 * math.pi) == pytest.approx(0.0, abs=1e-4)
    assert -math.pi <= position.heading_rad < math.pi


@given(share=st.floats(0.0, 1.0), road_id=st.integers(1, 8), t=st.floats(-3.4, 3.4))
def test_the_whole_carriageway_of_the_loop_is_found(share: float, road_id: int, t: float) -> None:
    line = loop().road(road_id)
    x, y, _ = line.point(share * line.length_m, t).tolist()
    position = loop().locate(x, y)
    assert position is not None
    assert position.kind == "driving"
    lane_t = -1.75 - position.lateral_m if position.lane_id < 0 else 1.75 + position.lateral_m
    assert lane_t == pytest.approx(t, abs=2e-4)


@pytest.mark.parametrize("place", [(50.0, 30.0), (-20.0, 0.0), (1e9, 1e9), (math.nan, 0.0), (0.0, math.inf)])
def test_nothing_lies_beside_the_roads(place: tuple[float, float]) -> None:
    assert parse_road_network(document(road()), "test").locate(*place) is None


def test_driving_lanes_come_first_where_roads_overlap() -> None:
    walk = road(lanes=section(lane(1, "sidewalk"), lane(-1, "sidewalk")))
    drive = road(head='id="2" junction="3"', lanes=section(lane(1), lane(-1)))
    position = parse_road_network(document(walk, drive), "test").locate(50.0, 3.0)
    assert position is not None
    assert (position.road_id, position.kind) == (2, "driving")


def test_height_tells_a_bridge_from_the_road_below() -> None:
    bridge = road(
        head='id="2" junction="-1"',
        extra='<elevationProfile><elevation s="0" a="8" b="0" c="0" d="0"/></elevationProfile>',
    )
    found = parse_road_network(document(road(), bridge), "test")
    for z, road_id in ((0.2, 1), (7.9, 2)):
        position = found.locate(50.0, 1.0, z)
        assert position is not None
        assert position.road_id == road_id
    assert found.locate(50.0, 1.0, 4.0) is None


def test_curbs_rise_and_sidewalks_lie_higher() -> None:
    curb = lane(-2, "curb", 'a="0.2" b="0" c="0" d="0"', '<height sOffset="0" inner="0" outer="0.12"/>')
    walk = lane(-3, "sidewalk", inside='<height sOffset="0" inner="0.12" outer="0.12"/>')
    found = parse_road_network(document(road(lanes=section(right=lane(-1) + curb + walk))), "test")
    heights = []
    for y in (1.0, 3.6, 5.0):
        position = found.locate(50.0, y)
        assert position is not None
        heights.append(position.z_m)
    assert heights == pytest.approx([0.0, 0.06, 0.12])
