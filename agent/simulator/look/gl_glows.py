"""Draws the glow of street lamps and vehicles' lights by night. The context is handed in."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from agent.simulator.look.actor_shapes import shape_of
from agent.simulator.look.gl_programs import Gl, Programs
from agent.simulator.look.shader_values import lamp_states
from agent.simulator.look.sky import Light
from agent.simulator.nouns import ActorLook, Lamp, View

_MOST = 400
_REACH_M = 220.0
_DARK = 0.3  # share of night from which lamps dazzle
_LAMP, _HEAD, _TAIL = (1.0, 0.74, 0.42), (1.0, 0.96, 0.86), (0.9, 0.05, 0.03)
_LAMP_RADIUS_M, _HEAD_RADIUS_M, _TAIL_RADIUS_M = 1.5, 0.75, 0.4

Row = tuple[float, ...]


class GlowPainter:
    """Where lamps hang and how strongly they shine."""

    def __init__(self, context: Gl, programs: Programs, lamps: Sequence[Lamp]) -> None:
        self._context, self._programs, self._lamps = context, programs, lamps
        self._buffer = context.buffer(reserve=_MOST * 32)
        self.light_lamps({})

    def light_lamps(self, strength: Mapping[int, float]) -> None:
        """How strongly street lamps shine, by their numbers; 1 for those it does not name."""
        rows = [
            (lamp.x_m, lamp.y_m, lamp.z_m, _LAMP_RADIUS_M, *_LAMP, 0.9 * min(strength.get(lamp.number, 1.0), 1.0))
            for lamp in self._lamps
        ]
        self._street = np.array(rows, np.float32).reshape(-1, 8)

    def draw(self, view: View, actors: Sequence[ActorLook], light: Light) -> None:
        """Draw all within reach, the farthest first."""
        if light.night < _DARK:
            return
        eye = np.array([view.pose.x_m, view.pose.y_m, view.pose.z_m])
        moving = [row for actor in actors for row in _lights(actor, light, eye.tolist())]
        rows = np.concatenate([self._street, np.array(moving, np.float32).reshape(-1, 8)])
        away = np.linalg.norm(rows[:, :3] - eye, axis=1)
        order = np.argsort(-away, kind="stable")
        order = order[(away[order] < _REACH_M) & (rows[order, 7] > 0.0)][-_MOST:]
        if not len(order):
            return
        context = self._context
        self._buffer.write(np.ascontiguousarray(rows[order]).tobytes())
        context.enable_only(context.DEPTH_TEST | context.BLEND)
        context.fbo.depth_mask = False
        array = self._programs.instanced("glow", self._buffer, "4f 4f/i", ("in_place", "in_shine"))
        array.render(context.TRIANGLE_STRIP, 4, instances=len(order))
        context.fbo.depth_mask = True


def _lights(actor: ActorLook, light: Light, eye: Sequence[float]) -> Iterator[Row]:
    """A vehicle's four lamps, as strong as one looks into them."""
    if not actor.blueprint.startswith("vehicle."):
        return
    _, head, tail, brake, *_ = lamp_states(actor, light)
    long, wide, tall = shape_of(actor.blueprint).half_size_m
    cos, sin = math.cos(actor.pose.yaw_rad), math.sin(actor.pose.yaw_rad)
    sides = (0.7, -0.7) if wide > 0.5 else (0.0,)
    for end, color, strength, radius in (
        (1.0, _HEAD, head, _HEAD_RADIUS_M),
        (-1.0, _TAIL, 0.8 * max(tail, brake), _TAIL_RADIUS_M),
    ):
        for side in sides:
            x = actor.pose.x_m + end * long * cos - side * wide * sin
            y = actor.pose.y_m + end * long * sin + side * wide * cos
            away = (eye[0] - x) * cos * end + (eye[1] - y) * sin * end
            seen = away / max(math.hypot(eye[0] - x, eye[1] - y), 0.1)
            if strength > 0.0 and seen > 0.0:
                z = actor.pose.z_m + min(0.45 * tall, 0.9)
                yield (x, y, z, radius, *color, strength * min(1.0, 0.15 + 1.4 * seen * seen))
