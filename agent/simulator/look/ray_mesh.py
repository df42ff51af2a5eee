"""Triangles that rays can meet: exact where, which way they face, what they are. `embreex` is spoken here alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


class RayMesh:
    """Triangles in a tree of Embree's (Wald et al., Embree, 2014): which one a ray meets first, and exactly where.

    Args:
        corners: (T, 3, 3) [m]; fronts where cross(b - a, c - a) points.

    Attributes:
        normal: (T, 3) unit.
    """

    def __init__(self, corners: npt.ArrayLike) -> None:
        at = np.asarray(corners, np.float64)
        across = np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0])
        self.normal: Array = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
        self._corner = np.ascontiguousarray(at[:, 0])
        self._scene = EmbreeScene()
        TriangleMesh(self._scene, np.ascontiguousarray(at, np.float32))

    def first(self, origin: Array, direction: Array, reach_m: Array) -> tuple[Index, Array, Array, Array]:
        """What each ray meets first, from either side.

        Args:
            origin, direction: (N, 3), unit [m].
            reach_m: (N,) how far to look.

        Returns:
            Triangle (N,), -1 for none; its distance (N,) [m]; and barycentric u, v (N,) of its second and third corner.
        """
        found = self._scene.run(
            origin.astype(np.float32), direction.astype(np.float32), reach_m.astype(np.float32), output=True
        )
        triangle = found["primID"].astype(np.int64)
        normal = self.normal[triangle]
        facing = np.einsum("nk,nk->n", normal, direction)
        to_plane = np.einsum("nk,nk->n", normal, self._corner[triangle] - origin)
        steep = np.abs(facing) > 1e-4  # else the plane says less than what was found
        distance = np.where(steep, to_plane / np.where(steep, facing, 1.0), found["tfar"])
        return triangle, distance, found["u"].astype(np.float64), found["v"].astype(np.float64)
