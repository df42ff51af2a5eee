"""Depth and identity images against the geometry they are of, and against the picture's own pass."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import Scene, build_scene
from agent.simulator.nouns import ActorLook, Label, Pose, Rendering, Stroke, View, Weather
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.sensing.cameras import Film, depth_pixels, semantic_pixels
from agent.simulator.sensing.optical_flow import optical_flow
from agent.simulator.world.maps import MAPS

NOON = Weather(sun_altitude_angle=45.0)


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


def ahead_of(pose: Pose, ahead: float, right: float) -> Pose:
    cos, sin = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
    x, y = pose.x_m + ahead * cos - right * sin, pose.y_m + ahead * sin + right * cos
    return Pose(x, y, pose.z_m, 0.0, pose.yaw_rad)


def survey(renderer: Renderer, view: View, *actors: ActorLook) -> Rendering:
    return renderer.render(view, NOON, actors, picture=False, labels=True, depth=True)


def number(rendering: Rendering) -> np.ndarray:
    return rendering.identity[..., 1] + 256 * rendering.identity[..., 0].astype(int)


def test_depth_is_along_the_optical_axis(renderer: Renderer, network: RoadNetwork) -> None:
    """A crate 0.8 m wide across the view: its front is as deep at the picture's edge as in its middle."""
    street = network.spawn_points[4]._replace(z_m=0.0)
    view = View(street._replace(z_m=1.2), 90.0, 320, 240)
    for right in (0.0, 3.0):
        crate = ActorLook(9, "static.prop.box", ahead_of(street, 8.0, right), (200, 200, 200))
        seen = survey(renderer, view, crate)
        crate_m = seen.depth_m[seen.labels == Label.DYNAMIC]
        assert np.mean(np.abs(crate_m - 7.6) < 0.001) > 0.6  # its front; the rest is its top and its side
        assert crate_m.min() > 7.599


def test_the_ground_is_as_far_as_the_pinhole_formula_says(renderer: Renderer, network: RoadNetwork) -> None:
    street = network.spawn_points[4]
    ground_m = network.locate(street.x_m, street.y_m).z_m
    view = View(street._replace(z_m=ground_m + 2.0), 90.0, 321, 241)
    seen = survey(renderer, view)
    rows = np.arange(170, 241)
    expected = 2.0 / ((rows + 0.5 - 120.5) / 160.5)
    assert np.all(seen.labels[rows, 160] == Label.ROADS)
    assert seen.depth_m[rows, 160] == pytest.approx(expected, abs=0.01)
    assert np.all(seen.depth_m[seen.labels == Label.SKY] > 1000.0)


def test_every_thing_has_a_number_of_its_own(renderer: Renderer, network: RoadNetwork, scene: Scene) -> None:
    street = network.spawn_points[4]._replace(z_m=0.0)
    view = View(street._replace(z_m=1.5), 90.0, 640, 360)
    cars = [ActorLook(n, "vehicle.audi.tt", ahead_of(street, 6.0 + n, 3.5 * (n - 12)), (90, 9, 9)) for n in (11, 13)]
    seen = survey(renderer, view, *cars)
    numbers, labels = number(seen), seen.labels
    assert set(np.unique(numbers[labels == Label.CAR]).tolist()) == {11, 13}
    assert np.all(numbers[labels == Label.SKY] == 0)
    still = ~np.isin(labels, [Label.CAR, Label.SKY])
    assert np.all(numbers[still] & 0x8000)
    by_number = {thing.number: thing for thing in scene.things}
    for one in np.unique(numbers[still]).tolist():
        thing = by_number[one & 0x7FFF]
        if thing.label is not Label.STATIC:  # plants in planters
            assert set(np.unique(labels[numbers == one]).tolist()) == {thing.label}
    assert len(np.unique(numbers[labels == Label.BUILDINGS])) >= 6


def test_a_thing_lies_in_its_box(renderer: Renderer, network: RoadNetwork, scene: Scene) -> None:
    """Every pixel of every house and lamp, taken back into the world."""
    street = network.spawn_points[4]
    view = View(street._replace(z_m=1.5, pitch_rad=0.0), 90.0, 640, 360)
    seen = survey(renderer, view)
    numbers = number(seen)
    rows, columns = np.nonzero(np.isin(seen.labels, [Label.BUILDINGS, Label.POLES]))
    far = seen.depth_m[rows, columns].astype(float)
    right, up = far * (columns + 0.5 - 320) / 320, far * (180 - rows - 0.5) / 320
    cos, sin = math.cos(street.yaw_rad), math.sin(street.yaw_rad)
    x, y, z = street.x_m + far * cos - right * sin, street.y_m + far * sin + right * cos, 1.5 + up
    boxes = {thing.number: thing.box for thing in scene.things}
    assert len(rows) > 10_000
    for one in np.unique(numbers[rows, columns]).tolist():
        box, mine = boxes[one & 0x7FFF], numbers[rows, columns] == one
        dx, dy = x[mine] - box.x_m, y[mine] - box.y_m
        c, s = math.cos(box.yaw_rad), math.sin(box.yaw_rad)
        assert np.abs(dx * c + dy * s).max() < box.half_length_m + 0.01
        assert np.abs(dy * c - dx * s).max() < box.half_width_m + 0.01
        assert np.abs(z[mine] - box.z_m).max() < box.half_height_m + 0.01


@pytest.mark.parametrize("size", [(640, 360), (96, 64)])
def test_beside_the_picture_or_alone_the_survey_is_the_same(
    renderer: Renderer, network: RoadNetwork, size: tuple[int, int]
) -> None:
    street = network.spawn_points[30]._replace(z_m=0.0)
    view = View(street._replace(z_m=1.5), 90.0, *size)
    car = ActorLook(11, "vehicle.audi.tt", ahead_of(street, 9.0, 1.0), (90, 9, 9))
    rain = Weather(100.0, 100.0, 90.0, sun_altitude_angle=45.0)
    alone = survey(renderer, view, car)
    beside = renderer.render(view, rain, [car], labels=True, depth=True, frame=3)
    only = renderer.render(view, rain, [car], labels=False, frame=3)
    assert np.array_equal(alone.identity, beside.identity)
    assert np.array_equal(alone.depth_m, beside.depth_m)
    assert np.array_equal(only.bgra, beside.bgra)
    assert alone.bgra.size == only.identity.size == only.depth_m.size == 0


def test_normals_are_the_worlds(renderer: Renderer, network: RoadNetwork) -> None:
    street = network.spawn_points[4]
    view = View(street._replace(z_m=street.z_m + 1.5), 90.0, 320, 180)
    crate = ActorLook(9, "static.prop.box", ahead_of(street, 6.0, 0.0), (200, 200, 200))
    seen = renderer.render(view, NOON, [crate], picture=False, labels=True, normals=True)
    towards = seen.normals[..., 2::-1] / 127.5 - 1.0
    assert np.abs(towards[seen.labels == Label.ROADS] - (0.0, 0.0, 1.0)).max() < 0.01
    ahead = np.array([math.cos(street.yaw_rad), math.sin(street.yaw_rad), 0.0])
    assert np.mean(np.all(np.abs(towards[seen.labels == Label.DYNAMIC] + ahead) < 0.01, axis=1)) > 0.5
    assert np.all(seen.normals[seen.labels == Label.SKY] == (0, 0, 0, 255))


def test_flow_is_where_the_pixel_was(renderer: Renderer, network: RoadNetwork) -> None:
    """The eye went 1 m ahead; a crate 6 m before it went 0.5 m to the right meanwhile, another stands still."""
    street = network.spawn_points[4]._replace(z_m=0.0)
    before, pose = (ahead_of(street, ahead, 0.0)._replace(z_m=1.5) for ahead in (-1.0, 0.0))
    view = View(pose, 90.0, 320, 180)
    now, then = {5: ahead_of(street, 6.4, 0.5), 6: ahead_of(street, 6.4, -3.0)}, {5: ahead_of(street, 6.4, 0.0)}
    then[6] = now[6]
    crates = [ActorLook(number, "static.prop.box", at, (200, 200, 200)) for number, at in now.items()]
    seen = survey(renderer, view, *crates)
    flow = optical_flow(seen, view, before, now, then)
    row, column = 140, 160
    assert seen.labels[row, column] == Label.ROADS
    up = 1.0 - (row + 0.5) / 90.0
    far = seen.depth_m[row, column]
    assert flow[row, column] == pytest.approx([0.0, up - up * far / (far + 1.0)], abs=0.003)
    for one, moved in ((5, 0.5), (6, 0.0)):
        rows, columns = np.nonzero((number(seen) == one) & (np.abs(seen.depth_m - 6.0) < 0.01))
        assert len(rows) > 50
        right = (columns + 0.5) / 160.0 - 1.0
        was = (right * 6.0 - moved) / 7.0
        assert flow[rows, columns, 0] == pytest.approx(right - was, abs=0.003)
    assert np.all(np.abs(flow[seen.labels == Label.SKY]) < 1e-3)


def test_strokes_of_clients_are_colour_and_nothing_else(renderer: Renderer, network: RoadNetwork) -> None:
    street = network.spawn_points[4]._replace(z_m=0.0)
    view = View(street._replace(z_m=1.5), 90.0, 640, 360)
    alone = renderer.render(view, NOON, [], labels=True, depth=True)
    begin, end = (ahead_of(street, 6.0, right) for right in (-3.0, 3.0))
    renderer.scribble([Stroke((begin.x_m, begin.y_m, 1.0), (end.x_m, end.y_m, 1.0), 0.2, (255, 0, 0))])
    scribbled = renderer.render(view, NOON, [], labels=True, depth=True)
    renderer.scribble([])
    assert np.count_nonzero(np.any(scribbled.bgra != alone.bgra, axis=2)) > 1000
    assert np.array_equal(scribbled.identity, alone.identity)
    assert np.array_equal(scribbled.depth_m, alone.depth_m)


def test_depth_bytes() -> None:
    far = np.array([[0.0, 1000.0 / (256**3 - 1), 1000.0 * 0x010203 / (256**3 - 1), 999.99999, 1e6]], np.float32)
    assert depth_pixels(far).tobytes().hex() == "000000ff" + "000001ff" + "010203ff" + "ffffffff" * 2


def test_semantic_bytes() -> None:
    identity = np.array([[[7, 9, 1, 255], [0, 0, 24, 255]]], np.uint8)
    assert semantic_pixels(identity).tobytes().hex() == "000001ff000018ff"


def test_gamma_and_exposure_act_as_formulas_say() -> None:
    gray = np.full((1, 1, 4), 128, np.uint8)
    assert Film().developed(gray) is gray
    assert Film(gamma=1.1).developed(gray)[0, 0, 0] == round(255 * (128 / 255) ** 2)
    assert Film(exposure=1.0).developed(gray)[0, 0, 0] == round(255 * (2 * (128 / 255) ** 2.2) ** (1 / 2.2))
