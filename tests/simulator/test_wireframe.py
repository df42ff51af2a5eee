"""Lines in the world as a camera sees them, against the pinhole formula; and the lines of a town."""

import math

import numpy as np
import pytest

from agent.simulator.nouns import Pose, View
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.sensing.wireframe import Lines, box_edges, wireframe
from agent.simulator.world.maps import Town
from agent.simulator.world.outlines import Outlines
from tests.simulator.crossing_map import crossing_text

RED, BLUE = (255, 0, 0), (0, 0, 255)
VIEW = View(Pose(10.0, 5.0, 2.0, yaw_rad=math.pi / 2), 90.0, 200, 100)  # looks along y


def drawn(*parts: Lines) -> np.ndarray:
    picture = wireframe(Lines.joined(parts), VIEW)
    assert picture.shape == (100, 200, 4)
    assert (picture[..., 3] == 255).all()
    return picture[..., 2::-1]


def test_a_line_lies_where_the_pinhole_formula_puts_it():
    rgb = drawn(Lines.of([(10.0, 25.0, 0.0), (6.0, 25.0, 4.0)], 0.0, RED))  # 20 m ahead: 2 m down to 4 m right, 2 m up
    rows, columns = np.nonzero(rgb[..., 0])
    assert (columns.min(), columns.max()) == (100, 120)
    assert (rows.min(), rows.max()) == (40, 60)
    assert rows[columns.argmax()] == 40  # its right end is its upper one


def test_a_line_that_begins_behind_the_camera_is_cut_and_one_wholly_behind_is_not_drawn():
    through = drawn(Lines.of([(10.0, -50.0, 0.0), (10.0, 105.0, 0.0)], 0.0, RED))
    rows, columns = np.nonzero(through[..., 0])
    assert set(columns.tolist()) == {100}
    assert (rows.min(), rows.max()) == (52, 99)
    assert not drawn(Lines.of([(10.0, -50.0, 0.0), (12.0, 4.0, 0.0)], 0.0, RED)).any()


def test_near_lines_are_thicker_and_cover_far_ones():
    near = Lines.of([(5.0, 10.0, 2.0), (15.0, 10.0, 2.0)], 0.5, BLUE)
    far = Lines.of([(10.0, 25.0, -8.0), (10.0, 25.0, 12.0)], 0.5, RED)
    rgb = drawn(near, far)
    assert rgb[50, 100].tolist() == list(BLUE)
    assert np.count_nonzero(rgb[:, 150, 2]) == pytest.approx(10, abs=2)  # 0.5 m at 5 m
    assert 2 <= np.count_nonzero(rgb[20, :, 0]) <= 5  # at 20 m


def test_nothing_to_draw_is_black():
    assert not drawn().any()


def test_a_box_has_twelve_edges_of_its_lengths():
    edges = box_edges(Pose(1.0, 2.0, 3.0, 0.3, 0.5, 0.1), (2.0, 1.0, 0.5))
    lengths = np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1)
    assert sorted(np.round(lengths, 9)) == [1.0] * 4 + [2.0] * 4 + [4.0] * 4
    assert edges.reshape(-1, 3).mean(axis=0) == pytest.approx([1.0, 2.0, 3.0])


def test_a_towns_lines_are_its_lanes_and_the_stops_of_its_lights():
    network = parse_road_network(crossing_text(), "crossing")
    lines = Outlines(Town("crossing", network, None, None, None)).now([])
    stops = lines.ends_m[(lines.rgb == (255, 0, 0)).all(axis=1)]
    lanes = lines.ends_m[(lines.rgb == (71, 134, 183)).all(axis=1)]
    assert len(stops) == sum(signal.kind == "traffic_light" for signal in network.signals)
    assert np.abs(lanes[..., :2]).min(axis=2) == pytest.approx(1.75)  # on the lanes' middles, up to the crossing
    gaps = [np.linalg.norm(lanes[..., :2] - stop.mean(axis=0)[:2], axis=2).min() for stop in stops]
    assert max(gaps) < 2.0  # at a lane's end
