"""What a vehicle's own sensors measure after a tick: bumps, accelerations, places; as stream messages."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence

from agent.simulator.dynamics.collision import Contact
from agent.simulator.poses import Vector, axes, inward
from agent.simulator.protocol import messages
from agent.simulator.protocol.messages import Parts, Stamp
from agent.simulator.world.actors import Actor
from agent.simulator.world.made_up import scenery_tuple
from agent.simulator.world.maps import Town
from agent.simulator.world.sensor_actors import Sensor

_EARTH_RADIUS_M = 6378137.0
_SCALE = 0.9996
_NOWHERE_DEG = (42.0, 2.0)


class Gauges:
    """Turns a tick into messages; keeps what the measurements need from tick to tick.

    Args:
        town: where it is measured.
        seed: of the noise that sensors are asked to have.
    """

    def __init__(self, town: Town, seed: int) -> None:
        self._town = town
        self._seed = seed
        self._origin_deg = map_origin(town.network.xodr)
        self._noise: dict[int, random.Random] = {}

    def collisions(
        self, sensor: Sensor, stamp: Stamp, contacts: Sequence[Contact], actors: Mapping[int, Actor], port: int
    ) -> Iterator[tuple[int, Parts]]:
        """A message for each bump of the sensor's parent."""
        parent = sensor.parent
        for contact in contacts:
            if parent is None or contact.body_id != parent.id:
                continue
            other = actors.get(contact.other_id) if contact.other_id is not None else None
            met = other.as_tuple(port) if other else scenery_tuple(contact.label)
            own = parent.as_tuple(port)
            yield sensor.stream_id, (messages.collision(stamp, sensor.pose, own, met, contact.impulse_ns),)

    def imu(self, sensor: Sensor, stamp: Stamp, gravity_mps2: float) -> Parts:
        """Acceleration with gravity, turning, compass; in the sensor's axes."""
        frame = axes(sensor.pose)
        ax, ay, az = sensor.acceleration_mps2
        felt = self._noisy(sensor, inward(frame, (ax, ay, az + gravity_mps2)), "accel")
        turning = self._noisy(sensor, inward(frame, sensor.turning_radps), "gyro")
        compass = (math.atan2(frame[0][1], frame[0][0]) + 0.5 * math.pi) % (2.0 * math.pi)
        return (messages.imu(stamp, sensor.pose, felt, turning, compass),)

    def gnss(self, sensor: Sensor, stamp: Stamp) -> Parts:
        """Latitude, longitude, altitude."""
        latitude, longitude = geolocation(self._origin_deg, sensor.pose.x_m, sensor.pose.y_m)
        place = (latitude, longitude, sensor.pose.z_m)
        noisy = tuple(
            measured + self._gauss(sensor, f"noise_{axis}_stddev") + _setting(sensor, f"noise_{axis}_bias")
            for measured, axis in zip(place, ("lat", "lon", "alt"), strict=True)
        )
        return (messages.gnss(stamp, sensor.pose, *noisy),)

    def forget(self, actor_id: int) -> None:
        """An actor is gone; its noise with it."""
        self._noise.pop(actor_id, None)

    def _noisy(self, sensor: Sensor, vector: Vector, kind: str) -> Vector:
        """A vector with the noise and bias the sensor's attributes ask for."""
        x, y, z = (
            measured
            + self._gauss(sensor, f"noise_{kind}_stddev_{axis}")
            + (_setting(sensor, f"noise_gyro_bias_{axis}") if kind == "gyro" else 0.0)
            for measured, axis in zip(vector, "xyz", strict=True)
        )
        return x, y, z

    def _gauss(self, sensor: Sensor, attribute: str) -> float:
        deviation = _setting(sensor, attribute)
        if deviation <= 0.0:
            return 0.0
        seed = int(_setting(sensor, "noise_seed")) + (self._seed << 32)
        return self._noise.setdefault(sensor.id, random.Random(seed)).gauss(0.0, deviation)


def _setting(sensor: Sensor, attribute: str) -> float:
    value = float(sensor.description.value(attribute, "0"))
    return value if math.isfinite(value) else 0.0


def map_origin(xodr: str) -> tuple[float, float]:
    """Latitude and longitude [deg] of the map's origin from its geoReference; CARLA's 42, 2 where it has none."""
    reference = re.search(r"<geoReference>(.{0,2000}?)</geoReference>", xodr, re.DOTALL)
    found = dict(re.findall(r"\+(lat_0|lon_0)=(-?\d{1,3}(?:\.\d{1,20})?)", reference[1] if reference else ""))
    return (float(found["lat_0"]), float(found["lon_0"])) if len(found) == 2 else _NOWHERE_DEG


def geolocation(origin_deg: tuple[float, float], x_m: float, y_m: float) -> tuple[float, float]:
    """Latitude and longitude [deg] of a place, as `carla.Map.transform_to_geolocation` of 0.9.16 answers it.

    That is the transverse Mercator projection of a sphere (Snyder, Map Projections, 1987, eq. 8-6 and 8-7) with UTM's
    scale, whatever scale the geoReference names; and its latitude grows with y, though y is south elsewhere in CARLA.
    """
    latitude, longitude = origin_deg
    east = x_m / (_SCALE * _EARTH_RADIUS_M)
    north = math.radians(latitude) + y_m / (_SCALE * _EARTH_RADIUS_M)
    return (
        math.degrees(math.asin(math.sin(north) / math.cosh(east))),
        longitude + math.degrees(math.atan2(math.sinh(east), math.cos(north))),
    )
