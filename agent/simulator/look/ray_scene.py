"""Rays through the scene the pictures show: the same triangles, the same cut-outs, the same versions of a tree."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property

import numpy as np
import numpy.typing as npt

from agent.simulator.look.culling import Chunks
from agent.simulator.look.ray_actors import meet_actors
from agent.simulator.look.ray_marks import Marks
from agent.simulator.look.ray_mesh import Array, Index, RayMesh
from agent.simulator.look.scene import Scene
from agent.simulator.nouns import ActorLook, Hits, Label

_STEP_M = 1e-3  # beyond a leaf's hole or a wall's back the ray goes on from here
_MOST_PASSES = 48
_OPAQUE = 0.42 * 255.0  # as in `cutout.glsl`
_PAINTED = (Label.ROADS, Label.SIDEWALKS, Label.GROUND, Label.TERRAIN)
Flags = npt.NDArray[np.bool_]


class RayScene:
    """What a scene is to a ray; built when the first one is cast."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._hidden: Set[int] = frozenset()

    def hide(self, numbers: Set[int]) -> None:
        """Let rays through these objects of the scenery, and through no others."""
        self._hidden = frozenset(numbers)

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
        self._chunks = chunks = Chunks(scene.layers)
        self._cutouts = scene.cutouts
        corners, uv, kinds, things, chunk, leaves = [], [], [], [], [], []
        for material in chunks.materials:
            if material == "mark":
                continue
            triangles, of_chunk = chunks.of_material(material)
            vertices = chunks.vertices[material]
            corners.append(vertices["position"][triangles])
            first = vertices[triangles[:, 0]]
            kinds.append(first["kind"])
            things.append(first["thing"])
            chunk.append(of_chunk)
            leaves.append(np.full(len(triangles), material == "cutout"))
            uv.append(vertices["uv"][triangles])
        self._mesh = RayMesh(np.concatenate(corners))
        self._uv, self._kind = np.concatenate(uv), np.concatenate(kinds)
        self._thing, self._chunk, self._leaf = np.concatenate(things), np.concatenate(chunk), np.concatenate(leaves)

    def meet(self, hits: Hits, origin: Array, direction: Array, reach_m: float, hidden: Set[int]) -> None:
        """Enter what the rays meet first."""
        shown = self._chunks.turns(*origin[0, :2].tolist())[0]
        gone = np.fromiter(hidden, np.uint32, len(hidden))
        left: Index = np.arange(len(origin))
        start: Array = np.zeros(len(origin))
        for _ in range(_MOST_PASSES):
            way = direction[left]
            triangle, distance, u, v = self._mesh.first(origin[left] + start[:, None] * way, way, reach_m - start)
            distance += start
            met = (triangle >= 0) & (distance < reach_m)
            left, triangle, distance, way = left[met], triangle[met], distance[met], way[met]
            stops = self._stops(triangle, u[met], v[met], way) & shown[self._chunk[triangle]]
            if len(gone):
                stops &= ~np.isin(self._thing[triangle], gone)
            self._enter(hits, left[stops], triangle[stops], distance[stops], way[stops])
            left, start = left[~stops], distance[~stops] + _STEP_M
            if not len(left):
                return

    def _stops(self, triangle: Index, u: Array, v: Array, way: Array) -> Flags:
        """Whether a triangle stops the ray: from its front, or a leaf where there is one."""
        front: Flags = np.einsum("nk,nk->n", self._mesh.normal[triangle], way) < 0.0
        leaf = np.flatnonzero(self._leaf[triangle])
        if len(leaf):
            a, b, c = (self._uv[triangle[leaf], k] for k in range(3))
            u, v = u[leaf, None], v[leaf, None]
            place = a + u * (b - a) + v * (c - a)
            rows, columns = self._cutouts.shape[1:3]
            column, row = np.floor(place * (columns, rows)).astype(np.int64).T
            layer = self._kind[triangle[leaf], 0]
            front[leaf] = self._cutouts[layer, row % rows, column % columns, 3] >= _OPAQUE
        return front

    def _enter(self, hits: Hits, ray: Index, triangle: Index, distance: Array, way: Array) -> None:
        normal = self._mesh.normal[triangle]
        away = np.einsum("nk,nk->n", normal, way) > 0.0  # the back of a leaf
        hits.distance_m[ray] = distance
        hits.normal[ray] = np.where(away[:, None], -normal, normal)
        hits.label[ray] = self._kind[triangle, 1]
        hits.thing[ray] = self._thing[triangle]
