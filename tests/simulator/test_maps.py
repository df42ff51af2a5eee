"""The built-in map: smooth, closed, and the same to CARLA's own parser."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import carla
import numpy as np
import pytest

from agent.simulator.roads.loop_map import loop_xodr
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road import Road
from agent.simulator.roads.road_network import RoadNetwork

LOOP = Path(__file__).parents[2] / "configs" / "maps" / "loop.xodr"


@pytest.fixture(scope="module")
def loop() -> RoadNetwork:
    return parse_road_network(LOOP.read_text(encoding="utf-8"), "loop")


@pytest.fixture(scope="module")
def carla_map() -> carla.Map:
    return carla.Map("loop", LOOP.read_text(encoding="utf-8"))


def joints(network: RoadNetwork) -> Iterator[tuple[Road, Road]]:
    for road in network.roads:
        assert road.successor is not None
        yield road, network.road(road.successor.id)


def test_the_file_is_what_the_script_writes() -> None:
    written = parse_road_network(loop_xodr(), "loop")
    shipped = parse_road_network(LOOP.read_text(encoding="utf-8"), "loop")
    assert len(written.roads) == len(shipped.roads)
    assert len(written.objects) == len(shipped.objects)
    for one, other in zip(written.roads, shipped.roads, strict=True):
        s = np.linspace(0.0, one.length_m, 50)
        assert one.point(s, 1.0) == pytest.approx(other.point(s, 1.0), abs=1e-9)


def test_roads_meet_in_place_and_heading_all_around(loop: RoadNetwork) -> None:
    for road, after in joints(loop):
        end, start = road.sample(road.length_m), after.sample(0.0)
        assert math.hypot(end.x_m - start.x_m, end.y_m - start.y_m) < 1e-6
        assert abs(math.remainder(float(end.heading_rad - start.heading_rad), 2.0 * math.pi)) < 1e-9
        edges = [road.sections[-1].boundaries(np.array([road.length_m])), after.sections[0].boundaries(np.array([0.0]))]
        rows = [
            edge[part.center_row - 2 : part.center_row + 3]
            for edge, part in zip(edges, (road.sections[-1], after.sections[0]), strict=True)
        ]
        assert rows[0] == pytest.approx(rows[1], abs=1e-7)  # lanes and shoulders are as wide on both sides


def test_the_course_is_one_loop_of_two_kilometres(loop: RoadNetwork) -> None:
    assert [after.id for _, after in joints(loop)] == [2, 3, 4, 5, 6, 7, 8, 1]
    assert 1800.0 < sum(road.length_m for road in loop.roads) < 2300.0
    assert {road.kind_at(10.0) for road in loop.roads} == {"town", "rural"}


def test_curvature_never_jumps_and_bends_to_both_sides(loop: RoadNetwork) -> None:
    curvature = np.concatenate([road.sample(np.arange(0.0, road.length_m, 0.1)).curvature_per_m for road in loop.roads])
    assert np.max(np.abs(np.diff(curvature))) < 0.001
    assert 1.0 / 32.0 < np.max(curvature) < 1.0 / 24.9
    assert 1.0 / 32.0 < -np.min(curvature) < 1.0 / 24.9


def test_stretches_stay_apart(loop: RoadNetwork) -> None:
    points = np.concatenate([road.point(np.arange(0.0, road.length_m, 4.0), 0.0)[:, :2] for road in loop.roads])
    apart = np.abs(np.arange(len(points))[:, None] - np.arange(len(points)))
    apart = np.minimum(apart, len(points) - apart) * 4.0
    distance = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    assert np.min(distance[apart > 150.0]) > 60.0


def test_carla_puts_its_waypoints_where_we_do(loop: RoadNetwork, carla_map: carla.Map) -> None:
    waypoints = carla_map.generate_waypoints(7.0)
    assert len(waypoints) > 500
    for waypoint in waypoints:
        at, yaw = waypoint.transform.location, math.radians(waypoint.transform.rotation.yaw)
        found = loop.locate(at.x, at.y, at.z)
        assert found is not None
        assert found.lane_id == waypoint.lane_id
        assert abs(found.lateral_m) < 0.001
        assert abs(math.remainder(found.heading_rad - yaw, 2.0 * math.pi)) < 1e-4
        assert 2.0 * found.half_width_m == pytest.approx(waypoint.lane_width, abs=1e-6)
        if waypoint.s > 0.01:  # at a joint both roads are right
            assert (found.road_id, found.s_m) == (waypoint.road_id, pytest.approx(waypoint.s, abs=0.001))


@pytest.mark.parametrize(("lane_id", "order"), [(-1, [1, 2, 3, 4, 5, 6, 7, 8, 1]), (1, [1, 8, 7, 6, 5, 4, 3, 2, 1])])
def test_a_lap_leads_back_in_both_directions(carla_map: carla.Map, lane_id: int, order: list[int]) -> None:
    waypoint = start = carla_map.get_waypoint_xodr(1, lane_id, 100.0)
    roads = [1]
    for _ in range(1200):
        (waypoint,) = waypoint.next(2.0)
        if waypoint.road_id != roads[-1]:
            roads.append(waypoint.road_id)
        if roads == order and waypoint.transform.location.distance(start.transform.location) < 2.0:
            break
    assert roads == order
    assert waypoint.lane_id == lane_id
    assert waypoint.transform.location.distance(start.transform.location) < 2.0


def test_carla_reads_the_same_markings(loop: RoadNetwork, carla_map: carla.Map) -> None:
    names = {"SolidSolid": "solid solid", "SolidBroken": "solid broken", "Solid": "solid", "Broken": "broken"}
    seen = set()
    for waypoint in carla_map.generate_waypoints(20.0):
        if waypoint.lane_id < 0:
            marks = loop.road(waypoint.road_id).section_at(waypoint.s).center_marks
            ours = next(mark for mark in marks if mark.start_m <= waypoint.s < mark.end_m)
            theirs = waypoint.left_lane_marking
            assert (ours.type, ours.color) == (names[str(theirs.type)], str(theirs.color).lower())
            seen.add((ours.type, ours.color))
    assert {("solid solid", "yellow"), ("broken", "white"), ("solid", "white"), ("broken", "yellow")} <= seen


def test_every_start_lies_in_a_lane_and_looks_along_it(loop: RoadNetwork) -> None:
    assert len(loop.spawn_points) > 80
    for pose in loop.spawn_points:
        found = loop.locate(pose.x_m, pose.y_m)
        assert found is not None
        assert found.kind == "driving"
        assert abs(found.lateral_m) < 1e-4
        assert abs(math.remainder(found.heading_rad - pose.yaw_rad, 2.0 * math.pi)) < 1e-4


def test_the_roadside_has_rails_walls_and_lamps_off_the_lanes(loop: RoadNetwork) -> None:
    assert {found.kind for found in loop.objects} == {"guardRail", "wall", "lamp"}
    for found in loop.objects:
        for x, y, _ in found.line if len(found.line) else [(found.pose.x_m, found.pose.y_m, 0.0)]:
            position = loop.locate(x, y)
            assert position is None or position.kind == "sidewalk"


def test_limits_follow_the_signs(loop: RoadNetwork) -> None:
    limits = set()
    for pose in loop.spawn_points:
        position = loop.locate(pose.x_m, pose.y_m)
        assert position is not None
        limits.add(round(loop.speed_limit_mps(position) * 3.6))
    assert limits == {50, 60, 70, 80}
