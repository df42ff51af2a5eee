"""Scene + view + weather + actors -> picture, labels, depth; by OpenGL (EGL on Linux). The only file with moderngl.

A GL context belongs to the thread that made it: make, use and close a Renderer in one thread.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from types import TracebackType
from typing import Any

import moderngl

from agent.simulator.look.gl_actors import ActorPainter
from agent.simulator.look.gl_glows import GlowPainter
from agent.simulator.look.gl_layers import LayerPainter
from agent.simulator.look.gl_programs import Programs
from agent.simulator.look.gl_strokes import StrokePainter
from agent.simulator.look.gl_targets import Target, Want, supersample_for
from agent.simulator.look.gl_textures import Textures
from agent.simulator.look.heap import give_back
from agent.simulator.look.raster_threads import spread_out
from agent.simulator.look.scene import Scene
from agent.simulator.look.shader_values import CAMERA_BYTES, LIGHT_BYTES, camera_bytes, drops, light_bytes
from agent.simulator.look.sky import Light, light_of
from agent.simulator.nouns import ActorLook, Rendering, Stroke, View, Weather

_MOST_DROPS = 2600
_MOST_TARGETS = 8  # picture sizes kept; beyond, the oldest goes


class RendererError(RuntimeError):
    """No OpenGL on this machine; the text says what to install."""


def _context() -> moderngl.Context:
    backend: dict[str, Any] = {"backend": "egl"} if platform.system() == "Linux" else {}
    try:
        return moderngl.create_context(standalone=True, require=330, **backend)
    except Exception as error:  # moderngl raises bare Exception, its loader ImportError or OSError
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise RendererError(
            f"no OpenGL 3.3 here ({first}): apt-get install libegl1 libgl1 libegl-mesa0 libgl1-mesa-dri"
        ) from error


class Renderer:
    """Draws one scene. Same scene, view, weather, actors and frame: same bytes."""

    def __init__(self, scene: Scene) -> None:
        """Load the scene.

        Raises:
            RendererError: no EGL or OpenGL 3.3.
        """
        self._scene = scene
        self._context = context = _context()
        blend = (context.SRC_ALPHA, context.ONE_MINUS_SRC_ALPHA, context.ZERO, context.ONE)
        context.blend_func = blend  # type: ignore[assignment] # the stub knows two factors, the call takes four
        self._programs = Programs(context)
        self._textures = Textures(context, self._programs, scene)
        self._camera, self._light = context.buffer(reserve=CAMERA_BYTES), context.buffer(reserve=LIGHT_BYTES)
        self._camera.bind_to_uniform_block(0)
        self._light.bind_to_uniform_block(1)
        self._layers = LayerPainter(context, self._programs, scene)
        self._actors = ActorPainter(context, self._programs)
        self._strokes = StrokePainter(context, self._programs)
        self._glows = GlowPainter(context, self._programs, scene.lamp_field.lamps)
        self._drops = context.buffer(drops(_MOST_DROPS))
        self._targets: dict[tuple[int, int], Target] = {}
        self._weather: Weather | None = None
        self._now = light_of(Weather())

    def render(
        self,
        view: View,
        weather: Weather,
        actors: Sequence[ActorLook],
        *,
        labels: bool,
        depth: bool = False,
        normals: bool = False,
        picture: bool = True,
        frame: int = 0,
    ) -> Rendering:
        """Draw a view.

        Args:
            view: camera pose, field of view, size 1 px and more.
            weather: a change costs some tens of milliseconds once.
            actors: all that stand in the world, the camera's own car too.
            labels: also say what each pixel shows.
            depth: also say how far that is.
            normals: also say which way it faces.
            picture: False spares the light and the colours.
            frame: number of the tick; moves the rain.
        """
        if picture and weather != self._weather:
            self._change(weather)
        want = Want.PICTURE * picture | Want.IDENTITY * labels | Want.DEPTH * depth | Want.NORMALS * normals
        first = not self._targets
        target = self._target(view)
        if target.at_once(want):
            rendering = self._pass(target, want, view, actors, frame)
        else:
            seen = self._pass(target, Want.PICTURE, view, actors, frame)
            surveyed = self._pass(target, want & ~Want.PICTURE, view, actors, frame)
            rendering = replace(surveyed, bgra=seen.bgra)
        if first:
            give_back()  # the driver has compiled its programs
            spread_out()
        return rendering

    def _pass(self, target: Target, want: int, view: View, actors: Sequence[ActorLook], frame: int) -> Rendering:
        """Draw everything once; without a picture only what it is and how far."""
        light = self._now if want & Want.PICTURE else None
        self._camera.write(camera_bytes(view, actors, self._now, 1.0 / target.scale if light else 1.0))
        target.begin(want)
        self._layers.look(view)
        self._context.depth_func = "<="
        seen = self._actors.in_sight(actors, view)
        self._actors.draw(seen, light)
        self._draw_standing(light)
        self._draw_lying(light)
        if light:
            self._actors.shadows(seen)
        self._draw_sky(light)
        if light:
            self._glows.draw(view, seen, light)
            self._strokes.draw((view.width_px, view.height_px))
        if light and light.rain > 0.0:
            self._draw_rain(light, frame)
        return target.read(want)

    def scribble(self, strokes: Sequence[Stroke]) -> None:
        """Draw these strokes of clients into the pictures from now on, and no others."""
        self._strokes.take(strokes)

    def hide(self, numbers: Set[int]) -> None:
        """Leave these objects of the scenery out of the pictures from now on, and no others."""
        self._layers.hide(numbers)
        self._textures.hide(numbers)
        self._weather = None  # their shadows go with the next picture

    def light_lamps(self, strength: Mapping[int, float]) -> None:
        """How strongly street lamps shine by night, by their numbers; 1 for those it does not name."""
        self._layers.light_lamps(strength)
        self._textures.light_lamps(strength)
        self._glows.light_lamps(strength)
        self._weather = None

    def close(self) -> None:
        """Give everything back."""
        while self._targets:
            self._targets.popitem()[1].release()
        self._context.release()

    def __enter__(self) -> Renderer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _change(self, weather: Weather) -> None:
        self._weather, self._now = weather, light_of(weather)
        self._light.write(
            light_bytes(self._now, self._scene.light_place, self._textures.level_m, self._textures.cell_m)
        )
        self._textures.bake(self._now)

    def _target(self, view: View) -> Target:
        size = (view.width_px, view.height_px)
        target = self._targets.pop(size, None)
        if target is None:
            if len(self._targets) >= _MOST_TARGETS:
                self._targets.pop(next(iter(self._targets))).release()
            target = Target(self._context, size, supersample_for(size))
        self._targets[size] = target  # the one used longest ago goes first
        return target

    def _draw_standing(self, light: Light | None) -> None:
        """What hides most comes first: the early depth test spares what is behind."""
        self._context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._layers.draw("object", light)
        self._context.enable_only(moderngl.DEPTH_TEST)
        self._layers.draw("cutout", light)

    def _draw_lying(self, light: Light | None) -> None:
        """Then what lies on the ground, from the top down."""
        context = self._context
        context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._layers.draw("paving", light)
        self._layers.draw("road", light)
        context.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
        context.polygon_offset = -1.0, -8.0
        self._depth_mask(False)
        self._layers.draw("mark", light)
        self._depth_mask(True)
        context.polygon_offset = 0.0, 0.0
        context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._layers.draw("ground", light)

    def _draw_sky(self, light: Light | None) -> None:
        self._context.enable_only(moderngl.DEPTH_TEST)
        self._programs.full_screen("sky", () if light else ("BARE",)).render(moderngl.TRIANGLES, 3)

    def _draw_rain(self, light: Light, frame: int) -> None:
        program = self._programs.get("rain")
        phase = (0.11 * frame, 0.055 * frame, 0.61 * frame)  # of the box: 11 m/s down at 20 frames a second
        program["fall"].value = (phase[0] % 1.0, phase[1] % 1.0, phase[2] % 1.0, light.rain)
        self._context.enable_only(moderngl.BLEND)
        self._depth_mask(False)
        self._programs.instanced("rain", self._drops, "4f/i", ("in_drop",)).render(
            moderngl.TRIANGLE_STRIP, 4, instances=_MOST_DROPS
        )
        self._depth_mask(True)

    def _depth_mask(self, on: bool) -> None:
        self._context.fbo.depth_mask = on
