"""What a person would see: lamps, shadows on walls, wet roads, night's glow, people who walk, weathers that differ."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.simulator.gallery import COLUMNS, contact_sheet
from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import Scene, build_scene
from agent.simulator.nouns import ActorLook, Label, Pose, Rendering, View, Weather
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.world.weathers import WEATHERS
from tests.simulator.test_renderer import GRAY, NIGHT, NOON, beside, gray

MAPS = Path(__file__).parents[2] / "configs/maps"
CAR = "vehicle.tesla.model3"


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return parse_road_network((MAPS / "loop.xodr").read_text(encoding="utf-8"), "loop")


@pytest.fixture(scope="module")
def scene(network: RoadNetwork) -> Scene:
    return build_scene(network, 1)


@pytest.fixture(scope="module")
def renderer(scene: Scene) -> Iterator[Renderer]:
    with Renderer(scene) as made:
        yield made


def eye(network: RoadNetwork, spawn: int, up_m: float = 1.4) -> Pose:
    at = network.spawn_points[spawn]
    return Pose(at.x_m, at.y_m, up_m, 0.0, at.yaw_rad, 0.0)


def standing(
    pose: Pose, blueprint: str, ahead_m: float, right_m: float = 0.0, turn_rad: float = 0.0, **how
) -> ActorLook:
    x, y, z = beside(pose, ahead_m, right_m, 0.0).tolist()
    return ActorLook(7, blueprint, Pose(x, y, z, 0.0, pose.yaw_rad + turn_rad, 0.0), (60, 60, 64), **how)


def shot(
    renderer: Renderer, pose: Pose, weather: Weather, *actors: ActorLook, size: tuple[int, int] = (320, 180)
) -> Rendering:
    return renderer.render(View(pose, 90.0, *size), weather, actors, labels=True)


def redness(picture: Rendering) -> np.ndarray:
    color = picture.bgra.astype(float)
    return color[..., 2] - 0.5 * (color[..., 0] + color[..., 1])


def test_the_lamp_that_is_on_shines_and_no_other(renderer: Renderer, network: RoadNetwork) -> None:
    pose = eye(network, 6)
    off = shot(renderer, pose, NOON, standing(pose, CAR, 6.0))
    braking = shot(renderer, pose, NOON, standing(pose, CAR, 6.0, brake=True))
    assert np.percentile(redness(braking) - redness(off), 99.9) > 15.0
    left, right = (
        gray(shot(renderer, pose, NOON, standing(pose, CAR, 6.0, lights=flag))) - gray(off) for flag in (0x20, 0x10)
    )
    assert left[:, :160].max() > 15.0 > left[:, 160:].max()
    assert right[:, 160:].max() > 15.0 > right[:, :160].max()
    reverse = gray(shot(renderer, pose, NOON, standing(pose, CAR, 6.0, lights=0x40))) - gray(off)
    assert reverse.max() > 15.0
    assert np.array_equal(braking.labels, off.labels)


def test_what_stands_in_the_sun_darkens_the_houses_behind_it(
    renderer: Renderer, network: RoadNetwork, scene: Scene
) -> None:
    low = Weather(sun_altitude_angle=14.0, sun_azimuth_angle=200.0)
    houses = {thing.number for thing in scene.things if thing.label == Label.BUILDINGS}
    view = View(eye(network, 12, 3.0), 90.0, 320, 180)
    everything = renderer.render(view, low, [], labels=True)
    renderer.hide({thing.number for thing in scene.things} - houses)
    without = renderer.render(view, low, [], labels=True)
    renderer.hide(set())
    same = (everything.labels == Label.BUILDINGS) & (without.labels == Label.BUILDINGS)
    change = gray(without) - gray(everything)
    assert same.sum() > 2000
    assert np.mean(change[same] > 12.0) > 0.004  # the shadows of trees and lamps are gone
    assert np.mean(change[same] < -12.0) < 0.003


def test_the_shadow_of_a_car_lies_away_from_the_sun(renderer: Renderer, network: RoadNetwork) -> None:
    at = network.spawn_points[44]
    above = View(Pose(at.x_m, at.y_m, 14.0, -math.pi / 2, at.yaw_rad, 0.0), 60.0, 200, 200)
    car = ActorLook(3, "vehicle.mercedes.sprinter", Pose(at.x_m, at.y_m, 0.0, 0.0, at.yaw_rad, 0.0), (200, 200, 200))
    darker = []
    for side in (90.0, -90.0):  # of the car's heading: the sun to its right, then to its left
        weather = replace(NOON, sun_altitude_angle=40.0, sun_azimuth_angle=math.degrees(at.yaw_rad) + side)
        with_car, without = (renderer.render(above, weather, actors, labels=True) for actors in ([car], []))
        ground = with_car.labels != Label.CAR
        change = (gray(without) - gray(with_car)) * ground
        darker.append((change[:, :100].sum(), change[:, 100:].sum()))
    assert darker[0][0] > 1.5 * darker[0][1]
    assert darker[1][1] > 1.5 * darker[1][0]


def test_a_wet_road_is_brightest_towards_a_low_sun(renderer: Renderer, network: RoadNetwork) -> None:
    pose = eye(network, 6)
    road = np.s_[100:135, 120:200]

    def gained(azimuth_deg: float) -> float:
        dry = Weather(sun_altitude_angle=9.0, sun_azimuth_angle=azimuth_deg)
        wet = replace(dry, wetness=100.0, precipitation_deposits=60.0)
        return float(np.mean(gray(shot(renderer, pose, wet))[road] - gray(shot(renderer, pose, dry))[road]))

    towards = math.degrees(pose.yaw_rad)
    assert gained(towards) > gained(towards + 180.0) + 4.0


def test_lamps_glow_at_night_and_only_those_that_are_lit(
    renderer: Renderer, network: RoadNetwork, scene: Scene
) -> None:
    lamp = scene.lamp_field.lamps[4]
    view = View(Pose(lamp.x_m - 9.0, lamp.y_m, lamp.z_m - 4.0, 0.42, 0.0, 0.0), 60.0, 160, 160)
    lit = renderer.render(view, NIGHT, [], labels=True)
    renderer.light_lamps({lamp.number: 0.0})
    dark = renderer.render(view, NIGHT, [], labels=True)
    renderer.light_lamps({})
    change = gray(lit) - gray(dark)
    row, column = np.unravel_index(int(cv2.GaussianBlur(change, (0, 0), 2.0).argmax()), change.shape)
    assert change.max() > 80.0
    assert abs(row - 80) < 20 and abs(column - 80) < 20
    assert np.array_equal(lit.labels, dark.labels)


def test_a_wet_road_mirrors_the_lamps(renderer: Renderer, network: RoadNetwork) -> None:
    pose, wet = eye(network, 6), WEATHERS["HardRainNight"]
    road = np.s_[95:170, 80:240]
    spread = [
        np.percentile(gray(shot(renderer, pose, weather))[road], 99)
        for weather in (replace(wet, precipitation=0.0), NIGHT)
    ]
    assert spread[0] > 30.0


def test_legs_of_a_walker_swing_and_his_head_does_not(renderer: Renderer, network: RoadNetwork) -> None:
    pose = eye(network, 6)
    who = "walker.pedestrian.0002"
    outlines = []
    for stride in (0.4, 0.0):
        walker = standing(pose, who, 4.0, turn_rad=math.pi / 2, stride_rad=stride)
        outlines.append(shot(renderer, pose, NOON, walker).labels == Label.PEDESTRIANS)
    wide = [mask.any(axis=0).sum() for mask in outlines]
    rows = np.flatnonzero(outlines[1].any(axis=1))
    head = slice(rows[0], rows[0] + max(2, len(rows) // 8))
    assert wide[0] > 1.4 * wide[1]
    assert np.mean(outlines[0][head] == outlines[1][head]) > 0.999


def test_walkers_and_vehicles_differ(renderer: Renderer, network: RoadNetwork) -> None:
    pose = eye(network, 6)
    kinds = [f"walker.pedestrian.{number:04d}" for number in (1, 3, 9)]
    kinds += [
        "vehicle.mercedes.sprinter",
        "vehicle.carlamotors.firetruck",
        "vehicle.kawasaki.ninja",
        "vehicle.bh.crossbike",
        CAR,
    ]
    seen = [shot(renderer, pose, NOON, standing(pose, kind, 7.0, turn_rad=1.0)).bgra.astype(float) for kind in kinds]
    assert all(np.abs(one - other).max() > 40.0 for one, other in itertools.combinations(seen, 2))


def test_no_two_weathers_look_the_same_in_the_gallery() -> None:
    wide, tall = 160, 90
    views, *rows = list(contact_sheet([MAPS / "loop.xodr"], 1, (wide, tall)))
    assert len(rows) == math.ceil(len(WEATHERS) / COLUMNS)
    tiles = [
        row[:tall, left : left + wide - 2] @ np.array(GRAY) for row in rows for left in range(0, COLUMNS * wide, wide)
    ]
    seen = dict(zip(WEATHERS, tiles, strict=False))
    apart = {pair: np.abs(seen[pair[0]] - seen[pair[1]]).mean() for pair in itertools.combinations(seen, 2)}
    nearest = min(apart, key=apart.__getitem__)
    assert apart[nearest] > 0.8, (nearest, apart[nearest])
    assert min(picture.std() for picture in [*seen.values(), views]) > 4.0
