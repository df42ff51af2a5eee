"""Programs by name and variant, compiled when first asked for. The context is handed in."""

from __future__ import annotations

from typing import Any

from agent.simulator.look.shaders import program_source

Gl = Any
"""A moderngl object: only `renderer.py` imports the package."""

TEXTURE_UNITS = {
    "asphalt_texture": 0,
    "grass_texture": 1,
    "wall_textures": 2,
    "cutout_textures": 3,
    "light_texture": 4,
    "sky_texture": 5,
    "cloud_texture": 6,
    "shadow_texture": 9,
    "still_texture": 10,
    "heaven_texture": 11,
    "relief_texture": 12,
}
_BLOCKS = {"Camera": 0, "Light": 1}


class Programs:
    """Programs with their texture units and uniform blocks set."""

    def __init__(self, context: Gl) -> None:
        self._context = context
        self._programs: dict[tuple[str, tuple[str, ...]], Gl] = {}
        self._arrays: dict[tuple[str, int], Gl] = {}

    def get(self, name: str, variant: tuple[str, ...] = ()) -> Gl:
        """The program of a file in `shaders/`, with words defined."""
        key = (name, variant)
        if key not in self._programs:
            vertex, fragment = program_source(name, variant)
            program = self._context.program(vertex_shader=vertex, fragment_shader=fragment)
            for member in program:
                if member in TEXTURE_UNITS:
                    program[member].value = TEXTURE_UNITS[member]
                elif member in _BLOCKS:
                    program[member].binding = _BLOCKS[member]
            self._programs[key] = program
        return self._programs[key]

    def content(self, program: Gl, buffer: Gl, layout: str, names: tuple[str, ...]) -> tuple[Gl, ...]:
        """A buffer's attributes for a program; those it does not read become padding."""
        kept = [
            part if name in program else f"{_size(part)}x" for part, name in zip(layout.split(), names, strict=True)
        ]
        return (buffer, " ".join(kept), *(name for name in names if name in program))

    def full_screen(self, name: str, variant: tuple[str, ...] = ()) -> Gl:
        """A program that draws one triangle over everything, without vertices."""
        key = (name + "".join(variant), 0)
        if key not in self._arrays:
            self._arrays[key] = self._context.vertex_array(self.get(name, variant), [])
        return self._arrays[key]

    def instanced(
        self, name: str, buffer: Gl, layout: str, names: tuple[str, ...], variant: tuple[str, ...] = ()
    ) -> Gl:
        """A program that draws one thing for each row of a buffer."""
        key = (name + "".join(variant), buffer.glo)
        if key not in self._arrays:
            self._arrays[key] = self._context.vertex_array(self.get(name, variant), [(buffer, layout, *names)])
        return self._arrays[key]


def _size(part: str) -> int:
    """Bytes of one attribute such as "3f" or "4u1"."""
    return int(part[0]) * (1 if part[1:3] in ("f1", "u1") else 4)
