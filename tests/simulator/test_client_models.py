"""What clients draw to debug, and what they ask about models, through the real client."""

from __future__ import annotations

import carla
import numpy as np
import pytest

from tests.simulator.conftest import attach, spawn_car


def picture(world, queue) -> np.ndarray:
    world.tick()
    image = queue.get(timeout=60)
    return np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)[..., 2::-1].astype(int)


def red(rgb: np.ndarray) -> int:
    return int(np.count_nonzero((rgb[..., 0] > 250) & (rgb[..., 1] < 5) & (rgb[..., 2] < 5)))


@pytest.fixture
def seen(world):
    car = spawn_car(world)
    camera, images = attach(world, car, "sensor.camera.rgb", x=2.5, z=1.4, image_size_x="160", image_size_y="90")
    yield car, images
    camera.stop()


def place(x: float, y: float = 0.0, z: float = 1.4) -> carla.Location:
    return carla.Location(50.0 + x, 1.75 + y, z)


def test_each_shape_is_seen_for_as_long_as_it_lives(world, seen):
    _, images = seen
    debug, paint = world.debug, carla.Color(255, 0, 0)
    assert red(picture(world, images)) == 0
    around = carla.BoundingBox(place(10.0), carla.Vector3D(1.0, 1.0, 1.0))
    for draw in (
        lambda **life: debug.draw_point(place(10.0), 0.1, paint, **life),
        lambda **life: debug.draw_line(place(10.0, -3.0), place(10.0, 3.0), 0.4, paint, **life),
        lambda **life: debug.draw_arrow(place(10.0, -3.0), place(10.0, 3.0), 0.4, 0.5, paint, **life),
        lambda **life: debug.draw_box(around, carla.Rotation(), 0.4, paint, **life),
    ):
        draw(life_time=0.1)
        counts = [red(picture(world, images)) for _ in range(3)]
        assert counts[0] == counts[1] > 20
        assert counts[2] == 0
    debug.draw_line(place(10.0, -3.0), place(10.0, 3.0), 0.4, paint, -1.0, False)
    assert [red(picture(world, images)) > 0 for _ in range(2)] == [True, False]  # one frame
    debug.draw_string(place(10.0), "for the server's own window alone", color=paint, life_time=10.0)
    assert red(picture(world, images)) == 0


def test_what_stands_before_a_shape_hides_it(world, seen):
    _, images = seen
    spawn_car(world, 62.0, kind="vehicle.carlamotors.european_hgv")
    world.debug.draw_point(place(30.0), 0.1, carla.Color(255, 0, 0), life_time=0.2)
    assert red(picture(world, images)) == 0


def test_a_shape_has_no_label(world):
    car = spawn_car(world)
    camera, images = attach(world, car, "sensor.camera.semantic_segmentation", x=2.5, z=1.4, image_size_x="160")
    before = picture(world, images)
    world.debug.draw_line(place(10.0, -3.0), place(10.0, 3.0), 0.5, carla.Color(255, 0, 0), 1.0)
    assert np.array_equal(picture(world, images), before)
    camera.stop()


def test_bones_wheels_and_components(world):
    car = spawn_car(world)
    names = car.get_bone_names()
    at = dict(zip(names, car.get_bone_world_transforms(), strict=True))
    front, rear = at["Wheel_Front_Left"].location, at["Wheel_Rear_Left"].location
    assert front.x - rear.x == pytest.approx(2.51, abs=0.01)  # the wheelbase
    assert front.y < car.get_location().y < at["Wheel_Front_Right"].location.y
    relative = dict(zip(names, car.get_bone_relative_transforms(), strict=True))
    assert relative["Vehicle_Base"].location == carla.Location()
    assert car.get_component_names() == ["VehicleMesh"]
    assert car.get_component_world_transform("VehicleMesh").location.distance(car.get_location()) < 1e-3
    with pytest.raises(RuntimeError, match="no component"):
        car.get_component_world_transform("Wings")
    assert list(car.get_socket_names()) == []
    car.set_wheel_steer_direction(carla.VehicleWheelLocation.FL_Wheel, 30.0)
    assert car.get_wheel_steer_angle(carla.VehicleWheelLocation.FR_Wheel) == pytest.approx(30.0)
    blueprint = world.get_blueprint_library().find("walker.pedestrian.0001")
    walker = world.spawn_actor(blueprint, carla.Transform(carla.Location(60.0, -6.0, 1.0)))
    world.tick()
    bones = {bone.name: bone.world for bone in walker.get_bones().bone_transforms}
    assert bones["crl_Head__C"].location.z - bones["crl_root"].location.z == pytest.approx(1.64, abs=0.05)


def test_telemetry_tells_of_four_wheels(world):
    car = spawn_car(world)
    car.set_target_velocity(carla.Vector3D(10.0, 0.0, 0.0))
    for _ in range(3):
        car.apply_control(carla.VehicleControl(throttle=0.5))
        world.tick()
    told = car.get_telemetry_data()
    assert len(told.wheels) == 4
    assert sum(wheel.tire_load for wheel in told.wheels) == pytest.approx(1410 * 9.81, rel=1e-3)
    assert told.wheels[0].omega == pytest.approx(told.speed / 0.34, rel=0.01)
    assert sum(wheel.long_force for wheel in told.wheels) > 100.0


def test_nobody_bumps_into_what_has_no_collisions(world):
    ghost = spawn_car(world, 60.0)
    ghost.set_collisions(False)
    car = spawn_car(world, 50.0)
    car.set_target_velocity(carla.Vector3D(15.0, 0.0, 0.0))
    for _ in range(30):
        world.tick()
    assert car.get_location().x > 66.0
    assert ghost.get_location().x == pytest.approx(60.0, abs=0.01)


def test_the_gravity_of_imus(world):
    _, measured = attach(world, spawn_car(world), "sensor.other.imu")
    assert world.get_imui_sensor_gravity() == pytest.approx(9.81)
    world.set_imui_sensor_gravity(1.62)
    world.tick()
    assert measured.get(timeout=20).accelerometer.z == pytest.approx(1.62, abs=0.05)
    world.set_imui_sensor_gravity(9.81)


def test_layers_of_the_map(world):
    trees = len(world.get_environment_objects(carla.CityObjectLabel.Vegetation))
    world.unload_map_layer(carla.MapLayer.Foliage)
    world.load_map_layer(carla.MapLayer.All)
    assert len(world.get_environment_objects(carla.CityObjectLabel.Vegetation)) == trees
