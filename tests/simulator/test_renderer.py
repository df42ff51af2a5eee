"""The renderer against the pinhole formula, labels, repeatability, weathers, sizes."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import build_scene
from agent.simulator.nouns import ActorLook, Label, Pose, Rendering, View, Weather
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_strips import mark_strips

ROOT = Path(__file__).parents[2]
NOON = Weather(cloudiness=5.0, sun_azimuth_angle=-1.0, sun_altitude_angle=45.0, fog_density=2.0, fog_distance=0.75)
SUNSET = Weather(cloudiness=5.0, sun_azimuth_angle=-1.0, sun_altitude_angle=8.0, fog_density=2.0, fog_distance=0.75)
NIGHT = Weather(cloudiness=5.0, sun_altitude_angle=-90.0)
RAIN = Weather(100.0, 100.0, 90.0, 100.0, -1.0, 45.0, 7.0, 0.75, 0.1)
FOG = Weather(cloudiness=20.0, sun_altitude_angle=45.0, fog_density=90.0)
GRAY = (0.114, 0.587, 0.299)  # of B, G, R (Rec. 601)


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return parse_road_network((ROOT / "configs/maps/loop.xodr").read_text(encoding="utf-8"), "loop")


@pytest.fixture(scope="module")
def renderer(network: RoadNetwork) -> Iterator[Renderer]:
    with Renderer(build_scene(network, 1)) as made:
        yield made


def lane_pose(network: RoadNetwork, spawn: int, up_m: float = 1.5) -> Pose:
    at = network.spawn_points[spawn]
    return Pose(at.x_m, at.y_m, up_m, 0.0, at.yaw_rad, 0.0)


def project(view: View, point: np.ndarray) -> tuple[float, float]:
    """CARLA's pinhole camera, without pitch and roll: column and row [px]."""
    pose = view.pose
    away = point - (pose.x_m, pose.y_m, pose.z_m)
    ahead = away[0] * math.cos(pose.yaw_rad) + away[1] * math.sin(pose.yaw_rad)
    right = away[1] * math.cos(pose.yaw_rad) - away[0] * math.sin(pose.yaw_rad)
    focal = view.width_px / (2.0 * math.tan(math.radians(view.fov_deg) / 2.0))
    return view.width_px / 2 + focal * right / ahead, view.height_px / 2 - focal * away[2] / ahead


def beside(pose: Pose, ahead: float, right: float, up: float) -> np.ndarray:
    cos, sin = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
    return np.array([pose.x_m + ahead * cos - right * sin, pose.y_m + ahead * sin + right * cos, up])


def gray(picture: Rendering) -> np.ndarray:
    return picture.bgra[..., :3].astype(float) @ GRAY


@pytest.mark.parametrize("fov_deg", [60.0, 90.0, 110.0])
@pytest.mark.parametrize("right_m", [-2.5, 0.0, 2.5])
def test_a_crate_falls_where_the_pinhole_formula_says(
    renderer: Renderer, network: RoadNetwork, fov_deg: float, right_m: float
) -> None:
    pose = lane_pose(network, 4)
    view = View(pose, fov_deg, 640, 360)
    at = beside(pose, 8.0, right_m, 0.3)
    crate = ActorLook(1, "static.prop.box", Pose(*at.tolist(), 0.0, pose.yaw_rad, 0.0), (200, 200, 200))
    labels = renderer.render(view, NOON, [crate], labels=True).labels
    assert labels is not None
    rows, columns = np.nonzero(labels == Label.DYNAMIC)
    corners = [
        project(view, beside(pose, 8.0 + u, right_m + v, 0.3 + h))
        for u in (-0.4, 0.4)
        for v in (-0.4, 0.4)
        for h in (0, 0.8)
    ]
    x, y = zip(*corners, strict=True)
    assert columns.min() == pytest.approx(min(x), abs=1.0)
    assert columns.max() + 1 == pytest.approx(max(x), abs=1.0)
    assert rows.min() == pytest.approx(min(y), abs=1.0)
    assert rows.max() + 1 == pytest.approx(max(y), abs=1.0)


def test_pitch_looks_up_and_roll_leans_right(renderer: Renderer, network: RoadNetwork) -> None:
    at = lane_pose(network, 4, up_m=30.0)

    def sky(pitch_rad: float, roll_rad: float) -> np.ndarray:
        pose = Pose(at.x_m, at.y_m, at.z_m, pitch_rad, at.yaw_rad, roll_rad)
        labels = renderer.render(View(pose, 90.0, 320, 180), NOON, [], labels=True).labels
        assert labels is not None
        return labels == Label.SKY

    assert sky(0.3, 0.0).mean() > sky(0.0, 0.0).mean() + 0.1
    assert sky(-0.3, 0.0).mean() < sky(0.0, 0.0).mean() - 0.1
    leaning = sky(0.0, 0.3)  # right side down: the horizon rises on the right
    assert leaning[:, :80].mean() > leaning[:, -80:].mean() + 0.1


def test_labels_are_sky_above_road_below_and_the_car_ahead(renderer: Renderer, network: RoadNetwork) -> None:
    pose = lane_pose(network, 4)
    view = View(pose, 90.0, 640, 360)
    at = beside(pose, 10.0, 0.0, 0.0)
    car = ActorLook(3, "vehicle.audi.tt", Pose(*at.tolist(), 0.0, pose.yaw_rad, 0.0), (180, 30, 30))
    labels = renderer.render(view, NOON, [car], labels=True).labels
    assert labels is not None
    assert np.all(labels[:20, 300:340] == Label.SKY)
    assert np.all(labels[330:, 300:340] == Label.ROADS)
    column, row = project(view, beside(pose, 10.0, 0.0, 0.6))
    assert labels[int(row), int(column)] == Label.CAR
    known = {int(label) for label in Label}
    assert set(np.unique(labels).tolist()) <= known


@pytest.mark.parametrize(
    ("blueprint", "label"),
    [
        ("vehicle.tesla.model3", Label.CAR),
        ("vehicle.carlamotors.firetruck", Label.TRUCK),
        ("vehicle.mitsubishi.fusorosa", Label.BUS),
        ("vehicle.yamaha.yzf", Label.MOTORCYCLE),
        ("vehicle.gazelle.omafiets", Label.BICYCLE),
        ("walker.pedestrian.0001", Label.PEDESTRIANS),
    ],
)
def test_every_kind_of_actor_has_a_body(renderer: Renderer, network: RoadNetwork, blueprint: str, label: Label) -> None:
    pose = lane_pose(network, 4)
    at = beside(pose, 12.0, 0.0, 0.0)
    actor = ActorLook(3, blueprint, Pose(*at.tolist(), 0.0, pose.yaw_rad + 1.0, 0.0), (180, 30, 30))
    labels = renderer.render(View(pose, 90.0, 640, 360), NOON, [actor], labels=True).labels
    assert np.count_nonzero(labels == label) > 60


def test_a_mark_lies_in_its_column(renderer: Renderer, network: RoadNetwork) -> None:
    """A solid edge line of the country road: bright and labelled where the map says, not a pixel row beside it."""
    strip = next(s for s in mark_strips(network, 2.0) if s.type == "solid" and s.color == "white" and s.lane_id == -1)
    road = network.road(strip.road_id)
    pose = next(p for p in network.spawn_points if (at := network.locate(p.x_m, p.y_m)) and at.road_id == road.id)
    pose = Pose(pose.x_m, pose.y_m, 1.5, 0.0, pose.yaw_rad, 0.0)
    view = View(pose, 90.0, 640, 360)
    picture = renderer.render(view, NOON, [], labels=True)
    assert picture.labels is not None
    seen = 0
    for s in np.arange(0.0, road.length_m, 1.0):
        place = np.array([np.interp(s, strip.along_m, strip.center[:, k]) for k in range(3)])
        away = place - (pose.x_m, pose.y_m, pose.z_m)
        ahead = away[0] * math.cos(pose.yaw_rad) + away[1] * math.sin(pose.yaw_rad)
        if not 4.0 < ahead < 9.0:
            continue
        column, row = project(view, place)
        if not (8 < column < 632 and 0 < row < 359):
            continue
        seen += 1
        assert picture.labels[int(row), int(column)] == Label.ROAD_LINES
        line = gray(picture)[int(row), int(column) - 8 : int(column) + 9]
        assert line[8] > 1.25 * np.median(line)
    assert seen >= 3


def test_same_input_same_bytes_in_this_and_another_process(renderer: Renderer, network: RoadNetwork) -> None:
    pose = lane_pose(network, 9)
    code = (
        "import sys, hashlib; sys.path.insert(0, '.')\n"
        "from tests.simulator.test_renderer import *\n"
        "n = parse_road_network((ROOT / 'configs/maps/loop.xodr').read_text(encoding='utf-8'), 'loop')\n"
        "r = Renderer(build_scene(n, 1))\n"
        "print(digest(r, lane_pose(n, 9)))\n"
    )
    ours = digest(renderer, pose)
    renderer.render(View(lane_pose(network, 30), 60.0, 100, 50), NIGHT, [], labels=False)
    assert digest(renderer, pose) == ours
    other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == ours


def digest(renderer: Renderer, pose: Pose) -> str:
    """Of a few pictures with rain, actors and labels."""
    total = hashlib.sha256()
    at = beside(pose, 12.0, 1.0, 0.0)
    car = ActorLook(3, "vehicle.mini.cooper_s", Pose(*at.tolist(), 0.0, pose.yaw_rad, 0.0), (30, 60, 200), 0.3, 2.0)
    for weather in (NOON, RAIN, NIGHT):
        for size in ((640, 360), (201, 113)):
            picture = renderer.render(View(pose, 90.0, *size), weather, [car], labels=True, frame=4)
            assert picture.labels is not None
            total.update(picture.bgra.tobytes() + picture.labels.tobytes())
    return total.hexdigest()


def test_labels_do_not_change_the_picture_nor_weather_the_labels(renderer: Renderer, network: RoadNetwork) -> None:
    view = View(lane_pose(network, 6), 90.0, 640, 360)
    with_labels = renderer.render(view, RAIN, [], labels=True)
    without = renderer.render(view, RAIN, [], labels=False)
    assert without.labels is None
    assert np.array_equal(with_labels.bgra, without.bgra)
    dry = renderer.render(view, NOON, [], labels=True)
    assert dry.labels is not None
    assert np.array_equal(with_labels.labels, dry.labels)
    assert np.abs(gray(dry) - gray(with_labels)).mean() > 5.0


def test_night_is_darker_sunset_warmer_fog_flatter(renderer: Renderer, network: RoadNetwork) -> None:
    view = View(lane_pose(network, 40), 90.0, 640, 360)
    noon, sunset, night, fog = (
        renderer.render(view, weather, [], labels=False) for weather in (NOON, SUNSET, NIGHT, FOG)
    )
    assert gray(night).mean() < 0.45 * gray(noon).mean()

    def red_over_blue(picture: Rendering) -> float:
        mean = picture.bgra[..., :3].astype(float).mean(axis=(0, 1))
        return float(mean[2] / mean[0])

    assert red_over_blue(sunset) > red_over_blue(noon) + 0.05
    assert red_over_blue(night) < 1.0
    far = np.s_[160:182, 280:360]  # down the street
    assert gray(fog)[far].std() < 0.6 * gray(noon)[far].std()


def test_the_sun_throws_shadows_that_turn_with_it(renderer: Renderer, network: RoadNetwork) -> None:
    at = lane_pose(network, 4, up_m=60.0)
    view = View(Pose(at.x_m, at.y_m, 60.0, -1.4, at.yaw_rad, 0.0), 90.0, 320, 320)
    one = Weather(sun_altitude_angle=35.0, sun_azimuth_angle=30.0)
    two = Weather(sun_altitude_angle=35.0, sun_azimuth_angle=210.0)
    first, second = (renderer.render(view, weather, [], labels=True) for weather in (one, two))
    flat = np.isin(first.labels, [Label.TERRAIN, Label.ROADS, Label.SIDEWALKS])
    change = np.abs(gray(first) - gray(second))[flat]
    assert np.mean(change > 25.0) > 0.03


def test_headlights_light_the_road_at_night(renderer: Renderer, network: RoadNetwork) -> None:
    pose = lane_pose(network, 40)
    view = View(pose, 90.0, 320, 180)
    own = ActorLook(1, "vehicle.audi.tt", Pose(pose.x_m, pose.y_m, 0.0, 0.0, pose.yaw_rad, 0.0), (90, 90, 90))
    with_car = renderer.render(view, NIGHT, [own], labels=False)
    without = renderer.render(view, NIGHT, [], labels=False)
    ahead = np.s_[105:140, 130:190]
    assert gray(with_car)[ahead].mean() > gray(without)[ahead].mean() + 15.0


def test_rain_moves_with_the_frame_and_dry_air_does_not(renderer: Renderer, network: RoadNetwork) -> None:
    view = View(lane_pose(network, 6), 90.0, 640, 360)

    def at(weather: Weather, frame: int) -> np.ndarray:
        return renderer.render(view, weather, [], labels=False, frame=frame).bgra

    assert not np.array_equal(at(RAIN, 1), at(RAIN, 2))
    assert np.array_equal(at(NOON, 1), at(NOON, 2))


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (201, 113), (333, 77), (64, 480), (800, 600)])
def test_pictures_have_the_size_asked_for(renderer: Renderer, network: RoadNetwork, size: tuple[int, int]) -> None:
    picture = renderer.render(View(lane_pose(network, 2), 90.0, *size), NOON, [], labels=True)
    assert picture.labels is not None
    assert picture.bgra.shape == (size[1], size[0], 4)
    assert picture.labels.shape == (size[1], size[0])
    assert picture.bgra.dtype == picture.labels.dtype == np.uint8
    assert np.all(picture.bgra[..., 3] == 255)


def test_many_sizes_in_turn_do_not_disturb_each_other(renderer: Renderer, network: RoadNetwork) -> None:
    pose = lane_pose(network, 2)
    first = renderer.render(View(pose, 90.0, 96, 64), NOON, [], labels=True)
    for width in range(40, 140, 8):
        renderer.render(View(pose, 90.0, width, 40), NOON, [], labels=True)
    again = renderer.render(View(pose, 90.0, 96, 64), NOON, [], labels=True)
    assert np.array_equal(first.bgra, again.bgra)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL is Linux's way")
def test_without_egl_one_line_says_what_to_install() -> None:
    code = (
        "from agent.simulator.look.renderer import RendererError, _context\n"
        "try:\n    _context()\nexcept RendererError as error:\n    print(error)\n"
    )
    environment = os.environ | {"GLCONTEXT_LINUX_LIBEGL": "libNoSuchEGL.so"}
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.count("\n") == 1
    assert "apt-get install libegl1 libgl1 libegl-mesa0 libgl1-mesa-dri" in ended.stdout
