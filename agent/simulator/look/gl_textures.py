"""The scene's textures on the GPU, and the two baked once per weather: the sky and the light on the ground."""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np

from agent.simulator.look.gl_mipmaps import upload_levels
from agent.simulator.look.gl_programs import TEXTURE_UNITS, Gl, Programs
from agent.simulator.look.scene import Scene
from agent.simulator.look.sky import Light
from agent.simulator.look.textures import UInt8

_SKY_PX = 1024
_SHADOW_CELL_M = 0.4
_MOST_PX = 4096


class Textures:
    """Textures bound to their units for good."""

    def __init__(self, context: Gl, programs: Programs, scene: Scene) -> None:
        self._context, self._programs = context, programs
        self._tile("asphalt_texture", scene.asphalt)
        self._tile("grass_texture", scene.grass)
        self._tile("cloud_texture", scene.clouds)
        self._layers("wall_textures", scene.walls)
        self._layers("cutout_textures", scene.cutouts)
        still = context.texture(scene.still_light.shape[1::-1], 2, np.ascontiguousarray(scene.still_light), alignment=1)
        self._still = self._clamped("still_texture", still)
        wide, deep = scene.light_place[2:]
        cell = max(_SHADOW_CELL_M, max(wide, deep) / _MOST_PX)
        size = (round(wide / cell), round(deep / cell))
        self._size = size
        self.cell_m, self.level_m = cell, _level(scene)
        self._relief = self._clamped("relief_texture", context.texture(size, 1))
        self._relief_target = context.framebuffer([self._relief])
        self._light = self._clamped("light_texture", context.texture(size, 4))
        self._sky = self._clamped("sky_texture", context.texture((_SKY_PX, _SKY_PX), 4))
        self._heaven = self._clamped("heaven_texture", context.texture((_SKY_PX, _SKY_PX), 4))
        self._light_target = context.framebuffer([self._light])
        self._sky_target = context.framebuffer([self._sky, self._heaven])
        self._scene = scene
        self._caster_buffers: list[Gl] = []
        self._casters, self._tall = self._caster_arrays(frozenset())
        self._shadowed: tuple[float, ...] = ()
        self._light.use(TEXTURE_UNITS["light_texture"])

    def hide(self, numbers: Set[int]) -> None:
        """These objects of the scenery throw no shadow in the next bake, all others do."""
        for one in [*self._casters, *self._tall, *self._caster_buffers]:
            one.release()
        self._casters, self._tall = self._caster_arrays(numbers)
        self._shadowed = ()

    def light_lamps(self, strength: Mapping[int, float]) -> None:
        """How strongly street lamps shine from the next bake on, by their numbers; 1 for those it does not name."""
        still = self._scene.still_light.copy()
        still[..., 0] = self._scene.lamp_field.pools(strength) * 255.0 + 0.5
        self._still.write(still, alignment=1)
        self._shadowed = ()

    def bake(self, light: Light) -> None:
        """Draw the sky and the shadows of a light; its values are in the Light block already."""
        context = self._context
        context.enable_only(context.NOTHING)
        self._sky_target.use()
        self._programs.full_screen("sky_bake").render(context.TRIANGLES, 3)
        if self._shadowed == (shadow_key := (*light.sun_direction.tolist(), light.shadow)):
            return
        self._shadowed = shadow_key
        self._bake_relief()
        shadow = self._clamped("shadow_texture", context.texture(self._size, 1))  # large, and not needed in between
        target = context.framebuffer([shadow])
        target.use()
        target.clear(1.0, 1.0, 1.0, 1.0)
        for array in self._casters:
            array.render(context.TRIANGLES)
        self._light_target.use()
        self._programs.full_screen("light_bake").render(context.TRIANGLES, 3)
        target.release()
        shadow.release()

    def _bake_relief(self) -> None:
        context = self._context
        self._relief_target.use()
        self._relief_target.clear()
        context.enable_only(context.BLEND)
        context.blend_equation = context.MAX
        for array in self._tall:
            array.render(context.TRIANGLES)
        context.blend_equation = context.FUNC_ADD
        context.enable_only(context.NOTHING)

    def _caster_arrays(self, hidden: Set[int]) -> tuple[list[Gl], list[Gl]]:
        """What throws shadows on the ground, and on what stands."""
        gone = np.fromiter(hidden, np.uint32, len(hidden))
        found: tuple[list[Gl], list[Gl]] = ([], [])
        buffers = self._caster_buffers = []
        programs = self._programs.get("shadow_bake"), self._programs.get("relief_bake")
        for layer in self._scene.layers:
            first = layer.mesh.vertices["thing"][layer.mesh.triangles[:, 0]]
            triangles = layer.mesh.triangles[~np.isin(first, gone)]
            if layer.foot is not None and len(triangles):
                at = np.ascontiguousarray(layer.mesh.vertices["position"])
                indices = self._context.buffer(triangles)
                buffers.append(indices)
                for program, pile, name, places in zip(
                    programs, found, ("in_foot", "in_position"), (layer.foot, at), strict=True
                ):
                    buffers.append(self._context.buffer(places))
                    content = (buffers[-1], "3f", name)
                    pile.append(self._context.vertex_array(program, [content], indices))
        return found

    def _clamped(self, name: str, texture: Gl) -> Gl:
        texture.repeat_x = texture.repeat_y = False
        texture.filter = (self._context.LINEAR, self._context.LINEAR)
        texture.use(TEXTURE_UNITS[name])
        return texture

    def _tile(self, name: str, picture: UInt8) -> None:
        self._mipmapped(name, self._context.texture(picture.shape[1::-1], 4, np.ascontiguousarray(picture)))

    def _layers(self, name: str, pictures: UInt8) -> None:
        layers, height, width = pictures.shape[:3]
        texture = self._context.texture_array((width, height, layers), 4, np.ascontiguousarray(pictures))
        self._minified(name, texture)
        upload_levels(self._context, TEXTURE_UNITS[name], pictures)

    def _mipmapped(self, name: str, texture: Gl) -> None:
        texture.build_mipmaps()
        self._minified(name, texture)

    def _minified(self, name: str, texture: Gl) -> None:
        texture.filter = (self._context.LINEAR_MIPMAP_NEAREST, self._context.LINEAR)
        texture.use(TEXTURE_UNITS[name])


def _level(scene: Scene) -> float:
    """Height below nearly everything that throws shadows [m]."""
    heights = [layer.mesh.vertices["position"][:, 2] for layer in scene.layers if layer.foot is not None]
    return float(np.percentile(np.concatenate(heights), 2)) - 1.0 if heights else 0.0
