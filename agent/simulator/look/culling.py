"""View -> triangles that may be in sight, by material, near ones first. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np
import numpy.typing as npt

from agent.simulator.look.camera import frustum_planes, sharpness
from agent.simulator.look.scene import Layer
from agent.simulator.nouns import View

Indices = npt.NDArray[np.uint32]
Distances = npt.NDArray[np.float64]

_HIDE_EACH_OTHER = ("object", "cutout")  # what lies on the ground does not


class Turns:
    """Which chunks are drawn as seen from where: near and far versions of a thing take turns.

    Args:
        layers: chunks (C,) are counted through all of them.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._cells = np.ascontiguousarray(np.concatenate([layer.cell for layer in layers]).T)
        self._half_cell = _spread(layers, [layer.cell_m / 2.0 for layer in layers])
        self._from = _spread(layers, [layer.from_m for layer in layers])
        self._reach = _spread(layers, [layer.reach_m for layer in layers])
        self._lasting = np.maximum(_spread(layers, [layer.lasting for layer in layers]), 1e-9)
        self._within: dict[float, tuple[Distances, Distances]] = {}

    def at(self, x_m: float, y_m: float, fineness: float = 1.0) -> tuple[npt.NDArray[np.bool_], Distances]:
        """Whose turn it is (C,) as seen from a place, and the squares of how far away (C,) [m2] the chunks are."""
        if fineness not in self._within:  # as many as there are sizes of pictures
            reach = self._reach * np.minimum(fineness / self._lasting, 1.0)
            self._within[fineness] = (self._from * fineness) ** 2, reach**2
        nearest, farthest = self._within[fineness]
        gap = self._cells - ((x_m,), (y_m,))
        np.abs(gap, out=gap)
        gap -= self._half_cell
        np.maximum(gap, 0.0, out=gap)
        gap *= gap
        away = np.add(*gap)
        return (away < farthest) & (away >= nearest), away


class Chunks:
    """The chunks of all layers in one table, so that a frame asks once for all of them.

    Attributes:
        materials: in the order of their first layers.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.materials = tuple(dict.fromkeys(layer.material for layer in layers))
        grouped = [[layer for layer in layers if layer.material == name] for name in self.materials]
        self._things = {
            name: np.concatenate([layer.mesh.vertices["thing"] for layer in group])
            for name, group in zip(self.materials, grouped, strict=True)
        }
        self._all = self._triangles = [triangles for group in grouped for triangles in _by_chunk(group)]
        self._count = _lengths(self._triangles)
        ordered = [layer for group in grouped for layer in group]
        low, high = (np.concatenate([getattr(layer, name) for layer in ordered]) for name in ("low", "high"))
        one = np.ones((len(low), 1))
        self._boxes = np.ascontiguousarray(np.hstack([(high + low) / 2.0, one, (high - low) / 2.0]).T)
        self._turns = Turns(ordered)
        self._material = _spread(ordered, [self.materials.index(layer.material) for layer in ordered]).astype(np.intp)
        self._sorted = _spread(ordered, [layer.material in _HIDE_EACH_OTHER for layer in ordered])
        self._block = 1e12 * self._material  # beyond any square of a distance

    def in_sight(self, view: View) -> tuple[list[Indices], dict[str, int]]:
        """What may be in sight: chunks whose boxes meet the view frustum and whose turn it is.

        Returns:
            Their triangles (T, 3), material by material, and the number of triangles of each material.
        """
        turn, away = self._turns.at(view.pose.x_m, view.pose.y_m, sharpness(view))
        theirs = np.flatnonzero(turn)
        weights = np.array([(a, b, c, d, abs(a), abs(b), abs(c)) for a, b, c, d in frustum_planes(view)])
        beyond = np.einsum("pk,kc->pc", weights, self._boxes.take(theirs, axis=1))  # BLAS would wake its threads
        seen = theirs[beyond.min(axis=0) >= 0.0]
        seen = seen[np.argsort(self._block[seen] + away[seen] * self._sorted[seen], kind="stable")]
        parts = [self._triangles[chunk] for chunk in seen.tolist()]
        counts = np.bincount(self._material[seen], self._count[seen], len(self.materials))
        return parts, dict(zip(self.materials, counts.astype(int).tolist(), strict=True))

    def hide(self, numbers: Set[int]) -> None:
        """Leave these objects of the scenery out from now on, and no others."""
        gone = np.fromiter(numbers, np.uint32, len(numbers))
        out = {name: np.isin(things, gone) for name, things in self._things.items()}
        materials = [self.materials[material] for material in self._material.tolist()]
        self._triangles = [
            triangles[~out[material][triangles[:, 0]]] if out[material].any() else triangles
            for triangles, material in zip(self._all, materials, strict=True)
        ]
        self._count = _lengths(self._triangles)


def vertices_of(layers: Sequence[Layer], material: str) -> npt.NDArray[np.void]:
    """Those of a material's layers one after the other; indices of its chunks count from their start."""
    return np.concatenate([layer.mesh.vertices for layer in layers if layer.material == material])


def _spread(layers: Sequence[Layer], values: Sequence[float]) -> Distances:
    """A value of each layer for each of its chunks."""
    return np.repeat(np.array(values, np.float64), [len(layer.first) for layer in layers])


def _lengths(parts: Sequence[Indices]) -> Distances:
    return np.array([len(part) for part in parts], np.float64)


def _by_chunk(layers: Sequence[Layer]) -> list[Indices]:
    """Triangles of each chunk, counted from the first vertex of the first layer."""
    parts, start = [], 0
    for layer in layers:
        triangles = layer.mesh.triangles + np.uint32(start) if start else layer.mesh.triangles
        parts += np.split(triangles, layer.first[1:])
        start += len(layer.mesh.vertices)
    return parts
