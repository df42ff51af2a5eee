"""The real client: what the sensors measure, and in which tick."""

import math
import queue
from itertools import pairwise

import carla
import numpy as np
import pytest

from tests.simulator.conftest import STEP_S, attach, connect, spawn_car, synchronous

SMALL = {"image_size_x": "96", "image_size_y": "64"}
CAMERA = "sensor.camera.rgb"
SEMANTIC = "sensor.camera.semantic_segmentation"


def pixels(image) -> np.ndarray:
    return np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)


def test_every_tick_has_its_image(world):
    car = spawn_car(world)
    _, images = attach(world, car, CAMERA, x=1.5, z=1.4, fov="75", **SMALL)
    car.apply_control(carla.VehicleControl(throttle=0.8))
    seen = []
    for _ in range(30):
        frame = world.tick()
        image = images.get(timeout=20)
        assert image.frame == frame
        seen.append(image)
    assert images.empty()
    assert (seen[0].width, seen[0].height, seen[0].fov) == (96, 64, 75.0)
    assert seen[-1].timestamp - seen[0].timestamp == pytest.approx(29 * STEP_S)
    assert seen[-1].transform.location.x == pytest.approx(car.get_location().x + 1.5, abs=0.01)
    assert seen[-1].transform.location.z == pytest.approx(1.4, abs=0.01)
    assert not np.array_equal(pixels(seen[0]), pixels(seen[-1]))  # it drove


def test_labels_are_of_the_same_view(world):
    car = spawn_car(world)
    _, images = attach(world, car, CAMERA, x=1.5, z=1.4, **SMALL)
    _, labels = attach(world, car, SEMANTIC, x=1.5, z=1.4, **SMALL)
    frame = world.tick()
    assert images.get(timeout=20).frame == frame
    found = pixels(labels.get(timeout=20))[..., 2]
    assert found[-8:].max() in (1, 24)  # road or marking before the wheels
    assert 11 in found[:8]  # sky above


def test_two_clients_listen_to_one_camera_and_one_leaves(world, served):
    car = spawn_car(world)
    first, images = attach(world, car, CAMERA, **SMALL)
    other = connect(served.port).get_world().get_actor(first.id)
    more = queue.Queue()
    other.listen(more.put)
    frame = world.tick()
    assert images.get(timeout=20).frame == more.get(timeout=20).frame == frame
    other.stop()
    frame = world.tick()
    assert images.get(timeout=20).frame == frame


def test_a_camera_that_listens_again_gets_images_again(world):
    car = spawn_car(world)
    camera, images = attach(world, car, CAMERA, **SMALL)
    world.tick()
    images.get(timeout=20)
    camera.stop()
    world.tick()
    again = queue.Queue()
    camera.listen(again.put)
    frame = world.tick()
    assert again.get(timeout=20).frame == frame


def test_sensor_tick_spaces_the_measurements(world):
    car = spawn_car(world)
    _, images = attach(world, car, CAMERA, sensor_tick="0.2", **SMALL)
    _, places = attach(world, car, "sensor.other.gnss")
    frames = [world.tick() for _ in range(13)]
    for _ in frames:
        places.get(timeout=20)
    taken = [images.get(timeout=20).frame for _ in range(4)]
    assert images.empty()
    assert np.diff(taken).tolist() == [4, 4, 4]


def test_without_rendering_there_are_no_images(world):
    settings = world.get_settings()
    settings.no_rendering_mode = True
    world.apply_settings(settings)
    car = spawn_car(world)
    _, images = attach(world, car, CAMERA, **SMALL)
    _, places = attach(world, car, "sensor.other.gnss")
    world.tick()
    places.get(timeout=20)
    assert images.empty()


def test_images_come_by_themselves_without_synchronous_mode(world):
    car = spawn_car(world)
    _, images = attach(world, car, CAMERA, **SMALL)
    synchronous(world, None)
    frames = [images.get(timeout=20).frame for _ in range(5)]
    assert all(later > earlier for earlier, later in pairwise(frames))


def test_images_are_of_the_map_that_is_loaded(world, client):
    _, images = attach(world, spawn_car(world), CAMERA, x=1.5, z=1.4, **SMALL)
    world.tick()
    before = pixels(images.get(timeout=20))
    town = client.load_world("loop", False)
    where = town.get_map().get_spawn_points()[5]
    car = town.spawn_actor(town.get_blueprint_library().find("vehicle.audi.tt"), where)
    _, images = attach(town, car, CAMERA, x=1.5, z=1.4, **SMALL)
    town.tick()
    there = pixels(images.get(timeout=20))
    back = client.load_world("straight", False)
    _, images = attach(back, spawn_car(back), CAMERA, x=1.5, z=1.4, **SMALL)
    back.tick()
    assert np.array_equal(pixels(images.get(timeout=20)), before)
    assert not np.array_equal(there, before)


def test_a_bump_into_a_parked_car_is_felt_by_both(world):
    parked = spawn_car(world, 75.0, kind="vehicle.tesla.model3")
    car = spawn_car(world, 50.0)
    _, bumps = attach(world, car, "sensor.other.collision")
    car.set_target_velocity(carla.Vector3D(12.0, 0.0, 0.0))
    for _ in range(60):
        world.tick()
    bump = bumps.get(timeout=20)
    assert bump.actor.id == car.id
    assert bump.other_actor.id == parked.id
    assert bump.other_actor.type_id == "vehicle.tesla.model3"
    assert bump.normal_impulse.x < -1000.0
    assert parked.get_location().x > 75.5


def test_crossing_the_marking_is_an_invasion(world):
    car = spawn_car(world)
    _, invasions = attach(world, car, "sensor.other.lane_invasion")
    world.tick()
    car.set_target_velocity(carla.Vector3D(10.0, 0.0, 0.0))
    car.apply_control(carla.VehicleControl(throttle=0.4, steer=-0.15))
    for _ in range(30):
        world.tick()
    invasion = invasions.get(timeout=20)
    assert [mark.type for mark in invasion.crossed_lane_markings] == [carla.LaneMarkingType.Broken]


def test_imu_feels_gravity_acceleration_and_turning(world):
    car = spawn_car(world, yaw=0.0)
    _, measured = attach(world, car, "sensor.other.imu")
    world.tick()
    at_rest = measured.get(timeout=20)
    assert at_rest.accelerometer.z == pytest.approx(9.81)
    assert at_rest.accelerometer.x == pytest.approx(0.0, abs=1e-6)
    assert at_rest.compass == pytest.approx(math.pi / 2)  # eastwards
    car.apply_control(carla.VehicleControl(throttle=0.7, steer=0.1))
    for _ in range(20):
        world.tick()
        moving = measured.get(timeout=20)
    assert moving.accelerometer.x > 0.5
    assert moving.gyroscope.z == pytest.approx(math.radians(car.get_angular_velocity().z), rel=1e-3)
    assert moving.gyroscope.z > 0.01


@pytest.mark.parametrize(
    ("yaw", "compass"), [(-90.0, 0.0), (0.0, 90.0), (90.0, 180.0), (180.0, 270.0), (-135.0, 315.0)]
)
def test_the_compass_is_clockwise_from_north(world, yaw, compass):
    _, measured = attach(world, spawn_car(world, yaw=yaw), "sensor.other.imu")
    world.tick()
    assert math.degrees(measured.get(timeout=20).compass) % 360.0 == pytest.approx(compass, abs=0.01)


@pytest.mark.parametrize("steer", [0.2, -0.2])
def test_a_bend_pushes_to_the_side_it_turns_to(world, steer):
    car = spawn_car(world)
    _, measured = attach(world, car, "sensor.other.imu")
    car.set_target_velocity(carla.Vector3D(8.0, 0.0, 0.0))
    car.apply_control(carla.VehicleControl(throttle=0.4, steer=steer))
    for _ in range(10):
        world.tick()
        felt = measured.get(timeout=20)
    assert felt.accelerometer.y * math.copysign(1.0, steer) > 0.5  # y is the right
    assert felt.accelerometer.y == pytest.approx(felt.gyroscope.z * car.get_velocity().length(), rel=0.3)


def test_bumps_are_told_in_their_own_tick(world):
    for kind in ("sensor.other.collision", "sensor.other.lane_invasion"):
        assert not world.get_blueprint_library().find(kind).has_attribute("sensor_tick")
    spawn_car(world, 56.0)
    car = spawn_car(world, 50.0)
    _, bumps = attach(world, car, "sensor.other.collision")
    car.set_target_velocity(carla.Vector3D(8.0, 0.0, 0.0))
    speeds = {}
    for _ in range(20):
        frame = world.tick()
        speeds[frame] = car.get_velocity().x
    hit = bumps.get(timeout=20).frame
    assert speeds[hit] < speeds[hit - 1] - 1.0


def test_gnss_is_where_the_map_says(world):
    car = spawn_car(world, 300.0)
    _, places = attach(world, car, "sensor.other.gnss", z=2.0)
    world.tick()
    place = places.get(timeout=20)
    expected = world.get_map().transform_to_geolocation(car.get_location())  # the client's own projection
    assert place.latitude == pytest.approx(expected.latitude, abs=1e-6)
    assert place.longitude == pytest.approx(expected.longitude, abs=1e-6)
    assert place.altitude == pytest.approx(2.0, abs=1e-3)
    assert (round(place.latitude), round(place.longitude)) == (48, 12)


def test_noise_is_there_when_asked_for(world):
    car = spawn_car(world)
    _, measured = attach(world, car, "sensor.other.imu", noise_accel_stddev_x="0.5", noise_seed="3")
    felt = []
    for _ in range(20):
        world.tick()
        felt.append(measured.get(timeout=20).accelerometer.x)
    assert 0.1 < np.std(felt) < 1.5
