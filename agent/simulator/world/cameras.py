"""Cameras after a tick: what they have in common is drawn once; each gets its message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agent.simulator.nouns import LENS, ActorLook, Pose, Rendering, View, Weather
from agent.simulator.protocol import messages
from agent.simulator.protocol.messages import Kind, Parts, Stamp
from agent.simulator.sensing.cameras import Film, Pixels, depth_pixels, semantic_pixels
from agent.simulator.sensing.events import EventCamera, Retina
from agent.simulator.sensing.optical_flow import optical_flow
from agent.simulator.sensing.wireframe import Lines, wireframe
from agent.simulator.world.maps import Painter
from agent.simulator.world.sensor_actors import Sensor

_LIT = (Kind.CAMERA_RGB, Kind.DVS)
_NAMED = (Kind.CAMERA_SEMANTIC, Kind.CAMERA_INSTANCE, Kind.OPTICAL_FLOW)
_MEASURED = (Kind.CAMERA_DEPTH, Kind.OPTICAL_FLOW)


@dataclass(frozen=True, slots=True)
class _Past:
    """What an optical flow camera saw last: its pose, and those of the actors by number."""

    pose: Pose
    actors: dict[int, Pose]


class Cameras:
    """Keeps what a camera needs from tick to tick.

    Args:
        painter: draws what they see.
        outlines: the lines that a Cosmos visualization camera sees now.
        seed: of their noise.
    """

    def __init__(self, painter: Painter, outlines: Callable[[], Lines], seed: int) -> None:
        self._painter, self._outlines, self._seed = painter, outlines, seed
        self._retinas: dict[int, Retina] = {}
        self._past: dict[int, _Past] = {}

    def images(
        self, cameras: Iterable[Sensor], stamp: Stamp, weather: Weather, looks: Sequence[ActorLook], picture: int
    ) -> Iterator[tuple[int, Parts]]:
        """(stream id, message) of each camera that has something to say."""
        views: dict[View, list[Sensor]] = {}
        for camera in cameras:
            view = View(camera.pose, camera.fov_deg, camera.width_px, camera.height_px)
            if camera.kind is Kind.CAMERA_COSMOS:
                pixels = wireframe(self._outlines(), view)
                yield camera.stream_id, messages.image(camera.kind, stamp, camera.pose, camera.fov_deg, pixels)
            else:
                views.setdefault(view, []).append(camera)
        for view, watching in views.items():
            kinds = {camera.kind for camera in watching}
            seen = self._painter.render(
                view,
                weather,
                looks,
                picture=not kinds.isdisjoint(_LIT),
                labels=not kinds.isdisjoint(_NAMED),
                depth=not kinds.isdisjoint(_MEASURED),
                normals=Kind.CAMERA_NORMALS in kinds,
                frame=picture,
            )
            for camera in watching:
                if parts := self._message(camera, stamp, seen, view, looks):
                    yield camera.stream_id, parts

    def forget(self, actor_id: int) -> None:
        """A camera is gone."""
        self._retinas.pop(actor_id, None)
        self._past.pop(actor_id, None)

    def _message(
        self, camera: Sensor, stamp: Stamp, seen: Rendering, view: View, looks: Sequence[ActorLook]
    ) -> Parts | None:
        if camera.kind is Kind.DVS:
            return self._events(camera, stamp, seen)
        pixels = self._flow(camera, seen, view, looks) if camera.kind is Kind.OPTICAL_FLOW else _pixels(camera, seen)
        return messages.image(camera.kind, stamp, camera.pose, camera.fov_deg, pixels)

    def _events(self, camera: Sensor, stamp: Stamp, seen: Rendering) -> Parts | None:
        """Nothing is said of a picture like the one before, as in CARLA."""
        if camera.id not in self._retinas:
            dice = np.random.default_rng([self._seed % 2**32, camera.id])
            self._retinas[camera.id] = Retina(EventCamera.of(camera.description), dice)
        events = self._retinas[camera.id].see((camera.film or Film()).developed(seen.bgra), stamp.elapsed_s)
        size = (camera.width_px, camera.height_px)
        return messages.events(stamp, camera.pose, camera.fov_deg, size, events.tobytes()) if len(events) else None

    def _flow(
        self, camera: Sensor, seen: Rendering, view: View, looks: Sequence[ActorLook]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        now = {
            look.actor_id & 0x7FFF: look.pose for look in looks if look.blueprint != LENS
        }  # lenses light up, not move
        past = self._past.get(camera.id, _Past(view.pose, now))
        self._past[camera.id] = _Past(view.pose, now)
        return optical_flow(seen, view, past.pose, now, past.actors)


def _pixels(camera: Sensor, seen: Rendering) -> Pixels:
    """What this camera sends of what there is to see."""
    if camera.kind is Kind.CAMERA_DEPTH:
        return depth_pixels(seen.depth_m)
    if camera.kind is Kind.CAMERA_SEMANTIC:
        return semantic_pixels(seen.identity)
    if camera.kind is Kind.CAMERA_INSTANCE:
        return seen.identity
    if camera.kind is Kind.CAMERA_NORMALS:
        return seen.normals
    return camera.film.developed(seen.bgra) if camera.film else seen.bgra
