"""Along a town's sidewalks: benches, bins, post boxes, hydrants, planters, bus stops, advertising columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from agent.simulator.look import meshes_furniture as furniture
from agent.simulator.look.meshes import Mesh, place
from agent.simulator.look.scenery import Scenery, Stretch
from agent.simulator.look.things import stamped
from agent.simulator.nouns import Box, Label

_EVERY_M = 17.0
_BEYOND_M = 0.95  # of the sidewalk's edge, to the near side of a thing


@dataclass(frozen=True, slots=True)
class Kind:
    """A piece of furniture: how it is made, half length and half depth, height [m], how often it is chosen."""

    make: Callable[[], Mesh]
    half_m: tuple[float, float]
    height_m: float
    share: float


KINDS = (
    Kind(furniture.bench, (0.85, 0.28), 0.9, 0.26),
    Kind(furniture.bin_, (0.22, 0.24), 1.0, 0.2),
    Kind(furniture.post_box, (0.26, 0.2), 1.6, 0.1),
    Kind(furniture.hydrant, (0.2, 0.14), 0.8, 0.14),
    Kind(furniture.planter, (0.7, 0.3), 0.9, 0.16),
    Kind(furniture.shelter, (1.85, 0.85), 2.6, 0.08),
    Kind(furniture.advertising_column, (0.6, 0.6), 3.0, 0.06),
)


@cache
def _prototype(kind: int) -> Mesh:
    return KINDS[kind].make()


def furnish_street(scenery: Scenery, stretch: Stretch) -> None:
    """One thing every now and then, where there is room behind the sidewalk."""
    rng = scenery.rng
    shares = np.array([kind.share for kind in KINDS])
    for s in np.arange(stretch.start_m + 5.0, stretch.end_m - 5.0, _EVERY_M).tolist():
        number = int(rng.choice(len(KINDS), p=shares / shares.sum()))
        kind, s_m = KINDS[number], s + float(rng.uniform(-5.0, 5.0))
        x, y, _, yaw = stretch.place(s_m, _BEYOND_M + kind.half_m[1])
        if scenery.site.claim(x, y, yaw, kind.half_m, 0.0, gap_m=0.3):
            _put(scenery, number, x, y, yaw)


def _put(scenery: Scenery, number: int, x: float, y: float, yaw: float) -> None:
    kind, prototype = KINDS[number], _prototype(number)
    z, thing = scenery.ground(x, y), scenery.next_number()
    mesh = Mesh(prototype.vertices.copy(), prototype.triangles)
    mesh.vertices["position"] = place(mesh.vertices["position"], (x, y, z), yaw)
    mesh.vertices["normal"] = place(mesh.vertices["normal"], (0.0, 0.0, 0.0), yaw)
    stamped(thing, mesh)
    scenery.small.append(mesh)
    half = kind.height_m / 2
    scenery.obstacles.append(Box(x, y, z + half, yaw, *kind.half_m, half, Label.STATIC, thing))
