"""Roads that lean, and roads with traffic on the left."""

from __future__ import annotations

import math
from itertools import count

import carla
import pytest

from agent.simulator.dynamics.collision import CollisionWorld
from agent.simulator.nouns import Pose, Weather
from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.roads.opendrive import RoadError, parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_strips import lane_strips
from agent.simulator.world.episode import Episode
from agent.simulator.world.fleet import blueprint_library
from agent.simulator.world.maps import Town
from tests.simulator.opendrive_text import document, road


def network(profile: str, head: str = 'id="1" junction="-1"') -> RoadNetwork:
    return parse_road_network(document(road(extra=f"<lateralProfile>{profile}</lateralProfile>", head=head)), "test")


def test_a_superelevation_falls_to_the_right_and_grows_along_the_road() -> None:
    leaning = network('<superelevation s="0" a="0.02" b="0.001" c="0" d="0"/>')
    for s, t in ((10.0, -1.75), (60.0, 2.5), (99.0, -3.4)):
        angle = 0.02 + 0.001 * s
        found = leaning.locate(s, -t)  # eastwards: CARLA's y is minus t
        assert found is not None
        assert found.z_m == pytest.approx(t * math.tan(angle), abs=1e-9)
        assert found.gradient[1] == pytest.approx(-math.tan(angle), abs=1e-9)
        assert found.gradient[0] == pytest.approx(t * 0.001 / math.cos(angle) ** 2, abs=1e-9)
        assert leaning.roads[0].point(s, t)[2] == pytest.approx(found.z_m)


def test_a_crossfall_falls_outwards_on_the_sides_it_names() -> None:
    roof = network('<crossfall side="both" s="0" a="0.025" b="0" c="0" d="0"/>')
    heights = [roof.locate(50.0, y).z_m for y in (-3.0, 0.0, 3.0)]
    assert heights == pytest.approx([-3.0 * math.tan(0.025), 0.0, -3.0 * math.tan(0.025)])
    right = network('<crossfall side="right" s="0" a="0.025" b="0" c="0" d="0"/>')
    assert right.locate(50.0, -3.0).z_m == 0.0
    assert right.locate(50.0, 3.0).z_m == pytest.approx(-3.0 * math.tan(0.025))


def test_lanes_are_drawn_where_wheels_stand() -> None:
    leaning = network('<superelevation s="0" a="0" b="0.002" c="-0.00001" d="0"/>')
    for strip in lane_strips(leaning):
        for x, y, z in strip.vertices[1:-1].reshape(-1, 3).tolist():
            found = leaning.locate(x, y * 0.999)
            assert found is not None
            assert found.z_m == pytest.approx(z, abs=0.005)


def test_absurd_angles_are_refused() -> None:
    with pytest.raises(RoadError, match="road 1: leans more than"):
        network('<superelevation s="0" a="0" b="0.1" c="0" d="0"/>')


def test_left_hand_traffic_runs_where_carla_lets_it_run() -> None:
    text = document(road(head='id="1" junction="-1" rule="LHT"'))
    ours = parse_road_network(text, "test")
    waypoints = carla.Map("test", text).generate_waypoints(10.0)
    assert {waypoint.lane_id for waypoint in waypoints} == {-1, 1}
    for waypoint in waypoints:
        at = waypoint.transform.location
        found = ours.locate(at.x, at.y)
        assert found is not None and found.lane_id == waypoint.lane_id
        yaw = math.radians(waypoint.transform.rotation.yaw)
        assert abs(math.remainder(found.heading_rad - yaw, 2.0 * math.pi)) < 1e-5
    for pose in ours.spawn_points:
        found = ours.locate(pose.x_m, pose.y_m)
        assert found is not None
        assert abs(math.remainder(found.heading_rad - pose.yaw_rad, 2.0 * math.pi)) < 1e-9
        assert (found.lane_id > 0) == (abs(pose.yaw_rad) < 0.1)


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"),
    [(0.0, 0.05, 0.04), (math.pi, -0.05, -0.04), (math.pi / 2.0, -0.04, 0.05), (-math.pi / 2.0, 0.04, -0.05)],
)
def test_a_car_stands_as_the_road_leans(yaw: float, pitch: float, roll: float) -> None:
    """Uphill to the east, falling to the right (south): 5 % and 4 %."""
    climb = '<elevationProfile><elevation s="0" a="0" b="0.05" c="0" d="0"/></elevationProfile>'
    lean = '<lateralProfile><superelevation s="0" a="0.04" b="0" c="0" d="0"/></lateralProfile>'
    leaning = parse_road_network(document(road(extra=climb + lean)), "test")
    town = Town("test", leaning, CollisionWorld([]), painter=None, rays=None)
    episode = Episode(1, town, ids=count(1), seed=0, map_changed=False, weather=Weather())
    car = episode.spawn(
        blueprint_library().checked(ActorDescription(0, "vehicle.audi.tt")), Pose(50.0, 1.0, 3.0, yaw_rad=yaw)
    )
    episode.step(0.05)
    assert (car.pose.pitch_rad, car.pose.roll_rad) == pytest.approx((pitch, roll), abs=1e-4)
    assert car.pose.z_m == pytest.approx(2.5 - math.tan(0.04), abs=0.01)
