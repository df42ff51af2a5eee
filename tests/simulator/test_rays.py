"""Rays against the pictures of the same scene, and lidar, radar and obstacle detector against their formulas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from agent.simulator.look.camera import axes
from agent.simulator.look.ray_scene import RayScene
from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import Scene, build_scene
from agent.simulator.nouns import ActorLook, Hits, Label, Pose, View, Weather
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.sensing.lidar import Lidar
from agent.simulator.sensing.obstacle import ObstacleDetector
from agent.simulator.sensing.radar import Radar
from agent.simulator.world.maps import MAPS

SIZE = (640, 360)


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return parse_road_network((MAPS / "loop.xodr").read_text(encoding="utf-8"), "loop")


@pytest.fixture(scope="module")
def scene(network: RoadNetwork) -> Scene:
    return build_scene(network, 1)


@pytest.fixture(scope="module")
def rays(scene: Scene) -> RayScene:
    return RayScene(scene)


@pytest.fixture(scope="module")
def renderer(scene: Scene) -> Iterator[Renderer]:
    with Renderer(scene) as made:
        yield made


def around(pose: Pose, ahead: float, right: float, turn: float = 0.0) -> Pose:
    cos, sin = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
    x, y = pose.x_m + ahead * cos - right * sin, pose.y_m + ahead * sin + right * cos
    return Pose(x, y, pose.z_m, 0.0, pose.yaw_rad + turn)


def traffic(street: Pose) -> list[ActorLook]:
    return [
        ActorLook(7, "vehicle.audi.tt", around(street, 8.0, 0.5), (180, 30, 30), 0.4),
        ActorLook(8, "walker.pedestrian.0001", around(street, 6.0, 3.0, 1.0), (90, 90, 90)),
        ActorLook(9, "vehicle.yamaha.yzf", around(street, 7.0, -3.0, 2.0), (90, 90, 90), -0.3),
        ActorLook(10, "vehicle.carlamotors.firetruck", around(street, 24.0, -3.5, 0.2), (90, 90, 90)),
    ]


def pixel_rays(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Unit directions (H W, 3) through the middles of a view's pixels, and how much longer than its depth each is."""
    width, height = view.width_px, view.height_px
    forward, right, up = axes(view.pose).T
    column, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    focal = width / (2.0 * math.tan(math.radians(view.fov_deg) / 2.0))
    way = (
        forward + ((column - width / 2) / focal)[..., None] * right + ((height / 2 - row) / focal)[..., None] * up
    ).reshape(-1, 3)
    length = np.linalg.norm(way, axis=1)
    return way / length[:, None], length


@pytest.mark.parametrize("spawn", [4, 40])
def test_a_ray_through_every_pixel_meets_what_the_depth_camera_sees(
    renderer: Renderer, rays: RayScene, network: RoadNetwork, spawn: int
) -> None:
    """Labels within a pixel, distances within a centimetre; leaves apart: in pictures their holes blur far away."""
    street = network.spawn_points[spawn]
    street = street._replace(z_m=network.locate(street.x_m, street.y_m).z_m)
    pose = Pose(street.x_m, street.y_m, street.z_m + 1.6, 0.02, street.yaw_rad, 0.05)
    view, cars = View(pose, 90.0, *SIZE), traffic(street)
    seen = renderer.render(view, Weather(), cars, labels=True, depth=True, picture=False)
    way, length = pixel_rays(view)
    hits = rays.cast(np.tile([pose.x_m, pose.y_m, pose.z_m], (len(way), 1)), way, 5000.0, cars)
    label = np.where(np.isfinite(hits.distance_m), hits.label, Label.SKY).reshape(SIZE[::-1])
    depth_m = (hits.distance_m / length).reshape(SIZE[::-1])
    number = np.where(hits.actor_id, hits.actor_id, (hits.thing & 0x7FFF) | 0x8000).reshape(SIZE[::-1])
    shown = seen.identity[..., 1] + 256 * seen.identity[..., 0].astype(int)
    same = label == seen.labels
    assert np.mean(~same) < 0.012
    for one in (Label.ROADS, Label.BUILDINGS, Label.POLES, Label.CAR, Label.PEDESTRIANS, Label.MOTORCYCLE):
        mine = same & (label == one)
        if not mine.any():
            continue
        assert np.mean(np.abs(depth_m[mine] - seen.depth_m[mine]) > 0.01) < 0.002, one.name
        assert np.mean(number[mine] != shown[mine]) < 0.005, one.name
    leaves = same & (label == Label.VEGETATION)
    assert np.mean(np.abs(depth_m[leaves] - seen.depth_m[leaves]) > 0.01) < 0.25
    paint, asphalt = label == Label.ROAD_LINES, (seen.labels == Label.ROAD_LINES)
    assert np.count_nonzero(paint & asphalt) > 0.8 * np.count_nonzero(paint | asphalt)


def test_hidden_things_let_rays_through(scene: Scene, network: RoadNetwork) -> None:
    street = network.spawn_points[4]
    house = next(thing for thing in scene.things if thing.label is Label.BUILDINGS)
    eye = np.array([[street.x_m, street.y_m, 2.0]])
    way = np.array([[house.box.x_m, house.box.y_m, house.box.z_m]]) - eye
    way /= np.linalg.norm(way)
    rays = RayScene(scene)
    eye = np.array([[house.box.x_m, house.box.y_m, house.box.z_m]]) - 12.0 * way
    before = rays.cast(eye, way, 100.0, [])
    assert before.thing[0] == house.number
    rays.hide({house.number})
    assert rays.cast(eye, way, 100.0, []).distance_m[0] > before.distance_m[0] + 3.0
    rays.hide(set())
    assert rays.cast(eye, way, 100.0, []).distance_m[0] == before.distance_m[0]


def plain(**changes: float) -> Lidar:
    return replace(Lidar(4, 4000, 50.0, 10.0, 10.0, -20.0, 360.0, 0.004), **changes)


def test_beams_fan_out_from_the_highest_and_turn_with_time() -> None:
    direction, channel, angle = plain().beams(0.0, 0.05)
    assert len(direction) == 200
    assert np.bincount(channel).tolist() == [50] * 4
    assert np.all(np.diff(channel) >= 0)
    assert np.degrees(np.arcsin(direction[::50, 2])) == pytest.approx([10.0, 0.0, -10.0, -20.0])
    yaw = np.degrees(np.arctan2(direction[:50, 1], direction[:50, 0]))
    assert (yaw + 360.0) % 360.0 == pytest.approx((180.0 + np.arange(50) * 3.6) % 360.0)
    assert angle == pytest.approx(180.0)
    after, _, angle = plain().beams(angle, 0.05)
    assert angle == pytest.approx(0.0, abs=1e-9)
    assert after[0] == pytest.approx([math.cos(math.radians(10.0)), 0.0, math.sin(math.radians(10.0))], abs=1e-9)
    narrow = plain(sweep_deg=90.0).beams(0.0, 0.1)[0]
    assert np.degrees(np.abs(np.arctan2(narrow[:, 1], narrow[:, 0]))).max() <= 45.0 + 1e-9


def met(distance_m: np.ndarray, label: int = 1) -> Hits:
    number = len(distance_m)
    up, none = np.tile([0.0, 0.0, 1.0], (number, 1)), np.zeros(number, np.uint32)
    return Hits(distance_m, up, np.full(number, label, np.uint8), none, none)


def test_intensity_fades_with_distance_and_the_dark_drops_off() -> None:
    far = np.linspace(1.0, 200.0, 20_000)
    way, channel = np.tile([1.0, 0.0, 0.0], (len(far), 1)), np.zeros(len(far), int)
    everything, counts = plain().points(way, channel, met(far), np.random.default_rng(1))
    assert everything[:, 0] == pytest.approx(far)
    assert everything[:, 3] == pytest.approx(np.exp(-0.004 * far))
    assert counts.tolist() == [20_000, 0, 0, 0]
    dropping = plain(drop_limit=0.8, drop_dark=0.4)
    some, counts = dropping.points(way, channel, met(far), np.random.default_rng(1))
    bright = -math.log(0.8) / 0.004
    assert np.count_nonzero(some[:, 0] < bright) == np.count_nonzero(far < bright)
    dark = far[far > bright]
    share = np.mean(0.4 / 0.8 * np.exp(-0.004 * dark) + 0.6)
    assert np.count_nonzero(some[:, 0] >= bright) / len(dark) == pytest.approx(share, abs=0.02)
    assert plain(drop_rate=0.45).kept(20_000, np.random.default_rng(1)).mean() == pytest.approx(0.55, abs=0.02)
    noisy, _ = plain(noise_m=0.1).points(way, channel, met(far), np.random.default_rng(1))
    assert np.std(noisy[:, 0] - far) == pytest.approx(0.1, rel=0.05)


def test_a_radar_stays_in_its_cone_and_tells_the_closing_speed() -> None:
    radar = Radar(30.0, 10.0, 100.0, 1500)
    way = radar.beams(0.1, np.random.default_rng(1))
    assert len(way) == 150
    speed = np.tile([-7.0, 0.0, 0.0], (150, 1))
    found = radar.detections(way, way, met(np.where(np.arange(150) < 100, 20.0, np.inf)), speed)
    assert found.shape == (100, 4)
    assert np.degrees(np.abs(found[:, 1])).max() < 15.0
    assert np.degrees(np.abs(found[:, 2])).max() < 5.0
    assert found[:, 0] == pytest.approx(-7.0 * np.cos(found[:, 1]) * np.cos(found[:, 2]), rel=1e-5)
    assert found[:, 3] == pytest.approx(20.0)


def test_a_ball_stops_where_its_surface_touches() -> None:
    detector = ObstacleDetector(5.0, 0.5, False)
    bundle = detector.bundle()
    assert np.linalg.norm(bundle, axis=1).max() == pytest.approx(0.5)
    wall = met(np.full(len(bundle), 3.0))
    ray, distance = detector.nearest(bundle, wall)
    assert (ray, distance) == (0, pytest.approx(2.5))
    post = np.where(bundle[:, 1] >= 0.499, 3.0, np.inf)  # beside the way, just grazed
    assert detector.nearest(bundle, met(post))[1] == pytest.approx(3.0, abs=0.06)
    assert detector.nearest(bundle, met(np.full(len(bundle), 5.6))) is None
    assert detector.nearest(bundle, met(np.full(len(bundle), 0.1)))[1] == 0.0
