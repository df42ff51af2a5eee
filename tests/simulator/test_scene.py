"""The scene: same seed, same meshes; nothing stands on a lane; the ground stays below the road."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.simulator.look.camera import clip_from_world
from agent.simulator.look.culling import Chunks, vertices_of
from agent.simulator.look.meshes import Mesh, welded
from agent.simulator.look.scene import Scene, build_scene
from agent.simulator.look.survey import survey
from agent.simulator.nouns import Box, Label, Pose, View
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_strips import lane_strips

LOOP = Path(__file__).parents[2] / "configs" / "maps" / "loop.xodr"


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return parse_road_network(LOOP.read_text(encoding="utf-8"), "loop")


@pytest.fixture(scope="module")
def scene(network: RoadNetwork) -> Scene:
    return build_scene(network, 7)


def test_same_seed_same_scene_another_seed_another(network: RoadNetwork, scene: Scene) -> None:
    again, other = build_scene(network, 7), build_scene(network, 8)
    assert [layer.material for layer in again.layers] == [layer.material for layer in scene.layers]
    for one, two in zip(scene.layers, again.layers, strict=True):
        assert one.mesh.vertices.tobytes() == two.mesh.vertices.tobytes()
        assert one.mesh.triangles.tobytes() == two.mesh.triangles.tobytes()
    assert again.obstacles == scene.obstacles
    assert other.obstacles != scene.obstacles


def _corners(box: Box) -> np.ndarray:
    cos, sin = np.cos(box.yaw_rad), np.sin(box.yaw_rad)
    u = np.array([-1, 1, 1, -1]) * box.half_length_m
    v = np.array([-1, -1, 1, 1]) * box.half_width_m
    return np.stack([box.x_m + u * cos - v * sin, box.y_m + u * sin + v * cos], axis=1)


def _overlaps(box: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Separating axes of one rectangle (4, 2) against quads (N, 4, 2): overlap deeper than a millimetre."""
    hit = np.ones(len(quads), bool)
    box_axes = np.broadcast_to(box[[1, 2]] - box[[0, 1]], (len(quads), 2, 2))
    quad_axes = np.roll(quads, -1, axis=1) - quads
    axes = np.concatenate([box_axes, quad_axes], axis=1)
    length = np.linalg.norm(axes, axis=2)
    axes = np.stack([-axes[..., 1], axes[..., 0]], axis=2) / np.maximum(length, 1e-9)[..., None]
    for k in range(axes.shape[1]):
        one = box @ axes[:, k].T  # (4, N)
        two = np.einsum("nij,nj->ni", quads, axes[:, k])
        apart = (one.max(axis=0) < two.min(axis=1) + 1e-3) | (two.max(axis=1) < one.min(axis=0) + 1e-3)
        hit &= ~(apart & (length[:, k] > 1e-6))
    return hit


def _lane_quads(network: RoadNetwork, sidewalks: bool) -> np.ndarray:
    quads = np.concatenate(
        [
            np.stack([s.vertices[:-1, 0], s.vertices[1:, 0], s.vertices[1:, 1], s.vertices[:-1, 1]], axis=1)[..., :2]
            for s in lane_strips(network, 2.0)
            if sidewalks or s.kind != "sidewalk"
        ]
    ).astype(np.float64)
    return quads[np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1) > 0.02]


def test_no_obstacle_touches_a_road_a_shoulder_or_a_sidewalk(network: RoadNetwork, scene: Scene) -> None:
    """All but the lamps that the map itself puts on its sidewalks; those stay off the carriageway."""
    everywhere, carriageway = _lane_quads(network, True), _lane_quads(network, False)
    assert len(scene.obstacles) > 200
    for obstacle in scene.obstacles:
        quads = carriageway if obstacle.label is Label.POLES else everywhere
        reach = np.hypot(obstacle.half_length_m, obstacle.half_width_m) + 6.0
        near = np.hypot(*(quads.mean(axis=1) - (obstacle.x_m, obstacle.y_m)).T) < reach
        if near.any():
            assert not _overlaps(_corners(obstacle), quads[near]).any(), obstacle


def test_nothing_low_hangs_over_a_lane(network: RoadNetwork, scene: Scene) -> None:
    for layer in scene.layers:
        if layer.foot is None:
            continue
        low = layer.foot[layer.foot[:, 2] < 2.2]
        sample = low[np.random.default_rng(3).permutation(len(low))[:1500]].astype(float)
        found = [network.locate(x, y) for x, y, _ in sample.tolist()]
        kinds = {network.road(at.road_id).section_at(at.s_m).lane(at.lane_id).kind for at in found if at is not None}
        assert kinds <= {"sidewalk"}  # the map's lamps


def test_the_map_s_rails_and_walls_are_obstacles(network: RoadNetwork, scene: Scene) -> None:
    kinds = {"guardRail": Label.GUARD_RAIL, "wall": Label.WALLS}
    for thing in network.objects:
        if thing.kind in kinds:
            middle = thing.line[len(thing.line) // 2]
            same = [box for box in scene.obstacles if box.label is kinds[thing.kind]]
            assert min(np.hypot(box.x_m - middle[0], box.y_m - middle[1]) for box in same) < 2.0


def test_town_and_country_have_what_belongs_there(scene: Scene) -> None:
    labels = {box.label for box in scene.obstacles}
    wanted = {Label.BUILDINGS, Label.POLES, Label.VEGETATION, Label.GUARD_RAIL, Label.WALLS, Label.FENCES}
    assert wanted <= labels


def test_the_ground_passes_below_every_lane(network: RoadNetwork, scene: Scene) -> None:
    ground = next(layer.mesh for layer in scene.layers if layer.material == "ground")
    at = ground.vertices["position"][ground.triangles].astype(float)
    for strip in lane_strips(network, 20.0):
        for x, y, z in strip.vertices[::9].reshape(-1, 3).tolist():
            near = np.flatnonzero(np.abs(at[:, :, :2].mean(axis=1) - (x, y)).max(axis=1) < 40.0)
            a, b, c = at[near, 0], at[near, 1], at[near, 2]
            area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
            u = ((x - a[:, 0]) * (c - a)[:, 1] - (y - a[:, 1]) * (c - a)[:, 0]) / area
            v = ((b - a)[:, 0] * (y - a[:, 1]) - (b - a)[:, 1] * (x - a[:, 0])) / area
            inside = (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6)
            assert inside.any()
            height = a[:, 2] + u * (b - a)[:, 2] + v * (c - a)[:, 2]
            assert np.all(height[inside] < z - 0.01)


def test_chunks_hold_every_triangle_once_within_their_boxes(scene: Scene) -> None:
    for layer in scene.layers:
        assert layer.count.sum() == len(layer.mesh.triangles)
        assert np.array_equal(layer.first, np.concatenate([[0], np.cumsum(layer.count)[:-1]]))
        corners = layer.mesh.vertices["position"][layer.mesh.triangles]
        for first, count, low, high in zip(layer.first, layer.count, layer.low, layer.high, strict=True):
            part = corners[first : first + count]
            assert np.all(part >= low) and np.all(part <= high)


def test_distances_are_measured_to_where_the_chunks_are(scene: Scene) -> None:
    for layer in scene.layers:
        if layer.material == "ground":
            continue
        middle = layer.mesh.vertices["position"][layer.mesh.triangles].mean(axis=1)[:, :2].astype(float)
        cell = np.repeat(layer.cell, layer.count, axis=0)
        assert np.abs(middle - cell).max() <= layer.cell_m / 2 + 1e-3


def test_vertices_are_kept_once_and_triangles_stay_what_they_were(scene: Scene) -> None:
    for layer in scene.layers:
        vertices = layer.mesh.vertices
        assert len(np.unique(vertices.view("V44"))) == len(vertices)
    soup = next(layer for layer in scene.layers if layer.material == "road").mesh
    loose = Mesh(soup.vertices[soup.triangles.ravel()], np.arange(soup.triangles.size, dtype=np.uint32).reshape(-1, 3))
    mended = welded(loose)
    assert len(mended.vertices) == len(np.unique(soup.triangles)) < 0.5 * len(loose.vertices)
    assert (mended.vertices[mended.triangles] == loose.vertices[loose.triangles]).all()


def test_every_plant_is_drawn_once_at_any_distance(scene: Scene) -> None:
    near = next(layer for layer in scene.layers if layer.material == "object" and layer.lasting == 1.0)
    far = next(layer for layer in scene.layers if layer.material == "object" and layer.from_m > 0.0)
    assert near.reach_m == far.from_m
    assert near.cell_m == far.cell_m


def _by_material(chunks: Chunks, view: View) -> dict[str, np.ndarray]:
    parts, counts = chunks.in_sight(view)
    cuts = np.cumsum(list(counts.values()))[:-1]
    return dict(zip(counts, np.split(np.concatenate(parts), cuts), strict=True))


def test_every_triangle_that_shows_is_drawn_and_few_that_do_not(network: RoadNetwork, scene: Scene) -> None:
    """Triangles with a corner inside the picture, of layers without a drawing distance, are all among those found."""
    chunks = Chunks(scene.layers)
    at = network.spawn_points[9]
    view = View(Pose(at.x_m, at.y_m, 1.5, -0.1, at.yaw_rad, 0.05), 90.0, 640, 360)
    found = _by_material(chunks, view)
    for name in ("road", "ground"):
        layer = next(layer for layer in scene.layers if layer.material == name)
        corners = layer.mesh.vertices["position"][layer.mesh.triangles].astype(float)
        clip = np.concatenate([corners, np.ones((*corners.shape[:2], 1))], axis=2) @ clip_from_world(view).T
        shows = np.any(np.all(np.abs(clip[..., :3]) < clip[..., 3:], axis=2), axis=1)
        drawn = {row.tobytes() for row in found[name]}
        assert {row.tobytes() for row in layer.mesh.triangles[shows]} <= drawn
        assert 0 < shows.sum() <= len(drawn) < 0.7 * len(corners)


def test_what_hides_other_things_is_drawn_near_first(network: RoadNetwork, scene: Scene) -> None:
    chunks = Chunks(scene.layers)
    at = network.spawn_points[9]
    found = _by_material(chunks, View(Pose(at.x_m, at.y_m, 1.5, 0.0, at.yaw_rad, 0.0), 90.0, 640, 360))["object"]
    corners = vertices_of(scene.layers, "object")["position"]
    away = np.hypot(*(corners[found].mean(axis=1)[:, :2] - (at.x_m, at.y_m)).T)
    assert np.mean(away[: len(away) // 4]) < 0.5 * np.mean(away[-len(away) // 4 :])


def test_distance_to_the_road_is_that_of_the_lanes(network: RoadNetwork) -> None:
    strips = lane_strips(network, 2.0)
    terrain = survey(strips, np.random.default_rng(0))
    points = np.concatenate([strip.vertices.reshape(-1, 3) for strip in strips])[:, :2].astype(float)
    rng = np.random.default_rng(1)
    for x, y in rng.uniform(points.min(axis=0) - 100, points.max(axis=0) + 100, (200, 2)).tolist():
        if network.locate(x, y) is not None:
            continue
        exact = np.hypot(*(points - (x, y)).T).min()  # of the strips' corners: at most half a step farther
        assert terrain.distance(x, y) == pytest.approx(exact, abs=1.7 + 0.02 * exact)  # the transform is 2 % exact


def test_coarse_pictures_leave_out_what_is_far_and_fine(network: RoadNetwork, scene: Scene) -> None:
    """Paint and paving end sooner in a picture of fewer pixels, never the road; what is near is drawn in both."""
    chunks = Chunks(scene.layers)
    at = network.spawn_points[9]
    here = np.array([at.x_m, at.y_m])
    farthest_m = {}
    for width, height in ((640, 360), (200, 100)):
        found = _by_material(chunks, View(Pose(at.x_m, at.y_m, 1.5, 0.0, at.yaw_rad, 0.0), 90.0, width, height))
        for name in ("mark", "paving", "road"):
            corners = vertices_of(scene.layers, name)["position"][:, :2]
            away = np.hypot(*(corners[found[name]].mean(axis=1) - here).T)
            farthest_m[name, width] = away.max()
            assert np.sum(away < 40.0) > 20
    assert farthest_m["mark", 200] < 200.0 < farthest_m["mark", 640]
    assert farthest_m["paving", 200] < farthest_m["paving", 640]
    assert farthest_m["road", 200] == farthest_m["road", 640]
