"""The real client: what stands in the scenery, rays through it, and things taken out of it."""

import math
import queue
import time
from collections.abc import Callable

import carla
import numpy as np
import pytest

from tests.simulator.conftest import STEP_S, connect, serving, spawn_car, synchronous

Label = carla.CityObjectLabel


def test_the_scenery_has_boxes_names_and_numbers(world):
    objects = world.get_environment_objects(Label.Any)
    assert len({thing.id for thing in objects}) == len({thing.name for thing in objects}) == len(objects) > 50
    assert set(world.get_names_of_all_objects()) == {thing.name for thing in objects}
    for label in (Label.Buildings, Label.Vegetation, Label.Roads, Label.RoadLines):
        mine = world.get_environment_objects(label)
        assert {thing.type for thing in mine} == {label}
        boxes = world.get_level_bbs(label)
        assert [box.extent for box in boxes] == [thing.bounding_box.extent for thing in mine]
    car = spawn_car(world)
    (box,) = world.get_level_bbs(Label.Car)
    assert box.location.distance(car.get_location() + carla.Location(z=car.bounding_box.extent.z)) < 0.02
    assert box.extent == car.bounding_box.extent


def test_rays_meet_the_road_the_car_and_the_sky(world):
    car = spawn_car(world, 60.0)
    below = world.ground_projection(carla.Location(40.0, 1.75, 5.0), 20.0)
    assert below.label == Label.Roads
    assert below.location.z == pytest.approx(0.0, abs=0.001)
    assert world.ground_projection(carla.Location(40.0, 1.75, 5.0), 2.0) is None
    assert world.project_point(carla.Location(40.0, 1.75, 5.0), carla.Vector3D(0.0, 0.0, 1.0), 500.0) is None
    ahead = world.project_point(carla.Location(40.0, 1.75, 0.6), carla.Vector3D(5.0, 0.0, 0.0), 50.0)
    assert ahead.label == Label.Car
    assert ahead.location.x == pytest.approx(60.0 - car.bounding_box.extent.x, abs=0.15)
    steep = world.cast_ray(carla.Location(60.0, 1.75, 9.0), carla.Location(60.0, 1.75, -3.0))
    assert [point.label for point in steep][:2] == [Label.Car, Label.Roads]
    assert steep[0].location.z > 1.0
    with pytest.raises(RuntimeError, match="direction"):
        world.project_point(carla.Location(), carla.Vector3D(), 10.0)


def house_beside_the_road(world):
    houses = world.get_environment_objects(Label.Buildings)
    return min(houses, key=lambda house: abs(house.bounding_box.location.y) + abs(house.bounding_box.location.x - 200))


def test_a_house_that_is_switched_off_is_not_seen_hit_or_bumped_into(world):
    house = house_beside_the_road(world)
    at = house.bounding_box.location
    eye = carla.Location(at.x, math.copysign(2.0, at.y), 2.0)
    yaw = math.copysign(90.0, at.y)
    blueprint = world.get_blueprint_library().find("sensor.camera.instance_segmentation")
    for name, size in (("image_size_x", "160"), ("image_size_y", "120")):
        blueprint.set_attribute(name, size)
    camera = world.spawn_actor(blueprint, carla.Transform(eye, carla.Rotation(yaw=yaw)))
    images = queue.Queue()
    camera.listen(images.put)
    car = world.get_blueprint_library().find("vehicle.audi.tt")

    def seen() -> int:
        frame = world.tick()
        image = next(image for image in iter(lambda: images.get(timeout=20), None) if image.frame == frame)
        raw = np.frombuffer(image.raw_data, np.uint8).reshape(-1, 4).astype(int)
        return int(np.count_nonzero(raw[:, 1] + 256 * raw[:, 0] == (house.id & 0x7FFF) | 0x8000))

    def met():
        return [point for point in world.cast_ray(eye, at) if point.label == Label.Buildings]

    inside = carla.Transform(carla.Location(at.x, at.y, 0.5))
    assert seen() > 500
    assert met()
    assert world.try_spawn_actor(car, inside) is None
    world.enable_environment_objects({house.id}, False)
    try:
        assert seen() == 0
        assert not met()
        parked = world.try_spawn_actor(car, inside)
        assert parked is not None
        world.tick()
        parked.destroy()
    finally:
        world.enable_environment_objects({house.id}, True)
    assert seen() > 500
    assert met()
    camera.stop()


def test_street_lamps_are_switched_for_all_clients():
    with serving("--map", "loop") as served:
        world, other = connect(served.port).get_world(), connect(served.port).get_world()
        synchronous(world, STEP_S)
        world.set_weather(carla.WeatherParameters.ClearNight)
        lamps, seen_by_other = world.get_lightmanager(), other.get_lightmanager()
        street = lamps.get_all_lights(carla.LightGroup.Street)
        assert len(street) > 10
        eye = world.get_map().get_spawn_points()[4]
        eye.location.z = 2.0
        blueprint = world.get_blueprint_library().find("sensor.camera.rgb")
        blueprint.set_attribute("image_size_x", "320")
        blueprint.set_attribute("image_size_y", "200")
        camera = world.spawn_actor(blueprint, eye)
        images = queue.Queue()
        camera.listen(images.put)

        def picture(like: Callable[[np.ndarray], bool] = lambda _: True) -> np.ndarray:
            """Of the tick that shows the switches: a thread of the client sends them some time after one."""
            for _ in range(100):
                frame = world.tick()
                image = next(image for image in iter(lambda: images.get(timeout=20), None) if image.frame == frame)
                seen = np.frombuffer(image.raw_data, np.uint8).copy()
                if like(seen):
                    break
            return seen

        lit = picture()
        lamps.turn_off(street)
        dark = picture(lambda seen: seen.mean() < lit.mean() - 5.0)
        lamps.turn_on(street)
        again = picture(lambda seen: np.array_equal(seen, lit))
        lamps.set_intensities(street, [2.0 * lamp.intensity for lamp in street])
        bright = picture(lambda seen: seen.mean() > lit.mean() + 5.0)
        assert dark.mean() + 5.0 < lit.mean() < bright.mean() - 5.0
        assert np.array_equal(lit, again)
        until = time.monotonic() + 10.0
        while seen_by_other.get_intensity([street[0]])[0] != pytest.approx(12000.0) and time.monotonic() < until:
            time.sleep(0.05)
        assert seen_by_other.get_intensity([street[0]])[0] == pytest.approx(12000.0)
        camera.stop()
