"""The real client: one message of every camera and every ray, read back and compared with each other."""

import math
import queue

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


def test_event_flow_and_normals_cameras_see_the_drive(world):
    car = spawn_car(world, 50.0)
    kinds = ("dvs", "optical_flow", "normals")
    dvs, flows, normals = (attach(world, car, f"sensor.camera.{kind}", x=1.5, z=1.4, **SIZE)[1] for kind in kinds)
    world.tick()
    still = np.frombuffer(flows.get(timeout=20).raw_data, np.float32)
    assert np.all(np.abs(still) < 1e-3)
    assert dvs.empty()
    car.set_target_velocity(carla.Vector3D(10.0, 0.0, 0.0))
    frame = world.tick()
    events, flow = dvs.get(timeout=20), flows.get(timeout=20)
    assert events.frame == flow.frame == frame
    assert (events.width, events.height, flow.width, flow.height) == (320, 180, 320, 180)
    layout = [("x", "<u2"), ("y", "<u2"), ("t", "<i8"), ("pol", "?")]
    raw = np.frombuffer(events.raw_data, np.dtype(layout))
    assert len(raw) == len(events) > 100
    assert (events[0].x, events[0].y, events[0].t, events[0].pol) == tuple(raw[0].tolist())
    assert raw["x"].max() < 320
    assert raw["y"].max() < 180
    assert np.all((raw["t"] / 1e9 >= events.timestamp - 0.051) & (raw["t"] / 1e9 <= events.timestamp + 1e-6))
    motion = np.frombuffer(flow.raw_data, np.float32).reshape(180, 320, 2)
    assert motion[150, 20, 0] < -0.01 < 0.01 < motion[150, 300, 0]  # what passes goes outwards and down
    assert motion[150, 160, 1] < -0.01
    assert len(flow.get_color_coded_flow().raw_data) == 320 * 180 * 4
    normals.get(timeout=20)
    road = planes(normals.get(timeout=20))[170, 160]
    assert np.abs(road - (255, 128, 128)).max() <= 1


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


SWEEP = {"channels": "16", "points_per_second": "20000", "rotation_frequency": "20", "range": "60"}
KEEP_ALL = {"dropoff_general_rate": "0", "dropoff_intensity_limit": "1", "dropoff_zero_intensity": "0"}


def projected(points: np.ndarray, size: tuple[int, int], fov_deg: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Column, row [px] and depth [m] of points (N, 3) in the axes of a camera at the same place."""
    focal = size[0] / (2.0 * np.tan(np.radians(fov_deg) / 2.0))
    ahead = points[:, 0]
    return size[0] / 2 + focal * points[:, 1] / ahead, size[1] / 2 - focal * points[:, 2] / ahead, ahead


def test_lidar_points_fall_on_the_depth_camera(world):
    car, _ = spawn_car(world, 50.0), spawn_car(world, 62.0, kind="vehicle.tesla.model3")
    camera = {"image_size_x": "640", "image_size_y": "360", "fov": "90"}
    _, images = attach(world, car, "sensor.camera.depth", x=1.0, z=2.4, **camera)
    _, labels = attach(world, car, "sensor.camera.semantic_segmentation", x=1.0, z=2.4, **camera)
    _, sweeps = attach(world, car, "sensor.lidar.ray_cast", x=1.0, z=2.4, **SWEEP, **KEEP_ALL)
    _, semantic = attach(world, car, "sensor.lidar.ray_cast_semantic", x=1.0, z=2.4, **SWEEP)
    frame = world.tick()
    sweep, known = sweeps.get(timeout=20), semantic.get(timeout=20)
    depth, label = planes(images.get(timeout=20)), planes(labels.get(timeout=20))[..., 2]
    assert sweep.frame == known.frame == frame
    assert sweep.channels == known.channels == 16
    assert sweep.horizontal_angle == pytest.approx(0.0, abs=1e-5)  # a whole turn
    points = np.frombuffer(sweep.raw_data, np.float32).reshape(-1, 4)
    assert sum(sweep.get_point_count(channel) for channel in range(16)) == len(points) == len(sweep)
    fields = [("at", "f4", 3), ("cosine", "f4"), ("actor", "u4"), ("label", "u4")]
    named = np.frombuffer(known.raw_data, fields)
    assert np.allclose(named["at"], points[:, :3])
    far = np.linalg.norm(points[:, :3], axis=1)
    assert points[:, 3] == pytest.approx(np.exp(-0.004 * far), abs=1e-5)
    assert np.all((named["cosine"] >= 0.0) & (named["cosine"] <= 1.001))
    far_m = (depth[..., 2] + 256 * depth[..., 1] + 65536 * depth[..., 0]) * 1000.0 / (256**3 - 1)
    column, row, ahead = projected(points, (640, 360), 90.0)
    inside = (ahead > 1.0) & (column > 2) & (column < 637) & (row > 2) & (row < 357)
    assert inside.sum() > 100
    column, row, ahead = column[inside].astype(int), row[inside].astype(int), ahead[inside]
    near = np.stack([far_m[row + i, column + j] for i in (-1, 0, 1) for j in (-1, 0, 1)])
    low, high = near.min(axis=0) - 0.01, near.max(axis=0) + 0.01
    assert np.mean((ahead >= low) & (ahead <= high)) > 0.98
    seen = np.stack([label[row + i, column + j] for i in (-1, 0, 1) for j in (-1, 0, 1)])
    assert np.mean(np.any(seen == named["label"][inside], axis=0)) > 0.98


def test_semantic_lidar_names_the_actor_it_meets(world):
    car, other = spawn_car(world, 50.0), spawn_car(world, 60.0, kind="vehicle.tesla.model3")
    _, semantic = attach(world, car, "sensor.lidar.ray_cast_semantic", x=0.0, z=2.0, **SWEEP)
    world.tick()
    met = [point for point in semantic.get(timeout=20) if point.object_tag == int(carla.CityObjectLabel.Car)]
    assert len(met) > 10
    assert {point.object_idx for point in met} <= {car.id, other.id}
    ahead = [point for point in met if point.object_idx == other.id]
    assert len(ahead) > 5
    assert all(10.0 - other.bounding_box.extent.x - 0.2 < point.point.x < 12.5 for point in ahead)


def test_radar_measures_how_fast_the_gap_closes(world):
    car, other = spawn_car(world, 50.0), spawn_car(world, 80.0, kind="vehicle.mercedes.sprinter")
    _, radar = attach(world, car, "sensor.other.radar", x=2.3, z=1.0, points_per_second="6000", vertical_fov="8")
    car.set_target_velocity(carla.Vector3D(12.0, 0.0, 0.0))
    other.set_target_velocity(carla.Vector3D(4.0, 0.0, 0.0))
    frame = world.tick()
    seen = radar.get(timeout=20)
    assert seen.frame == frame
    speed = car.get_velocity().x - other.get_velocity().x
    van = [d for d in seen if abs(d.azimuth) < 0.02 and d.depth < 29.0 and abs(d.altitude) < 0.03]
    assert len(van) >= 2
    gap_m = other.get_location().x - other.bounding_box.extent.x - car.get_location().x - 2.3
    for detection in van:
        assert detection.velocity == pytest.approx(-speed, abs=0.1)
        assert detection.depth == pytest.approx(gap_m, abs=0.3)
    ground = [d for d in seen if d.altitude < -0.02 and d.depth < 20.0]
    assert ground
    for d in ground:  # it stands still
        expected = -car.get_velocity().x * math.cos(d.azimuth) * math.cos(d.altitude)
        assert d.velocity == pytest.approx(expected, rel=1e-3)


def test_an_obstacle_ahead_is_told_in_every_tick(world):
    car, other = spawn_car(world, 50.0), spawn_car(world, 60.0, kind="vehicle.tesla.model3")
    ahead = {"distance": "20", "hit_radius": "0.3", "only_dynamics": "true"}
    _, told = attach(world, car, "sensor.other.obstacle", x=2.3, z=0.8, **ahead)
    _, short = attach(world, car, "sensor.other.obstacle", x=2.3, z=0.8, distance="2", hit_radius="0.3")
    frames = [world.tick() for _ in range(3)]
    for frame in frames:
        event = told.get(timeout=20)
        assert event.frame == frame
        assert (event.actor.id, event.other_actor.id) == (car.id, other.id)
        gap_m = 10.0 - other.bounding_box.extent.x - 2.3 - 0.3
        assert event.distance == pytest.approx(gap_m, abs=0.25)
    assert short.empty()


def test_rays_of_a_sensor_that_nobody_hears_are_not_cast(world):
    """With `sensor_tick` every fourth tick is measured; CARLA's pattern goes on by the length of a tick each time."""
    car = spawn_car(world)
    _, sweeps = attach(world, car, "sensor.lidar.ray_cast", z=2.4, sensor_tick="0.2", **SWEEP)
    first = world.tick()
    for _ in range(8):
        world.tick()
    assert [sweeps.get(timeout=20).frame for _ in range(3)] == [first, first + 4, first + 8]
    assert sweeps.empty()


def test_sensors_ride_on_walkers_and_stand_by_themselves(world):
    walkers = world.get_blueprint_library().filter("walker.pedestrian.*")
    walker = world.spawn_actor(walkers[0], carla.Transform(carla.Location(50.0, 1.75, 1.0)))
    alone = carla.Transform(carla.Location(60.0, 1.75, 3.0))
    kinds = ("lidar.ray_cast", "lidar.ray_cast_semantic", "other.radar", "other.obstacle", "camera.depth")
    riding = [attach(world, walker, f"sensor.{kind}", x=0.5, z=0.6)[1] for kind in kinds]
    blueprints = [world.get_blueprint_library().find(f"sensor.{kind}") for kind in kinds]
    standing = []
    for blueprint in blueprints:
        sensor, measured = world.spawn_actor(blueprint, alone), queue.Queue()
        measured.sensor = sensor
        sensor.listen(measured.put)
        standing.append(measured)
    walker.apply_control(carla.WalkerControl(carla.Vector3D(1.0, 0.0, 0.0), 2.0))
    frame = world.tick()
    for kind, measured in zip(kinds, riding, strict=True):
        if kind != "other.obstacle":  # nothing stands ahead
            seen = measured.get(timeout=20)
            assert seen.frame == frame
            assert seen.transform.location.x == pytest.approx(walker.get_location().x + 0.5, abs=0.01)
            assert len(seen.raw_data) > 0
    for kind, measured in zip(kinds, standing, strict=True):
        if kind != "other.obstacle":
            assert measured.get(timeout=20).transform.location == alone.location
