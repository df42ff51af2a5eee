"""Light, camera and actors as the bytes that `glsl/frame.glsl` and the actors' programs read (std140). Pure."""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agent.simulator.look.camera import clip_rows, pixel_size
from agent.simulator.look.sky import Light
from agent.simulator.nouns import LENS, ActorLook, View

Array = npt.NDArray[np.float64]

_CAMERA = struct.Struct("<52f")
CAMERA_BYTES, LIGHT_BYTES = _CAMERA.size, 144
RELIEF_SPAN_M = 64.0
_MOST_LAMPS = 4
_LOW_BEAM, _HIGH_BEAM = 0x2, 0x4


def camera_bytes(view: View, actors: Sequence[ActorLook], light: Light, pixel_share: float) -> bytes:
    """The Camera block; `pixel_share` is the size of a rendered pixel in pixels of the picture."""
    at = (view.pose.x_m, view.pose.y_m, view.pose.z_m)
    lit = [actor for actor in actors if headlight_strength(actor, light) > 0.0]
    lit.sort(key=lambda actor: (math.dist((actor.pose.x_m, actor.pose.y_m, actor.pose.z_m), at), actor.actor_id))
    places, ways = [0.0] * (4 * _MOST_LAMPS), [0.0] * (4 * _MOST_LAMPS)
    for first, actor in zip(range(0, 4 * _MOST_LAMPS, 4), lit, strict=False):
        pose, ahead_x, ahead_y = actor.pose, math.cos(actor.pose.yaw_rad), math.sin(actor.pose.yaw_rad)
        place = (pose.x_m + 1.6 * ahead_x, pose.y_m + 1.6 * ahead_y, pose.z_m + 0.75)
        places[first : first + 4] = *place, headlight_strength(actor, light)
        dip = math.tan(pose.pitch_rad) - (0.045 if not actor.lights & _HIGH_BEAM else 0.01)
        length = math.hypot(1.0, dip)
        ways[first : first + 3] = ahead_x / length, ahead_y / length, dip / length
    columns = itertools.chain.from_iterable(zip(*clip_rows(view), strict=True))
    return _CAMERA.pack(*columns, *at, pixel_size(view) * pixel_share, *places, *ways)


def headlight_strength(actor: ActorLook, light: Light) -> float:
    """Lit when the flags say so, and on every vehicle when it is dark."""
    if not actor.blueprint.startswith("vehicle."):
        return 0.0
    if actor.lights & _HIGH_BEAM:
        return 1.5
    return 1.0 if actor.lights & _LOW_BEAM or light.night > 0.3 else 0.0


def light_bytes(light: Light, place: tuple[float, float, float, float], level_m: float, cell_m: float) -> bytes:
    """The Light block.

    Args:
        light: of the weather.
        place: where the maps of light and relief lie, see `Scene.light_place`.
        level_m: the relief's lowest height.
        cell_m: a pixel of the relief; a wall in the sun rises by `cell / slide` within one and must not shade itself.
    """
    slide = math.hypot(*light.sun_direction[:2]) / float(light.sun_direction[2])
    clear_m = 0.5 + 1.3 * cell_m / max(slide, 0.3)
    rows = (
        (*light.sun_direction, light.shadow),
        (*light.sun, light.exposure),
        (*light.sky, light.night),
        (*light.ground, light.wet),
        (*light.zenith, light.cloud),
        (*light.horizon, light.extinction_per_m * math.log2(math.e)),
        (*light.glow, light.puddle),
        (place[0], place[1], 1.0 / place[2], 1.0 / place[3]),
        (level_m, 1.0 / RELIEF_SPAN_M, clear_m, 0.0),
    )
    return np.array(rows, np.float32).tobytes()


def lamp_states(actor: ActorLook, light: Light) -> tuple[float, ...]:
    """How brightly each kind of an actor's lamps shines, 0..1, by the lamp numbers of `car.glsl`."""
    if actor.blueprint == LENS:
        return (1.0,) * 8
    flags = actor.lights
    dark = light.night > 0.3
    head = 1.0 if headlight_strength(actor, light) else (0.5 if flags & 0x1 else 0.0)
    tail = 0.45 if dark or flags & 0x3 else 0.0
    brake = 1.0 if actor.brake or flags & 0x8 else tail * 0.6
    left, right = float(bool(flags & 0x20)), float(bool(flags & 0x10))
    return (0.0, head, max(tail, brake * 0.8), brake, left, right, float(bool(flags & 0x40)), 0.0)


def drops(number: int, seed: int = 5) -> bytes:
    """Places of rain drops in the unit box and their lengths, float32 (number, 4)."""
    return np.random.default_rng(seed).random((number, 4), dtype=np.float32).tobytes()
