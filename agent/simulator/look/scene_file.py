"""A scene as one file and back: bare arrays in a .npz, nothing that could run; what does not fit is refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.simulator.look.lamp_light import LampField
from agent.simulator.look.meshes import VERTEX, Mesh
from agent.simulator.look.scene import Layer, Scene
from agent.simulator.nouns import Box, Label, Lamp, Thing

MAX_FILE_BYTES = 512 << 20
_MATERIALS = {"road", "mark", "paving", "object", "cutout", "ground"}
_PICTURES = ("still_light", "asphalt", "grass", "clouds", "walls", "cutouts")
_CHUNKS = ("first", "count", "low", "high", "cell")
_Array = npt.NDArray[Any]


class SceneFileError(ValueError):
    """A file that holds no scene."""


def write_scene(path: Path, scene: Scene) -> None:
    """Write a scene.

    Raises:
        OSError: it cannot be written.
    """
    arrays: dict[str, _Array] = {name: getattr(scene, name) for name in _PICTURES}
    layers = []
    for row, layer in enumerate(scene.layers):
        arrays |= {f"{row}.{name}": getattr(layer, name) for name in _CHUNKS}
        arrays |= {f"{row}.vertices": layer.mesh.vertices, f"{row}.triangles": layer.mesh.triangles}
        if layer.foot is not None:
            arrays[f"{row}.foot"] = layer.foot
        layers.append([layer.material, layer.cell_m, layer.from_m, layer.reach_m, layer.fine])
    field = scene.lamp_field
    arrays["obstacles"] = np.array([_row(box) for box in scene.obstacles], np.float64).reshape(-1, 9)
    arrays["things"] = np.array(
        [[thing.number, thing.label, *_row(thing.box)] for thing in scene.things], np.float64
    ).reshape(-1, 11)
    lamps = [
        [lamp.number, lamp.x_m, lamp.y_m, lamp.z_m, height]
        for lamp, height in zip(field.lamps, field.height_m, strict=True)
    ]
    arrays["lamps"] = np.array(lamps, np.float64).reshape(-1, 5)
    raster = [float(field.x_m), float(field.y_m), float(field.cell_m), *map(int, field.shape)]
    plan = {"layers": layers, "light_place": [float(value) for value in scene.light_place], "raster": raster}
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, plan=np.frombuffer(json.dumps(plan).encode(), np.uint8), **arrays)


def read_scene(path: Path) -> Scene:
    """Read a scene.

    Raises:
        OSError: no file there.
        SceneFileError: it holds something else, or is broken.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise SceneFileError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MB")
    if not zipfile.is_zipfile(path):
        raise SceneFileError(f"{path} is no .npz")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _scene(arrays, json.loads(arrays["plan"].tobytes()))
    except (ValueError, KeyError, TypeError, IndexError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise SceneFileError(f"{path} holds no scene: {error}") from error


def _scene(arrays: Mapping[str, _Array], plan: dict[str, Any]) -> Scene:
    x_m, y_m, cell_m, rows, columns = plan["raster"]
    lamps = arrays["lamps"].tolist()
    stand = tuple(Lamp(int(number), x, y, z) for number, x, y, z, _ in lamps)
    left, top, wide, deep = plan["light_place"]
    still, asphalt, grass, clouds, walls, cutouts = (_picture(arrays[name]) for name in _PICTURES)
    return Scene(
        layers=tuple(_layer(arrays, row, told) for row, told in enumerate(plan["layers"])),
        obstacles=tuple(_box(row) for row in arrays["obstacles"].tolist()),
        things=tuple(Thing(int(row[0]), Label(int(row[1])), _box(row[2:])) for row in arrays["things"].tolist()),
        light_place=(left, top, wide, deep),
        lamp_field=LampField(stand, tuple(row[4] for row in lamps), x_m, y_m, cell_m, (rows, columns)),
        still_light=still,
        asphalt=asphalt,
        grass=grass,
        clouds=clouds,
        walls=walls,
        cutouts=cutouts,
    )


def _layer(arrays: Mapping[str, _Array], row: int, told: Sequence[Any]) -> Layer:
    material, cell_m, from_m, reach_m, fine = told
    vertices, triangles = arrays[f"{row}.vertices"], arrays[f"{row}.triangles"]
    first, count, low, high, cell = (arrays[f"{row}.{name}"] for name in _CHUNKS)
    foot = arrays.get(f"{row}.foot")
    fits = material in _MATERIALS and vertices.dtype == VERTEX and triangles.dtype == np.uint32
    fits = fits and triangles.shape[1:] == (3,) and first.dtype == count.dtype == np.int64
    if not fits or (triangles.size and triangles.max() >= len(vertices)):
        raise SceneFileError(f"layer {row} is none")
    chunks = {(len(first),) == first.shape == count.shape, (first + count <= len(triangles)).all(), (count >= 0).all()}
    boxes = low.shape == high.shape == (len(first), 3) and cell.shape == (len(first), 2) and (first >= 0).all()
    if chunks != {True} or not boxes or (foot is not None and (foot.shape != (len(vertices), 3))):
        raise SceneFileError(f"the chunks of layer {row} are none")
    return Layer(
        material,
        Mesh(vertices.view(VERTEX), triangles),
        first,
        count,
        low,
        high,
        cell,
        cell_m,
        from_m,
        reach_m,
        bool(fine),
        foot,
    )


def _picture(pixels: _Array) -> npt.NDArray[np.uint8]:
    if pixels.dtype != np.uint8 or pixels.ndim not in (3, 4):
        raise SceneFileError(f"a picture is {pixels.dtype} {pixels.shape}")
    return pixels


def _row(box: Box) -> Sequence[float]:
    half = (box.half_length_m, box.half_width_m, box.half_height_m)
    return (box.x_m, box.y_m, box.z_m, box.yaw_rad, *half, float(box.label), float(box.thing))


def _box(row: Sequence[float]) -> Box:
    x, y, z, yaw, half_length, half_width, half_height, label, thing = row
    return Box(x, y, z, yaw, half_length, half_width, half_height, Label(int(label)), int(thing))
