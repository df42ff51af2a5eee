"""The real client: one message of every camera and every ray, read back and compared with each other."""

import carla
import numpy as np
import pytest

from tests.simulator.conftest import attach, spawn_car

SIZE = {"image_size_x": "320", "image_size_y": "180", "fov": "100"}


def planes(image) -> np.ndarray:
    """Blue, green, red (H, W, 3) as numbers that can be added up."""
    return np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)[..., :3].astype(int)


def test_all_cameras_see_the_same_in_the_same_tick(world):
    car, other = spawn_car(world, 50.0), spawn_car(world, 62.0, kind="vehicle.tesla.model3")
    kinds = ("rgb", "semantic_segmentation", "instance_segmentation", "depth")
    queues = {kind: attach(world, car, f"sensor.camera.{kind}", x=1.5, z=1.4, **SIZE)[1] for kind in kinds}
    frame = world.tick()
    images = {kind: measured.get(timeout=20) for kind, measured in queues.items()}
    for image in images.values():
        assert (image.frame, image.width, image.height) == (frame, 320, 180)
        assert image.fov == pytest.approx(100.0)
        assert len(image.raw_data) == 320 * 180 * 4
    semantic, instance, depth = (planes(images[kind]) for kind in kinds[1:])
    assert np.array_equal(semantic[..., 2], instance[..., 2])
    cars = semantic[..., 2] == carla.CityObjectLabel.Car
    assert cars.sum() > 300
    numbers = instance[..., 1] + 256 * instance[..., 0]
    assert set(numbers[cars].tolist()) == {other.id & 0x7FFF}
    far_m = (depth[..., 2] + 256 * depth[..., 1] + 65536 * depth[..., 0]) * 1000.0 / (256**3 - 1)
    back_m = 62.0 - other.bounding_box.extent.x - 51.5
    assert far_m[cars].min() == pytest.approx(back_m, abs=0.1)
    assert np.all(far_m[semantic[..., 2] == 11] == pytest.approx(1000.0))
    decoded = images["semantic_segmentation"]
    decoded.convert(carla.ColorConverter.CityScapesPalette)
    assert planes(decoded)[cars].tolist()[0] == [142, 0, 0]  # CARLA's blue of a car, as BGR


def test_gamma_acts_and_bad_attributes_are_refused(world):
    car = spawn_car(world)
    _, plain = attach(world, car, "sensor.camera.rgb", z=1.5, **SIZE)
    _, dark = attach(world, car, "sensor.camera.rgb", z=1.5, gamma="1.1", **SIZE)
    world.tick()
    expected = np.rint(255.0 * (planes(plain.get(timeout=20)) / 255.0) ** 2)
    assert np.array_equal(planes(dark.get(timeout=20)), expected)
    for kind, name, value in (
        ("camera.depth", "fov", "nan"),
        ("camera.rgb", "gamma", "0"),
        ("camera.instance_segmentation", "image_size_x", "100000"),
        ("camera.rgb", "exposure_mode", "guess"),
    ):
        blueprint = world.get_blueprint_library().find(f"sensor.{kind}")
        blueprint.set_attribute(name, value)
        with pytest.raises(RuntimeError, match=f"{name}.* is .*wanted"):
            world.spawn_actor(blueprint, carla.Transform())
