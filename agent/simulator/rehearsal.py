"""Has the shaders compiled by another process while a scene is made: the graphics driver keeps them on the disk.

The first picture on a machine waits most of a second for its shaders, on the one thread that has just spent seconds on
the scene. Mesa finds them there if everything that goes into them is alike: the programs, what they draw on and with,
and of textures the kind but not the size, powers of two apart.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from agent.simulator.look.lamp_light import LampField
from agent.simulator.look.meshes import VERTEX, Mesh
from agent.simulator.look.renderer import Renderer, RendererError
from agent.simulator.look.scene import Layer, Scene
from agent.simulator.nouns import ActorLook, Pose, View, Weather

_MATERIALS = ("road", "mark", "paving", "object", "cutout", "ground")
_ROOT = Path(__file__).resolve().parents[2]
_LAND_M = 103.0
_NICE = 10


@contextlib.contextmanager
def rehearsing(stamp: Path) -> Iterator[None]:
    """Have it done meanwhile; what is not done at the end is left.

    Args:
        stamp: appears when all is compiled; where it is already, nothing is done.
    """
    if stamp.exists():
        yield
        return
    try:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", __name__, str(stamp)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        yield
        return
    with process:
        try:
            yield
        finally:
            process.kill()


def rehearse() -> None:
    """Draw one triangle of each material and a car, with and without labels.

    Raises:
        RendererError: no EGL or OpenGL 3.3.
    """
    tile, pile = np.zeros((8, 8, 4), np.uint8), np.zeros((2, 8, 8, 4), np.uint8)
    raster = (round(_LAND_M), round(_LAND_M))
    scene = Scene(
        layers=tuple(_layer(material) for material in _MATERIALS),
        obstacles=(),
        things=(),
        light_place=(0.0, -_LAND_M / 2, _LAND_M, _LAND_M),
        lamp_field=LampField((), (), 0.0, -_LAND_M / 2, 1.0, raster),
        still_light=np.zeros((*raster, 2), np.uint8),
        asphalt=tile,
        grass=tile,
        clouds=tile,
        walls=pile,
        cutouts=pile,
    )
    view, car = View(Pose(z_m=1.5), 90.0, 640, 360), ActorLook(1, "vehicle.audi.tt", Pose(x_m=8.0), (0, 0, 0))
    with Renderer(scene) as renderer:
        for labels in (False, True):
            renderer.render(view, Weather(), [car], labels=labels)


def _layer(material: str) -> Layer:
    """A triangle ahead of the camera."""
    vertices = np.zeros(3, VERTEX)
    vertices["position"] = at = np.array([(5.0, -1.0, 0.0), (5.0, 1.0, 0.0), (5.0, 0.0, 1.0)], np.float32)
    vertices["normal"] = (0.0, 0.0, 1.0)
    return Layer(
        material,
        Mesh(vertices, np.array([[0, 1, 2]], np.uint32)),
        first=np.array([0]),
        count=np.array([1]),
        low=at.min(axis=0)[None],
        high=at.max(axis=0)[None],
        cell=np.array([[5.0, 0.0]]),
        cell_m=40.0,
        from_m=0.0,
        reach_m=1e9,
        lasting=0.0,
        foot=at if material == "object" else None,
    )


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # not by the file object: its lock would outlive the interpreter
    os._exit(0)


def main() -> None:
    """The other process: end with its input, leave the stamp when all is done."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)  # the scene comes first
    stamp = Path(sys.argv[1])
    with contextlib.suppress(RendererError, OSError):
        rehearse()
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()


if __name__ == "__main__":
    main()
