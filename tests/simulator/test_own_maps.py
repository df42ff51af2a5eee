"""The project's maps, driven by CARLA's own parser: no lane ends, both parsers agree, every start is on a lane."""

from __future__ import annotations

import math
import re
from pathlib import Path

import carla
import numpy as np
import pytest

from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.own_maps import OWN_MAPS
from agent.simulator.roads.road_network import RoadNetwork

MAPS = Path(__file__).parents[2] / "configs" / "maps"
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)")
NEW = ("town", "motorway", "hills", "country")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {name: (MAPS / f"{name}.xodr").read_text(encoding="utf-8") for name in NEW}


@pytest.fixture(scope="module")
def networks(texts: dict[str, str]) -> dict[str, RoadNetwork]:
    return {name: parse_road_network(text, name) for name, text in texts.items()}


@pytest.fixture(scope="module")
def carla_maps(texts: dict[str, str]) -> dict[str, carla.Map]:
    return {name: carla.Map(name, text) for name, text in texts.items()}


@pytest.mark.parametrize("name", NEW)
def test_the_file_is_what_the_script_writes(name: str, texts: dict[str, str]) -> None:
    written, kept = (re.split(_NUMBER, text) for text in (OWN_MAPS[name](), texts[name]))
    assert written[::2] == kept[::2]
    # another processor's sines may differ in the last digit
    np.testing.assert_allclose(np.array(written[1::2], float), np.array(kept[1::2], float), rtol=0.0, atol=1e-9)


@pytest.mark.parametrize("name", NEW)
def test_no_lane_ends_and_both_parsers_agree(
    name: str, networks: dict[str, RoadNetwork], carla_maps: dict[str, carla.Map]
) -> None:
    network, narrow = networks[name], 0
    waypoints = carla_maps[name].generate_waypoints(9.0)
    for waypoint in waypoints:
        at, yaw = waypoint.transform.location, math.radians(waypoint.transform.rotation.yaw)
        found = network.locate(at.x, at.y, at.z)
        assert found is not None and found.kind == "driving"
        assert abs(found.z_m - at.z) < 0.5  # the client knows no banking
        if not waypoint.is_junction:
            assert abs(found.lateral_m) < 0.05
            assert abs(math.remainder(found.heading_rad - yaw, 2.0 * math.pi)) < 0.01
        narrow += waypoint.lane_width <= 2.5
        following = waypoint.next(3.0)
        assert following
        assert all(2.0 < then.transform.location.distance(at) < 4.5 for then in following)
    assert narrow <= 0.005 * len(waypoints)  # where a motorway's exit lane begins


@pytest.mark.parametrize("name", NEW)
def test_every_start_lies_on_a_lane_and_they_are_many(name: str, networks: dict[str, RoadNetwork]) -> None:
    network = networks[name]
    assert len(network.spawn_points) >= 100
    for pose in network.spawn_points:
        found = network.locate(pose.x_m, pose.y_m, pose.z_m)
        assert found is not None and found.kind == "driving"
        assert abs(found.lateral_m) < 0.01
        assert 0.25 < pose.z_m - found.z_m < 0.55
        assert abs(math.remainder(found.heading_rad - pose.yaw_rad, 2.0 * math.pi)) < 0.01


@pytest.mark.parametrize("name", OWN_MAPS)
def test_nobody_is_led_into_oncoming_traffic(name: str) -> None:
    """CARLA's route planner changes lanes wherever the paint allows it, whichever way the lane beside runs."""
    allowed, roads = 0, carla.Map(name, (MAPS / f"{name}.xodr").read_text(encoding="utf-8"))
    for waypoint in roads.generate_waypoints(10.0):
        for mark, side, beside in (
            (waypoint.left_lane_marking, carla.LaneChange.Left, waypoint.get_left_lane()),
            (waypoint.right_lane_marking, carla.LaneChange.Right, waypoint.get_right_lane()),
        ):
            if mark is not None and mark.lane_change & side and beside is not None:
                assert beside.lane_id * waypoint.lane_id > 0
                allowed += 1
    assert (allowed > 0) is (name in ("town", "motorway"))


@pytest.mark.parametrize("name", NEW)
def test_a_walk_at_random_never_stops_and_sees_most_of_the_map(name: str, carla_maps: dict[str, carla.Map]) -> None:
    rng, waypoint = np.random.default_rng(3), carla_maps[name].generate_waypoints(20.0)[0]
    seen = set()
    for _ in range(2500):
        ways = waypoint.next(8.0)
        waypoint = ways[int(rng.integers(len(ways)))]
        seen.add(waypoint.road_id)
    roads = {first.road_id for pair in carla_maps[name].get_topology() for first in pair}
    assert len(seen) >= 0.5 * len(roads) - (11 if name == "motorway" else 0)  # nobody changes the carriageway


def test_each_map_is_what_its_name_says(networks: dict[str, RoadNetwork], carla_maps: dict[str, carla.Map]) -> None:
    steepest = {
        name: max(float(np.abs(road.sample(np.linspace(0.0, road.length_m, 60)).slope).max()) for road in network.roads)
        for name, network in networks.items()
    }
    assert 0.08 < steepest["hills"] <= 0.105
    tightest = {
        name: max(
            float(np.abs(road.sample(np.linspace(0.0, road.length_m, 60)).curvature_per_m).max())
            for road in network.roads
        )
        for name, network in networks.items()
    }
    assert 1.0 / tightest["motorway"] > 70.0 and 1.0 / tightest["country"] < 16.0
    assert {thing.kind for thing in networks["motorway"].objects} >= {"guardRail", "wall", "lamp"}
    assert {thing.kind for thing in networks["country"].objects} >= {"hedge", "stoneWall", "fence"}
    marks = [mark for road in networks["country"].roads for mark in road.sections[0].center_marks]
    assert {mark.worn for mark in marks} == {True, False} and any(
        not road.sections[0].center_marks for road in networks["country"].roads
    )
    assert sum(thing.kind == "crosswalk" for thing in networks["town"].objects) == 26
    assert len(carla_maps["town"].get_crosswalks()) == 26 * 5
    lights = carla_maps["town"].get_all_landmarks_of_type("1000001")
    assert len({light.id for light in lights}) == 14
    assert len({stop.id for stop in carla_maps["town"].get_all_landmarks_of_type("206")}) == 4
    limits = {
        round(networks["motorway"].speed_limit_mps(_located(networks["motorway"], pose)) * 3.6)
        for pose in networks["motorway"].spawn_points
    }
    assert {60, 120, 130} <= limits


def _located(network, pose):
    found = network.locate(pose.x_m, pose.y_m, pose.z_m)
    assert found is not None
    return found
