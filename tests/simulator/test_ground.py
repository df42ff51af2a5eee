"""The ground: triangles without cracks that keep to the heights, close below every road, also in the hills."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.simulator.look.meshes import Mesh
from agent.simulator.look.meshes_ground import ground_mesh
from agent.simulator.look.rtin import triangulate
from agent.simulator.look.survey import survey
from agent.simulator.look.terrain import Terrain
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_strips import LaneStrip, lane_strips
from tests.simulator.opendrive_text import document, road

MAPS = Path(__file__).parents[2] / "configs" / "maps"


def land_of(text: str) -> tuple[tuple[LaneStrip, ...], Terrain]:
    strips = lane_strips(parse_road_network(text, "test"), 4.0)
    return strips, survey(strips, np.random.default_rng(1))


@pytest.fixture(scope="module")
def hills() -> tuple[tuple[LaneStrip, ...], Terrain, Mesh]:
    strips, terrain = land_of((MAPS / "hills.xodr").read_text(encoding="utf-8"))
    return strips, terrain, ground_mesh(terrain, np.random.default_rng(2))


def heights_at(mesh: Mesh, places: np.ndarray) -> np.ndarray:
    """Height of the mesh at places (N, 2); NaN beside it."""
    corners = mesh.vertices["position"][mesh.triangles].astype(float)
    low, high = corners[..., :2].min(axis=1), corners[..., :2].max(axis=1)
    found = np.full(len(places), np.nan)
    for row, place in enumerate(places):
        near = corners[np.all((low <= place) & (high >= place), axis=1)]
        a, b, c = near[:, 0], near[:, 1], near[:, 2]
        area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        u = ((place[0] - a[:, 0]) * (c - a)[:, 1] - (place[1] - a[:, 1]) * (c - a)[:, 0]) / area
        v = ((b - a)[:, 0] * (place[1] - a[:, 1]) - (b - a)[:, 1] * (place[0] - a[:, 0])) / area
        inside = (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6)
        found[row] = np.max(a[:, 2] + u * (b - a)[:, 2] + v * (c - a)[:, 2], where=inside, initial=-np.inf)
    return found


def test_triangles_cover_the_grid_once_and_meet_at_whole_sides() -> None:
    rng = np.random.default_rng(0)
    size = 65
    heights = rng.uniform(0.0, 1.0, (size, size)) * (np.add.outer(np.arange(size), np.arange(size)) < 50)
    triangles = triangulate(heights, np.full_like(heights, 0.2), np.full(heights.shape, size))
    assert 100 < len(triangles) < 2 * 64 * 64
    x, y = (part[triangles] for part in (np.arange(size * size) % size, np.arange(size * size) // size))
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (y[:, 1] - y[:, 0]) * (x[:, 2] - x[:, 0])
    assert np.all(area > 0)
    assert area.sum() == 2 * 64 * 64
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    there = {tuple(side) for side in sides.tolist()}
    assert len(there) == len(sides)
    for a, b in there:
        on_border = any(a % size == b % size == k or a // size == b // size == k for k in (0, size - 1))
        assert on_border != ((b, a) in there)


def test_no_point_is_missed_by_more_than_the_tolerance() -> None:
    size = 33
    gx, gy = np.meshgrid(np.arange(size), np.arange(size))
    heights = np.sin(gx / 5.0) * np.cos(gy / 7.0) * 3.0
    triangles = triangulate(heights, np.full(heights.shape, 0.1), np.full(heights.shape, size))
    assert len(triangles) < 1400
    a, b, c = (np.stack([gx.ravel(), gy.ravel(), heights.ravel()], 1)[triangles[:, k]] for k in range(3))
    for x, y in rng_points(size):
        area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        u = ((x - a[:, 0]) * (c - a)[:, 1] - (y - a[:, 1]) * (c - a)[:, 0]) / area
        v = ((b - a)[:, 0] * (y - a[:, 1]) - (b - a)[:, 1] * (x - a[:, 0])) / area
        inside = np.flatnonzero((u >= 0) & (v >= 0) & (u + v <= 1))[0]
        z = (a[:, 2] + u * (b - a)[:, 2] + v * (c - a)[:, 2])[inside]
        assert abs(z - heights[y, x]) < 0.2  # errors of nested sides add up, but hardly ever


def rng_points(size: int) -> list[tuple[int, int]]:
    return [tuple(place) for place in np.random.default_rng(4).integers(0, size, (200, 2)).tolist()]


def test_in_the_hills_the_ground_passes_close_below_every_road(hills: tuple) -> None:
    strips, _, mesh = hills
    points = np.concatenate([strip.vertices[::7].reshape(-1, 3) for strip in strips]).astype(float)
    gap = points[:, 2] - heights_at(mesh, points[:, :2])
    assert gap.min() > 0.0
    assert np.quantile(gap, 0.99) < 0.3  # no road floats


def test_the_land_between_two_roads_is_between_them(hills: tuple) -> None:
    strips, terrain, _ = hills
    points = np.concatenate([strip.vertices.reshape(-1, 3) for strip in strips])
    low, high = points.min(axis=0), points.max(axis=0)
    places = np.random.default_rng(5).uniform(low[:2], high[:2], (500, 2))
    near = places[terrain.distance(places[:, 0], places[:, 1]) < 40.0]
    heights = terrain.height(near[:, 0], near[:, 1])
    assert np.all((heights > low[2] - 6.0) & (heights < high[2] + 6.0))


def test_the_ground_under_a_bridge_is_that_of_the_lower_road() -> None:
    up = '<elevationProfile><elevation s="0" a="{}" b="0" c="0" d="0"/></elevationProfile>'
    across = '<geometry s="0" x="50" y="-50" hdg="1.5707963267948966" length="100"><line/></geometry>'
    text = document(road(extra=up.format(0)), road(across, head='id="2" junction="-1"', extra=up.format(7)))
    _, terrain = land_of(text)
    assert terrain.height(50.0, 0.0) == pytest.approx(-0.08, abs=0.02)
    assert terrain.height(50.0, 4.5) < 1.0  # beside the lower road, below the upper one
    assert terrain.height(50.0, 40.0) == pytest.approx(7.0 - 0.08, abs=0.05)
    assert terrain.distance(50.0, 10.0) == 0.0  # but nothing is built on a bridge
    network = parse_road_network(text, "test")
    assert network.locate(50.0, 1.0, 0.0).road_id == 1
    assert network.locate(50.0, 1.0, 7.0).road_id == 2
