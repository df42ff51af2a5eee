"""Actors under rays: every shape once as meshes in its own axes, the rays turned into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from agent.simulator.look.actor_shapes import ActorShape, shape_of
from agent.simulator.look.camera import world_from_body
from agent.simulator.look.ray_mesh import Array, Index, RayMesh
from agent.simulator.look.walker_shapes import LEFT, RIGHT
from agent.simulator.nouns import ActorLook, Hits, Pose

_STEERED = 2
_SWING = {LEFT: 1.0, RIGHT: -1.0}
_MOST_PASSES = 8
_STEP_M = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """What of a shape moves as one: the body with its rolling wheels, one steered wheel, or one limb.

    Attributes:
        mesh: triangles in the actor's axes.
        label: uint8 (T,), 0 for the actor's own.
        pivot: (3,) of a steered wheel or a limb, None for the body.
        part: of `car.glsl`.
    """

    mesh: RayMesh
    label: npt.NDArray[np.uint8]
    pivot: Array | None
    part: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Solid:
    """A shape as rays see it: its pieces, and the ball around them in its axes [m]."""

    pieces: tuple[_Piece, ...]
    middle: Array
    radius_m: float


@cache
def _solid(shape: ActorShape) -> _Solid:
    vertices = shape.vertices[shape.triangles.reshape(-1, 3)]  # a mesh of at most some thousand corners
    part = vertices["kind"][:, 0, 0]
    pieces = [_piece(vertices[part < _STEERED], None)]
    moving = np.column_stack([vertices["pivot"][:, 0], part])
    pieces += [
        _piece(vertices[np.all(moving == row, axis=1)], row[:3].astype(np.float64), int(row[3]))
        for row in np.unique(moving[part >= _STEERED], axis=0)
    ]
    points = shape.vertices["position"].astype(np.float64)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    radius = float(np.linalg.norm(points - middle, axis=1).max()) + 0.3  # wheels reach out when they steer
    return _Solid(tuple(pieces), middle, radius)


def _piece(vertices: npt.NDArray[np.void], pivot: Array | None, part: int = 0) -> _Piece:
    points = vertices["position"].reshape(-1, 3)
    mesh = RayMesh(points, np.arange(len(points)).reshape(-1, 3))
    return _Piece(mesh, vertices["kind"][:, 0, 3].copy(), pivot, part)


def meet_actors(hits: Hits, origin: Array, direction: Array, reach_m: float, actors: Sequence[ActorLook]) -> None:
    """Enter the actors that rays meet before what they have met already."""
    if not actors:
        return
    solids = [_solid(shape_of(actor.blueprint)) for actor in actors]
    radius = np.array([solid.radius_m for solid in solids])
    frames = [world_from_body(actor.pose) for actor in actors]
    middle = np.array([m[:3, :3] @ solid.middle + m[:3, 3] for m, solid in zip(frames, solids, strict=True)])
    spread = float(np.linalg.norm(origin - origin[0], axis=1).max())
    away = np.linalg.norm(middle - origin[0], axis=1)
    for k in np.flatnonzero(away - radius < reach_m + spread).tolist():
        to_middle = middle[k] - origin
        along = np.einsum("nk,nk->n", to_middle, direction)
        aside = np.einsum("nk,nk->n", to_middle, to_middle) - along * along
        first = along - radius[k]
        close = (aside < radius[k] ** 2) & (along > -radius[k]) & (first < np.minimum(hits.distance_m, reach_m))
        rays = np.flatnonzero(close)
        if len(rays):
            for piece in solids[k].pieces:
                _meet(hits, (origin[rays], direction[rays], np.maximum(first[rays], 0.0)), rays, actors[k], piece)


def _meet(hits: Hits, way: tuple[Array, Array, Array], rays: Index, actor: ActorLook, piece: _Piece) -> None:
    """One piece of one actor; `way` is origin, direction and where to start of the `rays`."""
    turn, move = _placed(actor, piece)
    origin, direction, start = way
    here, to = (origin - move) @ turn, direction @ turn
    label = int(shape_of(actor.blueprint).label)
    left: Index = np.arange(len(rays))
    for _ in range(_MOST_PASSES):  # the backs of its own surfaces are seen through, as in the pictures
        near = hits.distance_m[rays[left]]
        begin = here[left] + start[:, None] * to[left]
        met = piece.mesh.first(begin, to[left], np.minimum(near, 1e6) - start)
        distance = met.distance_m + start[met.ray]
        met, distance = met.only(distance < near[met.ray]), distance[distance < near[met.ray]]
        left = left[met.ray]
        front = np.einsum("nk,nk->n", met.normal, to[left]) < 0.0
        ray, own = rays[left[front]], piece.label[met.triangle[front]]
        hits.distance_m[ray] = distance[front]
        hits.normal[ray] = met.normal[front] @ turn.T
        hits.label[ray] = np.where(own, own, label)
        hits.thing[ray], hits.actor_id[ray] = 0, actor.actor_id
        left, start = left[~front], distance[~front] + _STEP_M
        if not len(left):
            return


def _placed(actor: ActorLook, piece: _Piece) -> tuple[Array, Array]:
    """Rotation (3, 3) and translation (3,) from a piece's axes into the world."""
    matrix = world_from_body(actor.pose)
    pivot = piece.pivot
    if pivot is None:
        return matrix[:3, :3], matrix[:3, 3]
    swing = _SWING.get(piece.part, 0.0) * actor.stride_rad
    steer = world_from_body(Pose(pitch_rad=swing, yaw_rad=actor.front_wheel_rad))[:3, :3]
    return matrix[:3, :3] @ steer, matrix[:3, :3] @ (pivot - steer @ pivot) + matrix[:3, 3]
