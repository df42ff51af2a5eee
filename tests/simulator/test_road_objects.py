"""Things beside the road."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_objects import RoadObject
from tests.simulator.opendrive_text import ARC_LEFT, LINE, document, road


def objects(text: str, geometry: str = LINE) -> tuple[RoadObject, ...]:
    return parse_road_network(document(road(geometry, objects=text)), "test").objects


def test_a_house_stands_where_it_is_placed() -> None:
    text = '<object id="5" type="building" s="20" t="12" zOffset="0.5" hdg="0.3" length="10" width="8" height="6"/>'
    (house,) = objects(text)
    assert (house.kind, house.road_id, house.length_m, house.width_m, house.height_m) == ("house", 1, 10, 8, 6)
    assert (house.pose.x_m, house.pose.y_m, house.pose.z_m) == (20.0, -12.0, 0.5)
    assert house.pose.yaw_rad == pytest.approx(-0.3)
    assert house.line.shape == house.outline.shape == (0, 3)


def test_a_continuous_repeat_is_one_line_along_the_bend() -> None:
    repeat = '<repeat s="10" length="50" distance="0" tStart="-5" tEnd="-5" heightStart="0.9" heightEnd="0.9"/>'
    text = f'<object id="1" type="barrier" subtype="guardRail" s="0" t="0" width="0.3">{repeat}</object>'
    (rail,) = objects(text, ARC_LEFT)
    assert (rail.kind, rail.width_m, rail.height_m, rail.length_m) == ("guardRail", 0.3, 0.9, 50)
    assert np.hypot(rail.line[:, 0], rail.line[:, 1] + 50.0) == pytest.approx(55.0)
    angles = np.arctan2(rail.line[:, 0], rail.line[:, 1] + 50.0)
    assert (angles[-1] - angles[0]) * 50.0 == pytest.approx(50.0)
    assert (rail.pose.x_m, rail.pose.y_m) == pytest.approx(tuple(rail.line[0, :2]))


def test_a_repeat_with_a_distance_is_so_many_copies() -> None:
    repeat = '<repeat s="5" length="60" distance="20" tStart="6" tEnd="9" heightStart="3" heightEnd="6"/>'
    trees = objects(f'<object id="1" type="tree" s="0" t="0" radius="0.4">{repeat}</object>')
    assert [tree.pose.x_m for tree in trees] == pytest.approx([5, 25, 45, 65])
    assert [tree.pose.y_m for tree in trees] == pytest.approx([-6, -7, -8, -9])
    assert [tree.height_m for tree in trees] == pytest.approx([3, 4, 5, 6])
    assert {(tree.kind, tree.length_m, tree.width_m) for tree in trees} == {("tree", 0.8, 0.8)}


def test_an_outline_is_turned_into_the_world() -> None:
    corners = "".join(f'<cornerLocal u="{u}" v="{v}" z="0" height="0"/>' for u, v in ((0, 0), (2, 0), (2, 1)))
    head = f'<object id="1" name="Crosswalk" type="crosswalk" s="10" t="0" hdg="{math.pi / 2}">'
    (walk,) = objects(f"{head}<outline>{corners}</outline></object>")
    assert walk.outline[:, :2] == pytest.approx(np.array([[10, 0], [10, -2], [9, -2]]), abs=1e-9)


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ('type="barrier" subtype="wall"', "wall"),
        ('type="barrier" name="guard_rail_long"', "guardRail"),
        ('type="barrier"', "wall"),
        ('type="-1" name="Stencil_STOP"', "-1"),
        ('type="streetLamp"', "lamp"),
        ("", "none"),
    ],
)
def test_kinds_come_from_subtype_type_or_name(attributes: str, kind: str) -> None:
    assert objects(f'<object id="1" s="1" t="1" {attributes}/>')[0].kind == kind


def test_a_building_has_the_size_of_its_outline() -> None:
    local = "".join(f'<cornerLocal u="{u}" v="{v}" z="0" height="9"/>' for u, v in ((0, 0), (12, 0), (12, 8), (0, 8)))
    along = "".join(
        f'<cornerRoad s="{s}" t="{t}" dz="0" height="6"/>' for s, t in ((40, 10), (50, 10), (50, 16), (40, 16))
    )
    text = document(
        road(
            objects=f'<object id="1" type="building" s="20" t="10"><outline>{local}</outline></object>'
            f'<object id="2" type="building" s="40" t="10"><outlines><outline>{along}</outline></outlines></object>'
        )
    )
    first, second = parse_road_network(text, "test").objects
    assert (first.length_m, first.width_m, first.height_m) == pytest.approx((12.0, 8.0, 9.0))
    assert (first.pose.x_m, first.pose.y_m) == pytest.approx((26.0, -14.0))
    assert (second.length_m, second.width_m, second.height_m) == pytest.approx((10.0, 6.0, 6.0))
    assert (second.pose.x_m, second.pose.y_m) == pytest.approx((45.0, -13.0))
