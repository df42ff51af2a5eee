"""Where roads meet: seen from above a junction is asphalt without a hole, and nothing stands or lies on its lanes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent.simulator.look.junctions import uncovered_lanes, uncovered_marks
from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import build_scene
from agent.simulator.nouns import Label, Pose, View, Weather
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_strips import lane_strips, mark_strips
from tests.simulator.opendrive_text import document, lane, road, section

TOWN = Path(__file__).parents[2] / "configs" / "maps" / "town.xodr"
_UP_M, _SIZE_PX = 30.0, 300


@pytest.fixture(scope="module")
def town() -> RoadNetwork:
    return parse_road_network(TOWN.read_text(encoding="utf-8"), "town")


@pytest.fixture(scope="module")
def renderer(town: RoadNetwork) -> Iterator[Renderer]:
    with Renderer(build_scene(town, 0)) as made:
        yield made


def middles(network: RoadNetwork) -> dict[int, np.ndarray]:
    points: dict[int, list[np.ndarray]] = {}
    for one in network.roads:
        if one.junction is not None:
            points.setdefault(one.junction, []).append(one.point(np.array([0.0, one.length_m]), 0.0)[:, :2])
    found = {number: np.concatenate(parts) for number, parts in points.items()}
    return {number: (part.min(axis=0) + part.max(axis=0)) / 2.0 for number, part in found.items()}


def test_no_junction_has_a_hole(town: RoadNetwork, renderer: Renderer) -> None:
    across_m = 2.0 * _UP_M  # at 90 degrees
    y, x = (np.mgrid[:_SIZE_PX, :_SIZE_PX] + 0.5) / _SIZE_PX * across_m - across_m / 2.0
    seen = 0
    for middle in middles(town).values():
        view = View(Pose(*middle, _UP_M, -math.pi / 2.0, 0.0, 0.0), 90.0, _SIZE_PX, _SIZE_PX)
        labels = renderer.render(view, Weather(), [], labels=True).labels
        assert labels is not None
        inside = labels[np.hypot(x, y) < 6.0]  # m: well inside of all corners
        assert set(np.unique(inside)) <= {Label.ROADS, Label.ROAD_LINES}
        seen += 1
    assert seen == 8


def test_zebra_bars_and_stop_lines_are_where_the_map_says(town: RoadNetwork, renderer: Renderer) -> None:
    zebra = next(thing for thing in town.objects if thing.kind == "crosswalk")
    view = View(Pose(zebra.pose.x_m, zebra.pose.y_m, 8.0, -math.pi / 2.0, 0.0, 0.0), 90.0, 200, 200)
    labels = renderer.render(view, Weather(), [], labels=True).labels
    assert labels is not None
    painted = (labels == Label.ROAD_LINES)[80:120, 80:120].mean()
    assert 0.35 < painted < 0.65  # as much paint as gap
    assert sum(thing.kind == "stopLine" for thing in town.objects) == 26


def crossing() -> RoadNetwork:
    """Two roads across one junction, each with a sidewalk and an edge line."""
    edge = '<roadMark sOffset="0" type="solid" color="white" width="0.15"/>'
    right = lane(-1, inside=edge) + lane(-2, "sidewalk")
    lanes = section(left=lane(1), right=right)
    north = '<geometry s="0" x="50" y="-50" hdg="1.5707963267948966" length="100"><line/></geometry>'
    first, second = (f'id="{number}" junction="7"' for number in (1, 2))
    return parse_road_network(document(road(lanes=lanes, head=first), road(north, lanes, head=second)), "crossing")


def test_side_strips_and_paint_give_way_to_lanes() -> None:
    network = crossing()
    walks = [strip for strip in lane_strips(network) if strip.kind == "sidewalk"]
    cut = uncovered_lanes(walks, network, frozenset({"sidewalk"}))
    assert len(cut) == 2 * len(walks)
    for strip in cut:
        for x, y, _ in strip.vertices.mean(axis=1)[1:-1].tolist():
            found = network.locate(x, y)
            assert found is None or found.kind == "sidewalk"
    length = sum(float(np.ptp(strip.along_m)) for strip in cut) / len(walks)
    assert length == pytest.approx(100.0 - 7.0, abs=1.5)
    lines = [strip for strip in mark_strips(network) if strip.lane_id == -1]
    gone = sum(float(np.ptp(strip.along_m)) for strip in lines) - sum(
        float(np.ptp(strip.along_m)) for strip in uncovered_marks(lines, network)
    )
    assert gone == pytest.approx(2 * 6.4, abs=2.5)
    assert uncovered_marks(mark_strips(parse_road_network(document(road()), "x")), network)
