"""Rays through the scene the pictures show: the same triangles, the same cut-outs, the same versions of a tree."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.simulator.look.culling import Turns
from agent.simulator.look.ray_actors import meet_actors
from agent.simulator.look.ray_marks import Marks
from agent.simulator.look.ray_mesh import Array, Index, Met, RayMesh
from agent.simulator.look.scene import Layer, Scene
from agent.simulator.nouns import ActorLook, Hits, Label

_STEP_M = 1e-3  # beyond a leaf's hole or a wall's back the ray goes on from here
_MOST_PASSES = 48
_OPAQUE = 0.42 * 255.0  # as in `cutout.glsl`
_PAINTED = (Label.ROADS, Label.SIDEWALKS, Label.GROUND, Label.TERRAIN)
Flags = npt.NDArray[np.bool_]


class RayScene:
    """What a scene is to a ray; built when it is first asked to be ready, or with the first ray."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._hidden: Set[int] = frozenset()

    def hide(self, numbers: Set[int]) -> None:
        """Let rays through these objects of the scenery, and through no others."""
        self._hidden = frozenset(numbers)

    def prepare(self) -> None:
        """Build what rays go through, if that is not done: a second on a map of a megabyte."""
        _ = self._still, self._marks

    def cast(
        self, origin: Array, direction: Array, reach_m: float, actors: Sequence[ActorLook], *, scenery: bool = True
    ) -> Hits:
        """What rays meet first.

        Args:
            origin: (N, 3) [m]; what is drawn of trees depends on the distance from the first.
            direction: (N, 3) unit.
            reach_m: how far they go.
            actors: who stands in the scene.
            scenery: False goes through all but the actors.
        """
        number = len(origin)
        hits = Hits(
            np.full(number, np.inf),
            np.zeros((number, 3)),
            np.zeros(number, np.uint8),
            np.zeros(number, np.uint32),
            np.zeros(number, np.uint32),
        )
        if scenery and number:
            self._still.meet(hits, origin, direction, reach_m, self._hidden)
            self._marks.paint(hits, origin, direction, np.flatnonzero(np.isin(hits.label, _PAINTED)))
        if number:
            meet_actors(hits, origin, direction, reach_m, actors)
        return hits

    @cached_property
    def _still(self) -> _Still:
        return _Still(self._scene)

    @cached_property
    def _marks(self) -> Marks:
        return Marks(self._scene)


class _Still:
    """All layers but the marks as one mesh."""

    def __init__(self, scene: Scene) -> None:
        layers = [layer for layer in scene.layers if layer.material != "mark"]
        self._turns, self._cutouts = Turns(layers), scene.cutouts
        starts = np.cumsum([0] + [len(layer.mesh.vertices) for layer in layers])
        joined = zip(layers, starts.tolist(), strict=False)
        triangles = np.concatenate([layer.mesh.triangles + np.uint32(start) for layer, start in joined])
        self._mesh = RayMesh(_of_vertices(layers, "position"), triangles)
        self._kind, self._thing = _of_vertices(layers, "kind"), _of_vertices(layers, "thing")
        self._uv = _of_vertices(layers, "uv")
        per_chunk = np.concatenate([layer.count for layer in layers])
        self._chunk = np.repeat(np.arange(len(per_chunk), dtype=np.int32), per_chunk)
        leafy = [layer.material == "cutout" for layer in layers]
        self._leafy = np.repeat(leafy, [len(layer.first) for layer in layers])

    def meet(self, hits: Hits, origin: Array, direction: Array, reach_m: float, hidden: Set[int]) -> None:
        """Enter what the rays meet first."""
        shown = self._turns.at(*origin[0, :2].tolist())[0]
        gone = np.fromiter(hidden, np.uint32, len(hidden))
        left: Index = np.arange(len(origin))
        start: Array = np.zeros(len(origin))
        for _ in range(_MOST_PASSES):
            way = direction[left]
            met = self._mesh.first(origin[left] + start[:, None] * way, way, reach_m - start)
            distance = met.distance_m + start[met.ray]
            thing = self._thing[self._mesh.corner(met.triangle, 0)]
            stops = self._stops(met, way[met.ray]) & shown[self._chunk[met.triangle]]
            if len(gone):
                stops &= ~np.isin(thing, gone)
            stops &= distance < reach_m
            self._enter(hits, left[met.ray[stops]], met.only(stops), distance[stops], way)
            goes_on = ~stops & (distance < reach_m)
            left, start = left[met.ray[goes_on]], distance[goes_on] + _STEP_M
            if not len(left):
                return

    def _stops(self, met: Met, way: Array) -> Flags:
        """Whether a triangle stops the ray: from its front, or a leaf where there is one."""
        front: Flags = np.einsum("nk,nk->n", met.normal, way) < 0.0
        leaf = self._leafy[self._chunk[met.triangle]]
        if leaf.any():
            some = met.only(leaf)
            corners = [self._mesh.corner(some.triangle, k) for k in range(3)]
            a, b, c = (self._uv[corner] for corner in corners)
            place = a + some.u[:, None] * (b - a) + some.v[:, None] * (c - a)
            rows, columns = self._cutouts.shape[1:3]
            column, row = np.floor(place * (columns, rows)).astype(np.int64).T
            layer = self._kind[corners[0], 0]
            front[leaf] = self._cutouts[layer, row % rows, column % columns, 3] >= _OPAQUE
        return front

    def _enter(self, hits: Hits, ray: Index, met: Met, distance: Array, way: Array) -> None:
        away = np.einsum("nk,nk->n", met.normal, way[met.ray]) > 0.0  # the back of a leaf
        corner = self._mesh.corner(met.triangle, 0)
        hits.distance_m[ray] = distance
        hits.normal[ray] = np.where(away[:, None], -met.normal, met.normal)
        hits.label[ray] = self._kind[corner, 1]
        hits.thing[ray] = self._thing[corner]


def _of_vertices(layers: Sequence[Layer], name: str) -> npt.NDArray[Any]:
    """One attribute of the vertices of all layers."""
    return np.concatenate([layer.mesh.vertices[name] for layer in layers])
