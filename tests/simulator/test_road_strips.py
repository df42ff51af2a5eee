"""Strips for the renderer: no holes, no kinks, paint where the marking is."""

from __future__ import annotations

import numpy as np
import pytest

from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_strips import lane_strips, mark_strips
from tests.simulator.opendrive_text import ARC_LEFT, document, lane, road, section


def network(geometry: str = ARC_LEFT, lanes: str = section()) -> RoadNetwork:
    return parse_road_network(document(road(geometry, lanes)), "test")


def test_neighbours_share_their_edge_to_the_last_bit() -> None:
    curb = lane(-2, "curb", 'a="0.2" b="0" c="0" d="0"', '<height sOffset="0" inner="0" outer="0.12"/>')
    walk = lane(-3, "sidewalk", 'a="1" b="0.02" c="0" d="0"', '<height sOffset="0" inner="0.12" outer="0.12"/>')
    left, driving, curb_strip, sidewalk = lane_strips(network(lanes=section(right=lane(-1) + curb + walk)))
    for one, other in ((left, driving), (driving, curb_strip), (curb_strip, sidewalk)):
        assert np.array_equal(one.vertices[:, 1], other.vertices[:, 0])
    assert set(sidewalk.vertices[:, 1, 2].tolist()) == {np.float32(0.12)}
    assert (sidewalk.kind, sidewalk.lane_id, sidewalk.road_id) == ("sidewalk", -3, 1)


def test_sections_meet_without_a_gap() -> None:
    strips = lane_strips(network(lanes=section() + section(s=33.3)))
    first, second = (strip for strip in strips if strip.lane_id == -1)
    assert np.array_equal(first.vertices[-1], second.vertices[0])
    assert first.along_m[-1] == second.along_m[0] == np.float32(33.3)


def test_bends_are_sampled_until_the_chord_leaves_them_by_a_centimetre() -> None:
    for strip in lane_strips(network(), step_m=50.0):
        for edge in (0, 1):
            chords = (strip.vertices[1:, edge] + strip.vertices[:-1, edge]) / 2.0
            radius = np.hypot(strip.vertices[:, edge, 0], strip.vertices[:, edge, 1] + 50.0)
            assert np.ptp(radius) < 1e-4
            assert np.all(radius[0] - np.hypot(chords[:, 0], chords[:, 1] + 50.0) < 0.012)


def test_straights_take_long_steps() -> None:
    straight = '<geometry s="0" x="0" y="0" hdg="0" length="100"><line/></geometry>'
    assert len(lane_strips(network(straight), step_m=20.0)[0].along_m) == 6


def test_strips_are_float32_and_read_only() -> None:
    strip = lane_strips(network())[0]
    assert strip.vertices.dtype == strip.along_m.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        strip.vertices[0, 0, 0] = 1.0


def test_a_double_line_is_two_strips_beside_the_center() -> None:
    center = '<roadMark sOffset="0" type="solid broken" color="yellow" width="0.1"/>'
    solid, broken = mark_strips(network(lanes=section(center=center)))
    assert [(one.type, one.color, one.width_m, one.lane_id) for one in (solid, broken)] == [
        ("solid", "yellow", 0.1, 0),
        ("broken", "yellow", 0.1, 0),
    ]
    radius = [np.hypot(one.center[:, 0], one.center[:, 1] + 50.0) for one in (solid, broken)]
    assert radius[0] == pytest.approx(49.9, abs=1e-4)  # left of the center, nearer to the middle of a bend to the left
    assert radius[1] == pytest.approx(50.1, abs=1e-4)
    inwards = -np.stack([solid.center[:, 0], solid.center[:, 1] + 50.0], axis=1) / 49.9
    assert solid.normals == pytest.approx(inwards, abs=1e-5)


def test_paint_begins_and_ends_where_the_marking_does() -> None:
    marks = '<roadMark sOffset="12.5" type="broken" width="0.1"/><roadMark sOffset="61" type="none"/>'
    (strip,) = mark_strips(network(lanes=section(center="", right=lane(-1, inside=marks))))
    assert (strip.along_m[0], strip.along_m[-1]) == pytest.approx((0.0, 48.5))
    start = network().roads[0].point([12.5, 61.0], -3.5)
    assert strip.center[[0, -1]] == pytest.approx(start, abs=1e-4)


def test_curbs_are_no_paint() -> None:
    center = '<roadMark sOffset="0" type="curb" width="0.1"/>'
    assert mark_strips(network(lanes=section(center=center))) == ()
