"""The scenery's objects: which vertices are of which, where each stands, which obstacle is whose. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from agent.simulator.look.meshes import Array, Mesh
from agent.simulator.nouns import Box, Label, Thing

Numbers = npt.NDArray[np.uint32]


def stamped(number: int, *meshes: Mesh) -> None:
    """Write on meshes which object they are of."""
    for mesh in meshes:
        mesh.vertices["thing"] = number


def number_the_rest(meshes: Iterable[Mesh], last: int) -> int:
    """Every mesh without a number becomes an object of its own; returns the last number given."""
    for mesh in meshes:
        if len(mesh.vertices) and not mesh.vertices["thing"].all():
            last += 1
            mesh.vertices["thing"][mesh.vertices["thing"] == 0] = last
    return last


@dataclass(frozen=True, slots=True, eq=False)
class _Extents:
    """Upright bounds of all objects: number (N,), label (N,), low and high (N, 3) [m]."""

    number: Numbers
    label: npt.NDArray[np.uint8]
    low: Array
    high: Array


def _measured(number: Numbers, label: npt.NDArray[np.uint8], at: Array) -> _Extents:
    """Bounds of points by the object they are of; numbers are sorted."""
    found, first = np.unique(number, return_index=True)
    return _Extents(found, label[first], np.minimum.reduceat(at, first), np.maximum.reduceat(at, first))


def catalogue(meshes: Sequence[Mesh], obstacles: Sequence[Box]) -> tuple[tuple[Thing, ...], tuple[Box, ...]]:
    """All objects by number, and the obstacles with the number of the object each belongs to.

    An object with one obstacle takes its heading from it, others lie along the axes.
    """
    number = np.concatenate([mesh.vertices["thing"] for mesh in meshes])
    order = np.argsort(number, kind="stable")
    number = number[order]
    label = np.concatenate([mesh.vertices["kind"][:, 1] for mesh in meshes])[order]
    at = np.concatenate([mesh.vertices["position"] for mesh in meshes])[order].astype(np.float64)
    owned = _owned(obstacles, _measured(number, label, at))
    yaw_of: dict[int, float] = {}
    for box in owned:
        yaw_of[box.thing] = 0.0 if box.thing in yaw_of else box.yaw_rad
    yaw = np.array([yaw_of.get(n, 0.0) for n in range(int(number[-1]) + 1)])
    cos, sin = np.cos(yaw)[number], np.sin(yaw)[number]
    along = np.stack([at[:, 0] * cos + at[:, 1] * sin, at[:, 1] * cos - at[:, 0] * sin, at[:, 2]], axis=1)
    turned = _measured(number, label, along)
    middle, half = (turned.low + turned.high) / 2.0, (turned.high - turned.low) / 2.0
    cos, sin = np.cos(yaw[turned.number]), np.sin(yaw[turned.number])
    x, y = middle[:, 0] * cos - middle[:, 1] * sin, middle[:, 0] * sin + middle[:, 1] * cos
    rows = np.column_stack([turned.number, turned.label, x, y, middle[:, 2], yaw[turned.number], half]).tolist()
    return tuple(_thing(int(n), Label(int(label)), row) for n, label, *row in rows), owned


def _thing(number: int, label: Label, row: Sequence[float]) -> Thing:
    x, y, z, yaw, half_length, half_width, half_height = row
    return Thing(number, label, Box(x, y, z, yaw, half_length, half_width, half_height, label, number))


def _owned(obstacles: Sequence[Box], bounds: _Extents) -> tuple[Box, ...]:
    """Obstacles without a number get that of the nearest object of their label that has their middle within."""
    owned = []
    middle = (bounds.low + bounds.high) / 2.0
    for box in obstacles:
        at = np.array([box.x_m, box.y_m, box.z_m])
        within = (bounds.label == box.label) & np.all((bounds.low <= at) & (bounds.high >= at), axis=1)
        inside = np.flatnonzero(within) if not box.thing else ()
        if len(inside):
            nearest = inside[np.argmin(np.linalg.norm(middle[inside] - at, axis=1))]
            box = replace(box, thing=int(bounds.number[nearest]))  # noqa: PLW2901
        owned.append(box)
    return tuple(owned)
