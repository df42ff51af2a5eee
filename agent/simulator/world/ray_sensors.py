"""Lidars, radars and obstacle detectors after a tick: rays cast, and what comes back as stream messages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.simulator.nouns import ActorLook, Hits
from agent.simulator.poses import axes
from agent.simulator.protocol import ray_messages
from agent.simulator.protocol.messages import Kind, Parts, Stamp
from agent.simulator.sensing.attributes import number
from agent.simulator.sensing.lidar import Lidar
from agent.simulator.sensing.obstacle import ObstacleDetector
from agent.simulator.sensing.radar import Radar
from agent.simulator.world.actors import Actor
from agent.simulator.world.made_up import scenery_tuple
from agent.simulator.world.maps import Caster
from agent.simulator.world.sensor_actors import Sensor

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around in a tick: the actors, how they look to a ray, and the streaming port told to clients."""

    actors: Mapping[int, Actor]
    looks: Sequence[ActorLook]
    port: int


class RaySensors:
    """Keeps what a sensor needs from tick to tick: how far its sweep has come, and its dice.

    Args:
        rays: the scene they go through.
        seed: of the noise.
    """

    def __init__(self, rays: Caster, seed: int) -> None:
        self._rays, self._seed = rays, seed
        self._dice: dict[int, np.random.Generator] = {}
        self._angle_deg: dict[int, float] = {}

    def measure(self, sensor: Sensor, stamp: Stamp, dt_s: float, around: Around) -> Parts | None:
        """The message of a sensor; None if it has nothing to say."""
        if isinstance(sensor.probe, Lidar):
            return self._lidar(sensor, sensor.probe, stamp, dt_s, around)
        if isinstance(sensor.probe, Radar):
            return self._radar(sensor, sensor.probe, stamp, dt_s, around)
        if isinstance(sensor.probe, ObstacleDetector):
            return self._obstacle(sensor, sensor.probe, stamp, around)
        return None

    def forget(self, actor_id: int) -> None:
        """A sensor is gone."""
        self._dice.pop(actor_id, None)
        self._angle_deg.pop(actor_id, None)

    def _lidar(self, sensor: Sensor, lidar: Lidar, stamp: Stamp, dt_s: float, around: Around) -> Parts:
        local, channel, angle_deg = lidar.beams(self._angle_deg.get(sensor.id, 0.0), dt_s)
        self._angle_deg[sensor.id] = angle_deg
        dice, angle = self._dice_of(sensor), math.radians(angle_deg)
        if sensor.kind is Kind.LIDAR_SEMANTIC:
            beams, hits = self._cast(sensor, local, lidar.range_m, around)
            semantic, counts = lidar.semantic_points(local, channel, hits, beams)
            return ray_messages.lidar(stamp, sensor.pose, angle, counts, semantic)
        kept = lidar.kept(len(local), dice)
        local, channel = local[kept], channel[kept]
        _, hits = self._cast(sensor, local, lidar.range_m, around)
        points, counts = lidar.points(local, channel, hits, dice)
        return ray_messages.lidar(stamp, sensor.pose, angle, counts, points)

    def _radar(self, sensor: Sensor, radar: Radar, stamp: Stamp, dt_s: float, around: Around) -> Parts:
        local = radar.beams(dt_s, self._dice_of(sensor))
        beams, hits = self._cast(sensor, local, radar.range_m, around)
        speed = np.broadcast_to(-_velocity(sensor), (len(local), 3)).copy()
        for actor_id in np.unique(hits.actor_id[hits.actor_id > 0]).tolist():
            speed[hits.actor_id == actor_id] += around.actors[actor_id].velocity_mps
        return ray_messages.radar(stamp, sensor.pose, radar.detections(local, beams, hits, speed))

    def _obstacle(self, sensor: Sensor, detector: ObstacleDetector, stamp: Stamp, around: Around) -> Parts | None:
        owner = sensor.parent_id
        frame, bundle = np.array(axes(sensor.pose)), detector.bundle()
        hits = self._rays.cast(
            _place(sensor) + bundle @ frame,
            np.broadcast_to(frame[0], bundle.shape),
            detector.distance_m + detector.radius_m,
            [look for look in around.looks if look.actor_id != owner],
            scenery=not detector.only_dynamics,
        )
        nearest = detector.nearest(bundle, hits)
        if nearest is None:
            return None
        ray, distance_m = nearest
        met = around.actors.get(int(hits.actor_id[ray]))
        other = met.as_tuple(around.port) if met else scenery_tuple(int(hits.label[ray]))
        own = (sensor.parent or sensor).as_tuple(around.port)
        return ray_messages.obstacle(stamp, sensor.pose, own, other, distance_m)

    def _cast(self, sensor: Sensor, local: Array, reach_m: float, around: Around) -> tuple[Array, Hits]:
        """The beams in the world's axes, and what they meet."""
        beams = local @ np.array(axes(sensor.pose))
        origin = np.broadcast_to(_place(sensor), beams.shape)
        return beams, self._rays.cast(origin, beams, reach_m, around.looks)

    def _dice_of(self, sensor: Sensor) -> np.random.Generator:
        if sensor.id not in self._dice:
            own = int(number(sensor.description, "noise_seed")) % 2**32
            self._dice[sensor.id] = np.random.default_rng([self._seed % 2**32, own])
        return self._dice[sensor.id]


def _place(sensor: Sensor) -> Array:
    return np.array([sensor.pose.x_m, sensor.pose.y_m, sensor.pose.z_m])


def _velocity(sensor: Sensor) -> Array:
    """Of the sensor itself [m/s], world axes: its parent's, and what the parent's turning adds."""
    velocity = np.array(sensor.velocity_mps)
    if sensor.parent is not None:
        arm = sensor.pose.x_m - sensor.parent.pose.x_m, sensor.pose.y_m - sensor.parent.pose.y_m
        turning = sensor.turning_radps[2]
        velocity += (-turning * arm[1], turning * arm[0], 0.0)
    return velocity
