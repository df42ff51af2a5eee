"""Light, camera and actors as the bytes that `glsl/frame.glsl` and the actors' programs read (std140). Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agent.simulator.look.camera import clip_from_world, pixel_size
from agent.simulator.look.sky import Light
from agent.simulator.nouns import LENS, ActorLook, View

Array = npt.NDArray[np.float64]

CAMERA_BYTES, LIGHT_BYTES = 208, 144
RELIEF_SPAN_M = 64.0
_MOST_LAMPS = 4
_LOW_BEAM, _HIGH_BEAM = 0x2, 0x4


def camera_bytes(view: View, actors: Sequence[ActorLook], light: Light, pixel_share: float) -> bytes:
    """The Camera block; `pixel_share` is the size of a rendered pixel in pixels of the picture."""
    at = (view.pose.x_m, view.pose.y_m, view.pose.z_m)
    lamps = np.zeros((2, _MOST_LAMPS, 4), np.float32)
    lit = [actor for actor in actors if headlight_strength(actor, light) > 0.0]
    lit.sort(key=lambda actor: (math.dist((actor.pose.x_m, actor.pose.y_m, actor.pose.z_m), at), actor.actor_id))
    for row, actor in enumerate(lit[:_MOST_LAMPS]):
        pose, ahead = actor.pose, (math.cos(actor.pose.yaw_rad), math.sin(actor.pose.yaw_rad))
        lamps[0, row] = (
            pose.x_m + 1.6 * ahead[0],
            pose.y_m + 1.6 * ahead[1],
            pose.z_m + 0.75,
            headlight_strength(actor, light),
        )
        dip = math.tan(pose.pitch_rad) - (0.045 if not actor.lights & _HIGH_BEAM else 0.01)
        way = np.array([*ahead, dip])
        lamps[1, row, :3] = way / np.linalg.norm(way)
    eye = np.array([*at, pixel_size(view) * pixel_share], np.float32)
    return b"".join([clip_from_world(view).T.astype(np.float32).tobytes(), eye.tobytes(), lamps.tobytes()])


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
