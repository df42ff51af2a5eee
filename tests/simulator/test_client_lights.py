"""Traffic lights and signs as the real client sees them, on a crossing of two streets."""

from __future__ import annotations

from collections.abc import Iterator

import carla
import pytest

from tests.simulator.conftest import Served, connect, serving, synchronous
from tests.simulator.crossing_map import crossing_text, signal

RED, YELLOW, GREEN = carla.TrafficLightState.Red, carla.TrafficLightState.Yellow, carla.TrafficLightState.Green
STOP = signal("stop", 30.0, 'type="206" subtype="-1" value="-1"')


@pytest.fixture(scope="module")
def crossing(tmp_path_factory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("maps") / "crossing.xodr"
    path.write_text(crossing_text(STOP), encoding="utf-8")
    with serving("--map", str(path)) as running:
        yield running


@pytest.fixture(scope="module")
def kept_client(crossing):
    return connect(crossing.port)


@pytest.fixture
def world(kept_client):
    world = kept_client.get_world()
    synchronous(world, 0.05)
    for actor in world.get_actors().filter("vehicle.*"):
        actor.destroy()
    world.freeze_all_traffic_lights(False)
    world.reset_all_traffic_lights()
    world.tick()
    return world


@pytest.fixture
def lights(world):
    """The lights by the ids they have on the map."""
    return {light.get_opendrive_id(): light for light in world.get_actors().filter("traffic.traffic_light")}


def states(lights) -> list:
    return [lights[name].get_state() for name in sorted(lights)]


def car_at(world, x: float, speed_mps: float = 0.0):
    blueprint = world.get_blueprint_library().find("vehicle.audi.tt")
    car = world.spawn_actor(blueprint, carla.Transform(carla.Location(x, 1.75, 0.3)))
    car.enable_constant_velocity(carla.Vector3D(speed_mps, 0.0, 0.0))
    world.tick()
    return car


def test_signs_and_lights_are_actors_where_the_map_has_them(world, lights):
    kinds = sorted(actor.type_id for actor in world.get_actors().filter("traffic.*"))
    assert kinds == ["traffic.speed_limit.30", "traffic.stop"] + ["traffic.traffic_light"] * 4
    at = lights["1"].get_transform()
    assert (at.location.x, at.location.y) == pytest.approx((-10.25, 6.5), abs=1e-3)
    assert at.rotation.yaw == pytest.approx(90.0, abs=1e-3)  # a quarter turn from the street's direction, as in CARLA
    sign = world.get_traffic_sign(world.get_map().get_all_landmarks_from_id("5")[0])
    assert sign.type_id == "traffic.speed_limit.30"


def test_the_lights_take_turns(world, lights):
    for light in lights.values():
        assert (light.get_green_time(), light.get_yellow_time(), light.get_red_time()) == (10.0, 3.0, 2.0)
    changes = [(0, states(lights))]
    for tick in range(1, 301):
        world.tick()
        if states(lights) != changes[-1][1]:
            changes.append((tick, states(lights)))
    assert changes == [
        (0, [GREEN, GREEN, RED, RED]),
        (199, [YELLOW, YELLOW, RED, RED]),  # the tick of the fixture was the first
        (259, [RED, RED, RED, RED]),
        (299, [RED, RED, GREEN, GREEN]),
    ]
    world.tick()
    assert lights["1"].get_elapsed_time() == pytest.approx(0.1)


def test_lights_of_a_junction_are_one_group(world, lights):
    ids = {light.id for light in lights.values()}
    assert {light.id for light in lights["3"].get_group_traffic_lights()} == ids
    assert {light.id for light in world.get_traffic_lights_in_junction(9)} == ids
    assert sorted(light.get_pole_index() for light in lights.values()) == [0, 1, 2, 3]


def test_a_light_knows_its_lanes_and_lanes_their_light(world, lights):
    (affected,) = lights["1"].get_affected_lane_waypoints()
    assert (affected.road_id, affected.lane_id, affected.s) == (1, 1, 0.5)
    (stop,) = lights["1"].get_stop_waypoints()
    assert (stop.road_id, stop.lane_id) == (1, 1)
    assert stop.transform.location.x == pytest.approx(
        -13.5, abs=1e-3
    )  # before the light, 3 m long, 1.5 m before its line
    way = world.get_map().get_waypoint(carla.Location(-60.0, 1.75, 0.0))
    assert [light.id for light in world.get_traffic_lights_from_waypoint(way, 100.0)] == [lights["1"].id]
    (landmark,) = world.get_map().get_all_landmarks_from_id("2")
    assert world.get_traffic_light(landmark).id == lights["2"].id
    near, over = lights["1"].get_light_boxes()
    assert over.location.z > near.location.z > 2.0
    assert (near.location.y, over.location.y) == pytest.approx((6.5, 1.75), abs=1e-3)


def test_what_a_client_sets_is_shown(world, lights):
    lights["1"].set_green_time(1.0)
    lights["1"].set_yellow_time(0.5)
    lights["1"].set_red_time(0.25)
    lights["3"].set_state(carla.TrafficLightState.Off)
    lights["4"].set_state(YELLOW)
    world.tick()
    assert states(lights) == [GREEN, GREEN, carla.TrafficLightState.Off, YELLOW]
    assert (lights["2"].get_green_time(), lights["3"].get_green_time()) == (
        1.0,
        10.0,
    )  # the controller's, not the light's
    for _ in range(35):
        world.tick()
    assert states(lights) == [RED, RED, GREEN, GREEN]
    lights["1"].reset_group()
    world.tick()
    assert states(lights) == [GREEN, GREEN, RED, RED]
    lights["1"].set_green_time(10.0)
    lights["1"].set_yellow_time(3.0)
    lights["1"].set_red_time(2.0)


def test_frozen_lights_stay(world, lights):
    lights["1"].freeze(True)
    world.tick()
    assert all(light.is_frozen() for light in lights.values())
    before = lights["1"].get_elapsed_time()
    for _ in range(250):
        world.tick()
    assert states(lights) == [GREEN, GREEN, RED, RED]
    assert lights["1"].get_elapsed_time() == before
    world.freeze_all_traffic_lights(False)
    world.tick()
    assert not any(light.is_frozen() for light in lights.values())
    assert lights["1"].get_elapsed_time() > before


def test_a_car_knows_its_light(world, lights):
    car = car_at(world, -25.0)
    assert not car.is_at_traffic_light()
    assert car.get_traffic_light() is None
    assert car.get_traffic_light_state() == GREEN  # as in CARLA where there is no light
    car.set_transform(carla.Transform(carla.Location(-16.0, 1.75, 0.0)))
    world.tick()
    world.tick()
    assert car.is_at_traffic_light()
    assert car.get_traffic_light().id == lights["1"].id
    lights["1"].set_state(RED)
    world.tick()
    assert car.get_traffic_light_state() == RED
    car.set_transform(carla.Transform(carla.Location(0.0, 1.75, 0.0)))
    world.tick()
    assert not car.is_at_traffic_light()


def test_a_speed_sign_holds_from_where_it_stands(world):
    car = car_at(world, -78.0, 10.0)
    assert car.get_speed_limit() == 50.0
    for _ in range(30):
        world.tick()
    assert car.get_location().x > -68.0
    assert car.get_speed_limit() == 30.0


def test_a_stop_sign_holds_for_two_seconds_and_while_somebody_crosses(world):
    other = car_at(world, 0.0)
    car = car_at(world, -42.0)
    seen = []
    for tick in range(80):
        if tick == 60:
            other.destroy()
        world.tick()
        seen.append(car.get_traffic_light_state())
    assert seen[:60] == [RED] * 60
    assert seen[61:] == [GREEN] * 19
    assert not car.is_at_traffic_light()
    car.set_transform(carla.Transform(carla.Location(-60.0, 1.75, 0.0)))
    world.tick()
    car.set_transform(carla.Transform(carla.Location(-42.0, 1.75, 0.0)))
    waited = []
    for _ in range(45):
        world.tick()
        waited.append(car.get_traffic_light_state())
    assert waited == [RED] * 39 + [GREEN] * 6


def test_a_destroyed_light_stops_nobody(world, lights):
    lights["1"].set_state(RED)
    car = car_at(world, -16.0)
    assert car.get_traffic_light_state() == RED
    assert lights["1"].destroy()
    world.tick()
    assert not car.is_at_traffic_light()
    assert car.get_traffic_light_state() == GREEN
    assert (
        len(world.get_actors().filter("traffic.traffic_light")) == 3
    )  # of this module's last test: it is gone for good
