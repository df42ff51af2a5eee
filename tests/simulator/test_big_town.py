"""A town as large as CARLA's: read, drivable, built within bounds, kept while it is wanted."""

from __future__ import annotations

import math

import carla
import numpy as np
import pytest

from agent.simulator.building import TownBuilder
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from tests.simulator.big_town import big_town
from tests.simulator.opendrive_text import document, road


@pytest.fixture(scope="module")
def text() -> str:
    return big_town(6)


@pytest.fixture(scope="module")
def network(text: str) -> RoadNetwork:
    return parse_road_network(text, "big")


def test_it_has_the_size_of_a_town(text: str, network: RoadNetwork) -> None:
    assert len(text) > 1_000_000
    assert len(network.roads) > 300
    assert len({one.junction for one in network.roads}) == 37
    assert len(network.spawn_points) > 250


def test_every_lane_goes_on_and_both_parsers_agree(text: str, network: RoadNetwork) -> None:
    waypoints = carla.Map("big", text).generate_waypoints(25.0)
    assert len(waypoints) > 700
    for waypoint in waypoints:
        at, yaw = waypoint.transform.location, math.radians(waypoint.transform.rotation.yaw)
        found = network.locate(at.x, at.y, at.z)
        assert found is not None and found.kind == "driving"
        assert abs(found.z_m - at.z) < 1e-3
        if not waypoint.is_junction:
            assert (found.road_id, found.lane_id) == (waypoint.road_id, waypoint.lane_id) or waypoint.s < 0.01
            assert abs(found.lateral_m) < 0.05
            assert abs(math.remainder(found.heading_rad - yaw, 2.0 * math.pi)) < 1e-3
        assert waypoint.next(3.0)


def test_a_built_map_is_kept_and_the_oldest_goes_first() -> None:
    build = TownBuilder(0)
    texts = [document(road(length=100.0 + k)) for k in range(3)]
    towns = [build(texts[k], "test") for k in (0, 1, 0, 2, 0, 1)]
    networks = [town.network for town in towns]
    for town in towns:
        town.painter.close()
    assert networks[0] is networks[2] is networks[4]
    assert networks[1] is not networks[5]


def test_places_are_found_as_fast_on_a_large_map_as_on_a_small_one(network: RoadNetwork) -> None:
    """Not by the clock: no place asks more than a few segments."""
    cells = network._index._cells
    asked = np.array([len(segments) for segments in cells.values()])
    assert np.quantile(asked, 0.9) < 60
    assert asked.max() < 250
