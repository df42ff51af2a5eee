"""Sensors as actors: where they are, when they are due, what their attributes ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from agent.simulator.nouns import Pose
from agent.simulator.protocol.messages import Kind
from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.sensing import attributes
from agent.simulator.sensing.cameras import Film
from agent.simulator.sensing.lidar import Lidar
from agent.simulator.sensing.obstacle import ObstacleDetector
from agent.simulator.sensing.radar import Radar
from agent.simulator.world.actors import Actor

KINDS: Final[Mapping[str, Kind]] = {
    "sensor.camera.cosmos_visualization": Kind.CAMERA_COSMOS,
    "sensor.camera.depth": Kind.CAMERA_DEPTH,
    "sensor.camera.dvs": Kind.DVS,
    "sensor.camera.instance_segmentation": Kind.CAMERA_INSTANCE,
    "sensor.camera.normals": Kind.CAMERA_NORMALS,
    "sensor.camera.optical_flow": Kind.OPTICAL_FLOW,
    "sensor.camera.rgb": Kind.CAMERA_RGB,
    "sensor.camera.semantic_segmentation": Kind.CAMERA_SEMANTIC,
    "sensor.lidar.ray_cast": Kind.LIDAR,
    "sensor.lidar.ray_cast_semantic": Kind.LIDAR_SEMANTIC,
    "sensor.other.collision": Kind.COLLISION,
    "sensor.other.gnss": Kind.GNSS,
    "sensor.other.imu": Kind.IMU,
    "sensor.other.lane_invasion": Kind.NOTHING,  # measured inside the client
    "sensor.other.obstacle": Kind.OBSTACLE,
    "sensor.other.radar": Kind.RADAR,
}
Probe = Lidar | Radar | ObstacleDetector
_PROBES: Final[Mapping[Kind, Callable[[ActorDescription], Probe]]] = {
    Kind.LIDAR: Lidar.of,
    Kind.LIDAR_SEMANTIC: Lidar.of,
    Kind.OBSTACLE: ObstacleDetector.of,
    Kind.RADAR: Radar.of,
}


@dataclass(slots=True, eq=False)
class Sensor(Actor):
    """Something that measures.

    Attributes:
        kind: of its messages.
        tick_s: time between messages, 0 for every tick.
        next_s: simulated time of the next message, None before the first.
        width_px, height_px, fov_deg: of a camera.
        film: of an rgb or event camera.
        probe: of a sensor that casts rays.
    """

    kind: Kind = Kind.NOTHING
    tick_s: float = 0.0
    next_s: float | None = None
    width_px: int = 0
    height_px: int = 0
    fov_deg: float = 0.0
    film: Film | None = None
    probe: Probe | None = None

    def due(self, elapsed_s: float) -> bool:
        """Whether it measures in this tick; if so the next time is set."""
        if self.tick_s <= 0.0:
            return True
        if self.next_s is None:
            self.next_s = elapsed_s
        if elapsed_s < self.next_s - 1e-6:
            return False
        self.next_s = max(self.next_s + self.tick_s, elapsed_s)
        return True


def new_sensor(actor_id: int, description: ActorDescription, pose: Pose) -> Sensor:
    """A sensor whose stream, if it has one, has its own number.

    Raises:
        StructError: an attribute is out of range.
    """
    attributes.check(description)
    kind = KINDS[description.id]
    sensor = Sensor(actor_id, description, pose, kind=kind, stream_id=actor_id if kind is not Kind.NOTHING else 0)
    sensor.tick_s = attributes.number(description, "sensor_tick")
    if description.id.startswith("sensor.camera."):
        sensor.width_px = int(attributes.number(description, "image_size_x"))
        sensor.height_px = int(attributes.number(description, "image_size_y"))
        sensor.fov_deg = attributes.number(description, "fov")
    if kind in (Kind.CAMERA_RGB, Kind.DVS):
        gamma, exposure = (attributes.number(description, name) for name in ("gamma", "exposure_compensation"))
        sensor.film = Film(gamma, exposure)
    if kind in _PROBES:
        sensor.probe = _PROBES[kind](description)
    return sensor
