"""Draws what stands still: one call a material, its triangles in sight gathered anew each frame. Context handed in."""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np

from agent.simulator.look.culling import Chunks, vertices_of
from agent.simulator.look.gl_programs import Gl, Programs
from agent.simulator.look.scene import Scene
from agent.simulator.look.sky import Light
from agent.simulator.nouns import View

_VERTEX = "3f 3f 2f 4f1 4u1 1u"
_ATTRIBUTES = ("in_position", "in_normal", "in_uv", "in_paint", "in_kind", "in_thing")
_WETTED = ("road", "mark", "paving")


class LayerPainter:
    """The scene's layers on the GPU."""

    def __init__(self, context: Gl, programs: Programs, scene: Scene) -> None:
        self._context, self._programs = context, programs
        self._scene, self._chunks = scene, Chunks(scene.layers)
        self._vertices = {name: context.buffer(vertices_of(scene.layers, name)) for name in self._chunks.materials}
        most = sum(len(layer.mesh.triangles) for layer in scene.layers)
        self._triangles = context.buffer(reserve=12 * max(most, 1))
        self._gathered = np.zeros((most, 3), np.uint32)
        self._arrays: dict[tuple[str, tuple[str, ...]], Gl] = {}
        self._spans: dict[str, tuple[int, int]] = {}

    def hide(self, numbers: Set[int]) -> None:
        """Leave these objects of the scenery out from now on, and no others."""
        self._chunks.hide(numbers)

    def light_lamps(self, strength: Mapping[int, float]) -> None:
        """How strongly street lamps glow, by their numbers; 1 for those it does not name."""
        vertices = vertices_of(self._scene.layers, "object")
        for number, share in strength.items():
            mine = np.flatnonzero(vertices["thing"] == number)
            glow = vertices["paint"][mine, 3].astype(np.float32)
            vertices["paint"][mine, 3] = np.clip(glow * share, 0.0, 255.0)
        self._vertices["object"].write(vertices)

    def look(self, view: View) -> None:
        """Find what is in sight; `draw` draws that from now on."""
        self._spans.clear()
        first, (parts, counts) = 0, self._chunks.in_sight(view)
        for material, count in counts.items():
            self._spans[material] = 3 * first, 3 * count
            first += count
        if parts:
            self._triangles.write(np.concatenate(parts, out=self._gathered[:first]))

    def draw(self, material: str, light: Light | None) -> None:
        """Draw what one program draws; without light only what it is and how far."""
        first, count = self._spans.get(material, (0, 0))
        if count:
            self._array(material, light).render(self._context.TRIANGLES, count, first=first)

    def _array(self, material: str, light: Light | None) -> Gl:
        words = ["BARE"] if light is None else ["NIGHT"] if light.night > 0.0 else []
        if light is not None and light.wet > 0.02 and material in _WETTED:
            words.append("WET")
        key = (material, tuple(words))
        if key not in self._arrays:
            program = self._programs.get(*key)
            content = self._programs.content(program, self._vertices[material], _VERTEX, _ATTRIBUTES)
            self._arrays[key] = self._context.vertex_array(program, [content], self._triangles)
        return self._arrays[key]
