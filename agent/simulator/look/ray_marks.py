"""Painted lines under rays: they lie on what was met and change nothing but what it is."""

from __future__ import annotations

import numpy as np

from agent.simulator.look.meshes import join
from agent.simulator.look.ray_mesh import Array, Index, RayMesh
from agent.simulator.look.scene import Scene
from agent.simulator.nouns import Hits, Label

_ABOVE_M = 0.06  # a line lies no higher above the surface it is painted on


class Marks:
    """The ribbons that `mark.glsl` paints, at their own width."""

    def __init__(self, scene: Scene) -> None:
        self._mesh: RayMesh | None = None
        mesh = join([layer.mesh for layer in scene.layers if layer.material == "mark"])
        if not len(mesh.triangles):
            return
        vertices = mesh.vertices
        at, normal = vertices["position"].astype(np.float64), vertices["normal"].astype(np.float64)
        at[:, :2] += normal[:, :2] * (normal[:, 2:] * 0.5 * vertices["uv"][:, 1:])
        self._mesh = RayMesh(at.astype(np.float32), mesh.triangles)
        self._along = vertices["uv"][:, 0].astype(np.float64)
        self._dash, self._gap = vertices["kind"][:, 0] * 0.1, vertices["kind"][:, 2] * 0.1
        self._thing = vertices["thing"].copy()

    def paint(self, hits: Hits, origin: Array, direction: Array, rays: Index) -> None:
        """Those of the rays that met a surface where it is painted have met paint."""
        if self._mesh is None or not len(rays):
            return
        met = self._mesh.first(origin[rays], direction[rays], hits.distance_m[rays] + 2.0)
        rays = rays[met.ray]
        steep = np.abs(np.einsum("nk,nk->n", hits.normal[rays], direction[rays]))
        corners = [self._mesh.corner(met.triangle, k) for k in range(3)]
        a, b, c = (self._along[corner] for corner in corners)
        along = a + met.u * (b - a) + met.v * (c - a)
        dash, gap = self._dash[corners[0]], self._gap[corners[0]]
        on = np.abs(met.distance_m - hits.distance_m[rays]) * steep < _ABOVE_M
        on &= (gap == 0.0) | (np.mod(along, dash + gap + 1e-9) < dash)
        hits.label[rays[on]] = Label.ROAD_LINES
        hits.thing[rays[on]] = self._thing[corners[0][on]]
