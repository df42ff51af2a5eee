"""A scene as one file of bare arrays and back; what does not fit together is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.simulator.look.array_file import ArrayFileError, let_go, read_arrays, write_arrays
from agent.simulator.look.lamp_light import LampField
from agent.simulator.look.meshes import VERTEX, Mesh
from agent.simulator.look.scene import Layer, Scene
from agent.simulator.nouns import Box, Label, Lamp, Thing

_MATERIALS = {"road", "mark", "paving", "object", "cutout", "ground"}
_PICTURES = ("still_light", "asphalt", "grass", "clouds", "walls", "cutouts")
_CHUNKS = ("first", "count", "low", "high", "cell")
_Array = npt.NDArray[Any]


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
        layers.append([layer.material, layer.cell_m, layer.from_m, layer.reach_m, layer.lasting])
    field = scene.lamp_field
    arrays["obstacles"] = np.array([_row(box) for box in scene.obstacles], np.float64).reshape(-1, 9)
    things = [[thing.number, thing.label, *_row(thing.box)] for thing in scene.things]
    arrays["things"] = np.array(things, np.float64).reshape(-1, 11)
    heads = zip(field.lamps, field.height_m, strict=True)
    lamps = [[lamp.number, lamp.x_m, lamp.y_m, lamp.z_m, height] for lamp, height in heads]
    arrays["lamps"] = np.array(lamps, np.float64).reshape(-1, 5)
    raster = [float(field.x_m), float(field.y_m), float(field.cell_m), *map(int, field.shape)]
    place = [float(value) for value in scene.light_place]
    write_arrays(path, arrays, {"layers": layers, "light_place": place, "raster": raster})


def read_scene(path: Path) -> Scene:
    """Read a scene; its arrays lie in the file, mapped and read-only.

    Raises:
        OSError: no file there.
        ArrayFileError: it holds something else, or is broken.
    """
    arrays, plan = read_arrays(path)
    try:
        return _scene(arrays, plan)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ArrayFileError(f"{path} holds no scene: {error}") from error


def rest(scene: Scene) -> None:
    """Take a scene that was read out of the resident memory; what is touched of it comes back from its file."""
    let_go(scene.asphalt)


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
    material, cell_m, from_m, reach_m, lasting = told
    vertices, triangles = arrays[f"{row}.vertices"], arrays[f"{row}.triangles"]
    first, count, low, high, cell = (arrays[f"{row}.{name}"] for name in _CHUNKS)
    foot = arrays.get(f"{row}.foot")
    number = len(first)
    shapes = {
        "vertices": (vertices, VERTEX, (len(vertices),)),
        "triangles": (triangles, np.uint32, (len(triangles), 3)),
        "first": (first, np.int64, (number,)),
        "count": (count, np.int64, (number,)),
        "low": (low, np.float32, (number, 3)),
        "high": (high, np.float32, (number, 3)),
        "cell": (cell, np.float64, (number, 2)),
        "foot": (vertices["position"] if foot is None else foot, np.float32, (len(vertices), 3)),
    }
    for name, (array, dtype, shape) in shapes.items():
        if array.dtype != dtype or array.shape != shape:
            raise ArrayFileError(f"{name} of layer {row} are {array.dtype} {array.shape}")
    within = (first >= 0).all() and (count >= 0).all() and (first + count <= len(triangles)).all()
    if material not in _MATERIALS or not within or (triangles.size and triangles.max() >= len(vertices)):
        raise ArrayFileError(f"the chunks or the triangles of layer {row} do not fit")
    mesh = Mesh(vertices, triangles)
    return Layer(material, mesh, first, count, low, high, cell, cell_m, from_m, reach_m, lasting, foot)


def _picture(pixels: _Array) -> npt.NDArray[np.uint8]:
    if pixels.dtype != np.uint8 or pixels.ndim not in (3, 4):
        raise ArrayFileError(f"a picture is {pixels.dtype} {pixels.shape}")
    return pixels


def _row(box: Box) -> Sequence[float]:
    half = (box.half_length_m, box.half_width_m, box.half_height_m)
    return (box.x_m, box.y_m, box.z_m, box.yaw_rad, *half, float(box.label), float(box.thing))


def _box(row: Sequence[float]) -> Box:
    x, y, z, yaw, half_length, half_width, half_height, label, thing = row
    return Box(x, y, z, yaw, half_length, half_width, half_height, Label(int(label)), int(thing))
