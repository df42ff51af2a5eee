"""Scenes kept on the disk: the same as those made, and made again when the file is none."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.simulator.look.array_file import ArrayFileError
from agent.simulator.look.scene import Scene
from agent.simulator.look.scene_file import read_scene, rest, write_scene
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.scene_shelf import SceneShelf
from tests.simulator.conftest import straight_map_text


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return parse_road_network(straight_map_text(), "straight")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache") / "scenes"


@pytest.fixture(scope="module")
def made(network, folder) -> Scene:
    return SceneShelf(folder).scene(network, 0)


def bits(value: object):
    """All of a scene, arrays as their types and bytes."""
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tobytes()
    if isinstance(value, tuple):
        return tuple(bits(entry) for entry in value)
    if hasattr(value, "__slots__"):
        return tuple(bits(getattr(value, name)) for name in value.__slots__)
    return value


def test_a_kept_scene_is_the_one_that_was_made(made, network, folder, monkeypatch) -> None:
    monkeypatch.setattr("agent.simulator.scene_shelf.build_scene", None)  # whoever makes one now fails
    kept = SceneShelf(folder).scene(network, 0)
    assert bits(kept) == bits(made)
    rest(kept)
    assert bits(kept) == bits(made)
    assert made.things and made.obstacles and any(layer.foot is not None for layer in made.layers)
    assert {path.suffix for path in folder.iterdir()} <= {".scene", ".shaders"}


def test_another_seed_map_or_name_is_another_scene(made, network, folder, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr("agent.simulator.scene_shelf.build_scene", lambda *args: asked.append(args) or made)
    shelf = SceneShelf(folder)
    shelf.scene(network, 1)
    shelf.scene(parse_road_network(straight_map_text(), "other"), 0)
    shelf.scene(parse_road_network(straight_map_text().replace('max="50"', 'max="60"'), "straight"), 0)
    assert len(asked) == 3


@pytest.mark.parametrize("spoil", ["cut", "empty", "garbage", "bit", "folder"])
def test_a_broken_file_is_made_again(spoil, made, network, tmp_path, monkeypatch) -> None:
    shelf = SceneShelf(tmp_path)
    monkeypatch.setattr("agent.simulator.scene_shelf.build_scene", lambda *_: made)
    shelf.scene(network, 0)
    (path,) = tmp_path.glob("*.scene")
    whole = path.read_bytes()
    half = len(whole) // 2
    flipped = whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :]
    if spoil == "folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes({"cut": whole[:half], "empty": b"", "garbage": b"SCENE-01" * 99, "bit": flipped}[spoil])
        with pytest.raises(ArrayFileError):
            read_scene(path)
    assert bits(shelf.scene(network, 0)) == bits(made)
    assert spoil == "folder" or bits(read_scene(path)) == bits(made)


def spoilt(made: Scene, how: str) -> Scene:
    first, *others = made.layers
    triangles, count = first.mesh.triangles.copy(), first.count.copy()
    if how == "an index beyond the vertices":
        triangles[-1, -1] = len(first.mesh.vertices)
    else:
        count[-1] += 1
    layer = replace(first, mesh=replace(first.mesh, triangles=triangles), count=count)
    return replace(made, layers=(layer, *others))


@pytest.mark.parametrize("how", ["an index beyond the vertices", "a chunk beyond the triangles"])
def test_what_does_not_fit_together_is_no_scene(how, made, tmp_path) -> None:
    write_scene(tmp_path / "spoilt", spoilt(made, how))
    with pytest.raises(ArrayFileError):
        read_scene(tmp_path / "spoilt")


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b'"u4"', b'"O4"'),  # a type that could hold anything
        (b'"u4"', b'"f4"'),
        (b'"lamps"', b'"lumps"'),
        (b'"f8", [', b'"f8", -'),
        (b'"road"', b'"rope"'),
        (b'"arrays": {', b'"arrays": ['),
    ],
)
def test_a_header_that_says_something_else_is_refused(said, instead, made, tmp_path) -> None:
    write_scene(tmp_path / "spoilt", made)
    content = (tmp_path / "spoilt").read_bytes()
    assert said in content
    (tmp_path / "spoilt").write_bytes(content.replace(said, instead, 1))
    with pytest.raises(ArrayFileError):
        read_scene(tmp_path / "spoilt")


def test_the_folder_is_bounded_and_the_oldest_go_first(made, network, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("agent.simulator.scene_shelf.build_scene", lambda *_: made)
    SceneShelf(tmp_path).scene(network, 0)
    (first,) = tmp_path.glob("*.scene")
    shelf = SceneShelf(tmp_path, most_bytes=2 * first.stat().st_size)
    os.utime(first, (1.0, 1.0))
    shelf.scene(network, 1)
    shelf.scene(network, 0)  # used just now: no longer the oldest
    (second,) = set(tmp_path.glob("*.scene")) - {first}
    os.utime(second, (2.0, 2.0))
    (tmp_path / "killed.unfinished").write_bytes(b"half")
    os.utime(tmp_path / "killed.unfinished", (1.0, 1.0))
    shelf.scene(network, 2)
    assert first.exists() and not second.exists() and len(list(tmp_path.glob("*.scene"))) == 2


def test_where_nothing_can_be_kept_scenes_are_made(made, network, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("agent.simulator.scene_shelf.build_scene", lambda *_: made)
    (tmp_path / "file").write_text("in the way")
    assert SceneShelf(tmp_path / "file" / "scenes").scene(network, 0) is made
    assert SceneShelf(None).scene(network, 0) is made
