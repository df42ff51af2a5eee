"""A car that finds its way as CARLA's `agents` package does: all that BasicAgent and BehaviorAgent ask of a server.

The same calls as `agents.navigation` of 0.9.16 (global_route_planner, local_planner, basic_agent, behavior_agent): a
graph of `Map.get_topology`, waypoints 2 m apart, lights by the places of their boxes, speed by the limit.
"""

from __future__ import annotations

import heapq
import itertools
import math
import queue

import carla
import pytest

from tests.simulator.conftest import STEP_S, connect, serving

HOP_M = 2.0
NEAR_M = 3.0


def key(waypoint):
    place = waypoint.transform.location
    return round(place.x), round(place.y), round(place.z)


def lane_of(waypoint):
    return waypoint.road_id, waypoint.section_id, waypoint.lane_id


class Routes:
    """Which lane follows which."""

    def __init__(self, town_map):
        self.map, self.edges, self.of_lane = town_map, {}, {}
        for entry, leave in town_map.get_topology():
            path = [entry, *self._between(entry, leave), leave]
            self.edges.setdefault(key(entry), []).append((key(leave), path))
            self.of_lane[lane_of(entry)] = (key(entry), key(leave), path)

    @staticmethod
    def _between(entry, leave):
        far = leave.transform.location
        waypoint, path = entry, []
        while waypoint.transform.location.distance(far) > HOP_M:
            following = waypoint.next(HOP_M)
            assert following, "a lane of the topology ends before its end"
            waypoint = following[0]
            path.append(waypoint)
            assert len(path) < 5000
        return path

    def between(self, origin, destination):
        """Waypoints of the shortest way between two; none where no way leads: a loop has two directions."""
        (_, start, first), (goal, _, last) = self.of_lane[lane_of(origin)], self.of_lane[lane_of(destination)]
        order = itertools.count()
        heap, seen = [(0, next(order), start, [])], set()
        while heap:
            cost, _, node, way = heapq.heappop(heap)
            if node == goal:
                return cut(first, origin, None) + way + cut(last, None, destination)
            if node not in seen:
                seen.add(node)
                for then, path in self.edges.get(node, ()):
                    heapq.heappush(heap, (cost + len(path), next(order), then, way + path))
        return []


def cut(path, begin, end):
    def nearest(waypoint):
        place = waypoint.transform.location
        return min(range(len(path)), key=lambda row: path[row].transform.location.distance(place))

    return path[nearest(begin) if begin else 0 : nearest(end) + 1 if end else None]


def light_places(world, town_map):
    """Waypoint at the box of each light, as `misc.get_trafficlight_trigger_location` finds it."""
    places = []
    for light in world.get_actors().filter("*traffic_light*"):
        box, at = light.trigger_volume, light.get_transform()
        middle = at.transform(carla.Location(box.location))
        places.append((light, town_map.get_waypoint(middle)))
        assert light.get_affected_lane_waypoints() and light.get_stop_waypoints()
    return places


def control_of(car, way, limit_kmh, stop):
    """Steer for a place ahead, hold the speed."""
    at, speed = car.get_transform(), car.get_velocity().length()
    while len(way) > 1 and way[0].transform.location.distance(at.location) < max(3.0, 0.5 * speed):
        way.pop(0)
    aim = way[0].transform.location - at.location
    ahead = at.get_forward_vector()
    angle = math.atan2(ahead.x * aim.y - ahead.y * aim.x, ahead.x * aim.x + ahead.y * aim.y)
    behind = 0.0 if stop else min(limit_kmh, 30.0) / 3.6 - speed
    steer = min(max(0.9 * angle, -0.8), 0.8)
    return carla.VehicleControl(min(max(0.5 * behind, 0.0), 0.75), steer, 1.0 if stop else min(max(-behind, 0.0), 0.5))


def ask_around(world, town_map, car, waypoint):
    """What a BehaviorAgent looks at in every step."""
    for other in world.get_actors().filter("*vehicle*"):
        assert other.bounding_box.extent.x > 0.0
        assert town_map.get_waypoint(other.get_location(), lane_type=carla.LaneType.Any) is not None
    assert car.get_speed_limit() > 0.0
    assert len(world.get_actors().filter("*walker.pedestrian*")) == 0
    waypoint.get_left_lane()
    waypoint.get_right_lane()
    assert int(waypoint.lane_change) in range(4)
    assert waypoint.left_lane_marking.lane_change is not None
    for mark in waypoint.get_landmarks(30.0, True):
        assert mark.waypoint is not None
    if waypoint.is_junction:
        assert waypoint.get_junction().get_waypoints(carla.LaneType.Driving)
    assert waypoint.previous(HOP_M)


def drive(world, car, routes, lights, destination):
    """To the destination, or until two minutes are over; returns how far it was off its lane's middle at worst."""
    way = routes.between(routes.map.get_waypoint(car.get_location()), destination)
    assert max(a.transform.location.distance(b.transform.location) for a, b in itertools.pairwise(way)) < 4.0
    worst_m, goal = 0.0, destination.transform.location
    for step in range(round(120.0 / STEP_S)):
        place, waypoint = car.get_location(), routes.map.get_waypoint(car.get_location())
        if place.distance(goal) < NEAR_M:
            return worst_m
        if not waypoint.is_junction:
            worst_m = max(worst_m, place.distance_2d(waypoint.transform.location))
        red = any(
            light.state == carla.TrafficLightState.Red
            and at.road_id == waypoint.road_id
            and at.lane_id * waypoint.lane_id > 0
            and at.transform.location.distance(place) < 12.0
            for light, at in lights
        )
        seen_red = car.is_at_traffic_light() and car.get_traffic_light_state() == carla.TrafficLightState.Red
        if step % 20 == 0:
            ask_around(world, routes.map, car, waypoint)
        car.apply_control(control_of(car, way, car.get_speed_limit(), red or seen_red))
        world.tick()
    raise AssertionError(f"{car.get_location().distance(goal):.0f} m from the destination after two minutes")


@pytest.mark.parametrize("name", ["town", "loop"])
def test_an_agent_reaches_its_destinations(name):
    with serving("--map", name) as served:
        world = connect(served.port).get_world()
        world.apply_settings(carla.WorldSettings(True, False, STEP_S))
        points = world.get_map().get_spawn_points()
        car = world.spawn_actor(world.get_blueprint_library().find("vehicle.tesla.model3"), points[0])
        bumper = world.spawn_actor(
            world.get_blueprint_library().find("sensor.other.collision"), carla.Transform(), attach_to=car
        )
        bumps = queue.Queue()
        bumper.listen(bumps.put)
        world.tick()
        routes = Routes(world.get_map())
        lights = light_places(world, routes.map)
        assert bool(lights) == (name == "town")
        for _ in range(2):
            here = routes.map.get_waypoint(car.get_location())
            goals = (routes.map.get_waypoint(point.location) for point in points)
            goal = next(goal for goal in goals if 60 < len(routes.between(here, goal)) < 120)
            assert drive(world, car, routes, lights, goal) < 1.0
        assert bumps.empty()
        bumper.stop()
