"""Triangles that rays can meet: exact where, which way they face, what they are. `embreex` is spoken here alone."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Met:
    """What rays met.

    Attributes:
        ray: (M,) which of the rays, ascending.
        triangle: (M,) which triangle.
        distance_m: (M,) from the ray's origin.
        normal: (M, 3) unit, of the triangle's front.
        u, v: (M,) barycentric, of the second and the third corner.
    """

    ray: Index
    triangle: Index
    distance_m: Array
    normal: Array
    u: npt.NDArray[np.float32]
    v: npt.NDArray[np.float32]

    def only(self, chosen: npt.NDArray[np.bool_]) -> Met:
        """Some of them."""
        return Met(*(getattr(self, one.name)[chosen] for one in fields(self)))


class RayMesh:
    """Triangles in a tree of Embree's (Wald et al., Embree, 2014): which one a ray meets first, and exactly where.

    Args:
        points: float32 (V, 3) [m].
        triangles: (T, 3) into them, a, b, c; fronts where cross(b - a, c - a) points.
    """

    def __init__(self, points: npt.NDArray[np.float32], triangles: npt.ArrayLike) -> None:
        self._points = np.ascontiguousarray(points, np.float32)
        self._triangles = np.ascontiguousarray(triangles, np.int32)
        self._scene = EmbreeScene()
        TriangleMesh(self._scene, self._points, self._triangles)

    def first(self, origin: Array, direction: Array, reach_m: Array) -> Met:
        """What each ray meets first, from either side; those that meet nothing are left out.

        Args:
            origin, direction: (N, 3), unit [m].
            reach_m: (N,) how far to look.
        """
        found = self._scene.run(
            origin.astype(np.float32), direction.astype(np.float32), reach_m.astype(np.float32), output=True
        )
        ray = np.flatnonzero(found["primID"] >= 0)
        triangle = found["primID"][ray].astype(np.int64)
        a, b, c = (self._points[self._triangles[triangle, k]].astype(np.float64) for k in range(3))
        across = np.cross(b - a, c - a)
        normal = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
        facing = np.einsum("nk,nk->n", normal, direction[ray])
        to_plane = np.einsum("nk,nk->n", normal, a - origin[ray])
        steep = np.abs(facing) > 1e-4  # else the plane says less than what was found
        distance = np.where(steep, to_plane / np.where(steep, facing, 1.0), found["tfar"][ray])
        return Met(ray, triangle, distance, normal, found["u"][ray], found["v"][ray])

    def corner(self, triangle: Index, k: int) -> Index:
        """Which points the k-th corners of triangles are."""
        return np.asarray(self._triangles[triangle, k], np.int64)
