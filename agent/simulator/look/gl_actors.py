"""Draws actors: the soft shadow below each, then their bodies. The context is handed in."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from agent.simulator.look.actor_shapes import ActorShape, shape_of
from agent.simulator.look.camera import Row, clip_rows, frustum_planes
from agent.simulator.look.gl_programs import Gl, Programs
from agent.simulator.look.shader_values import lamp_states
from agent.simulator.look.sky import Light
from agent.simulator.nouns import LENS, ActorLook, Pose, View
from agent.simulator.poses import axes

_MOST_SHADOWS = 512
_SHADOW_M = 3.0  # how far a shadow may lie beside its owner
_REACH_M = 450.0
_BOX, _MATRIX = struct.Struct("<7f"), struct.Struct("<16f")
_VERTEX = "3f 3f 3f 4f1 4u1"
_ATTRIBUTES = ("in_position", "in_normal", "in_pivot", "in_paint", "in_kind")


class ActorPainter:
    """Keeps the mesh of every shape seen so far."""

    def __init__(self, context: Gl, programs: Programs) -> None:
        self._context, self._programs = context, programs
        self._boxes = context.buffer(reserve=_MOST_SHADOWS * _BOX.size)
        self._arrays: dict[tuple[ActorShape, tuple[str, ...]], Gl] = {}

    def in_sight(self, actors: Sequence[ActorLook], view: View) -> list[ActorLook]:
        """Those whose surrounding ball meets the view frustum and who are more than a pixel or so."""
        if not actors:
            return []
        planes = [_unit(plane) for plane in frustum_planes(view)]
        return [actor for actor in actors if _shows(actor, planes, clip_rows(view)[3])]

    def shadows(self, actors: Sequence[ActorLook]) -> None:
        """Darken the ground below and beside actors."""
        actors = [actor for actor in actors if actor.blueprint != LENS][:_MOST_SHADOWS]
        if not actors:
            return
        context = self._context
        boxes = (
            _BOX.pack(a.pose.x_m, a.pose.y_m, a.pose.z_m, a.pose.yaw_rad, *shape_of(a.blueprint).half_size_m)
            for a in actors
        )
        self._boxes.write(b"".join(boxes))
        context.enable_only(context.DEPTH_TEST | context.BLEND)
        context.polygon_offset = -1.0, -16.0
        context.fbo.depth_mask = False
        array = self._programs.instanced("car_shadow", self._boxes, "4f 3f/i", ("in_box", "in_size"))
        array.render(context.TRIANGLE_STRIP, 4, instances=len(actors))
        context.fbo.depth_mask = True
        context.polygon_offset = 0.0, 0.0

    def draw(self, actors: Sequence[ActorLook], light: Light | None) -> None:
        """Draw the bodies; without light only what they are and how far."""
        context = self._context
        context.enable_only(context.DEPTH_TEST | context.CULL_FACE)
        variant = ("BARE",) if light is None else ("NIGHT",) if light.night > 0.0 else ()
        program = self._programs.get("car", variant)
        for actor in actors:
            shape = shape_of(actor.blueprint)
            program["world_from_body"].write(_body_bytes(actor.pose))
            program["wheel"].value = (
                actor.wheel_turn_rad % 6.283185307179586,
                actor.front_wheel_rad + actor.stride_rad,
            )
            program["is_"].value = shape.label | (actor.actor_id & 0x7FFF) << 8
            if light is not None:
                program["color"].value = tuple(channel / 255.0 for channel in actor.color)
                program["lamps"].value = lamp_states(actor, light)
            self._array(shape, variant).render(context.TRIANGLES)

    def _array(self, shape: ActorShape, variant: tuple[str, ...]) -> Gl:
        key = (shape, variant)
        if key not in self._arrays:
            program = self._programs.get("car", variant)
            content = self._programs.content(program, self._context.buffer(shape.vertices), _VERTEX, _ATTRIBUTES)
            triangles = self._context.buffer(shape.triangles)
            self._arrays[key] = self._context.vertex_array(program, [content], triangles)
        return self._arrays[key]


def _body_bytes(pose: Pose) -> bytes:
    """The matrix that takes what a body is made of into the world, column by column."""
    forward, right, up = axes(pose)
    return _MATRIX.pack(*forward, 0.0, *right, 0.0, *up, 0.0, pose.x_m, pose.y_m, pose.z_m, 1.0)


def _unit(plane: Row) -> Row:
    """The same plane, its products with points in metres."""
    a, b, c, d = plane
    length = math.hypot(a, b, c)
    return a / length, b / length, c / length, d / length


def _shows(actor: ActorLook, planes: Sequence[Row], ahead: Row) -> bool:
    x, y, z = actor.pose.x_m, actor.pose.y_m, actor.pose.z_m
    least = -sum(shape_of(actor.blueprint).half_size_m) - _SHADOW_M
    inside = all(a * x + b * y + c * z + d > least for a, b, c, d in planes)
    return inside and ahead[0] * x + ahead[1] * y + ahead[2] * z + ahead[3] < _REACH_M
