"""Painted lines under rays: they lie on what was met and change nothing but what it is."""

from __future__ import annotations

import numpy as np

from agent.simulator.look.culling import Chunks
from agent.simulator.look.ray_mesh import Array, Index, RayMesh
from agent.simulator.look.scene import Scene
from agent.simulator.nouns import Hits, Label

_ABOVE_M = 0.06  # a line lies no higher above the surface it is painted on


class Marks:
    """The ribbons that `mark.glsl` paints, at their own width."""

    def __init__(self, scene: Scene) -> None:
        chunks = Chunks([layer for layer in scene.layers if layer.material == "mark"])
        self._mesh: RayMesh | None = None
        if not chunks.materials:
            return
        triangles, _ = chunks.of_material("mark")
        vertices = chunks.vertices["mark"]
        at, normal = vertices["position"].astype(np.float64), vertices["normal"].astype(np.float64)
        at[:, :2] += normal[:, :2] * (normal[:, 2:] * 0.5 * vertices["uv"][:, 1:])
        self._mesh = RayMesh(at[triangles])
        self._along = vertices["uv"][triangles][..., 0].astype(np.float64)
        first = vertices[triangles[:, 0]]
        self._dash, self._gap = first["kind"][:, 0] * 0.1, first["kind"][:, 2] * 0.1
        self._thing = first["thing"]

    def paint(self, hits: Hits, origin: Array, direction: Array, rays: Index) -> None:
        """Those of the rays that met a surface where it is painted have met paint."""
        if self._mesh is None or not len(rays):
            return
        way, met = direction[rays], hits.distance_m[rays]
        triangle, distance, u, v = self._mesh.first(origin[rays], way, met + 2.0)
        steep = np.abs(np.einsum("nk,nk->n", hits.normal[rays], way))
        on = (triangle >= 0) & (np.abs(distance - met) * steep < _ABOVE_M)
        a, b, c = self._along[triangle].T
        along = a + u * (b - a) + v * (c - a)
        dash, gap = self._dash[triangle], self._gap[triangle]
        on &= (gap == 0.0) | (np.mod(along, dash + gap + 1e-9) < dash)
        hits.label[rays[on]] = Label.ROAD_LINES
        hits.thing[rays[on]] = self._thing[triangle[on]]
