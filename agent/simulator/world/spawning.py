"""From a checked description to an actor of the right class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from agent.simulator.dynamics.vehicle import VehicleState
from agent.simulator.dynamics.vehicle_specs import VehicleSpec, spec_for
from agent.simulator.nouns import Label, Pose
from agent.simulator.protocol.messages import Kind
from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.sensing import attributes
from agent.simulator.sensing.cameras import Film
from agent.simulator.world.actors import WALKER_MIDDLE_M, Actor, Sensor, Vehicle, Walker
from agent.simulator.world.blueprints import read_color

KINDS: Final[Mapping[str, Kind]] = {
    "sensor.camera.depth": Kind.CAMERA_DEPTH,
    "sensor.camera.instance_segmentation": Kind.CAMERA_INSTANCE,
    "sensor.camera.rgb": Kind.CAMERA_RGB,
    "sensor.camera.semantic_segmentation": Kind.CAMERA_SEMANTIC,
    "sensor.other.collision": Kind.COLLISION,
    "sensor.other.gnss": Kind.GNSS,
    "sensor.other.imu": Kind.IMU,
    "sensor.other.lane_invasion": Kind.NOTHING,  # measured inside the client
}
_WALKER_KG, _WALKER_M = 75.0, 0.375


def new_actor(actor_id: int, stream_id: int, description: ActorDescription, pose: Pose) -> Actor:
    """A vehicle, walker or sensor standing at a pose in the world.

    Args:
        actor_id: of the new actor.
        stream_id: for a sensor that sends.
        description: as checked by the library.
        pose: in the world.

    Raises:
        StructError: a sensor's attribute out of range.
    """
    kind = description.id.partition(".")[0]
    if kind == "sensor":
        return _sensor(actor_id, stream_id, description, pose)
    state = VehicleState(pose.x_m, pose.y_m, pose.z_m, pose.yaw_rad)
    if kind == "vehicle":
        color = read_color(description.value("color", "128,128,128"))
        vehicle = Vehicle(actor_id, description, pose, spec=spec_for(description.id), state=state, color=color)
        vehicle.put(pose)
        return vehicle
    if kind == "walker":
        walker = Walker(actor_id, description, pose, spec=_WALKER, state=state, middle_m=WALKER_MIDDLE_M)
        walker.put(pose)
        return walker
    return Actor(actor_id, description, pose)


def _sensor(actor_id: int, stream_id: int, description: ActorDescription, pose: Pose) -> Sensor:
    attributes.check(description)
    kind = KINDS[description.id]
    sensor = Sensor(actor_id, description, pose, kind=kind, stream_id=stream_id if kind is not Kind.NOTHING else 0)
    sensor.tick_s = attributes.number(description, "sensor_tick")
    if description.id.startswith("sensor.camera."):
        sensor.width_px = int(attributes.number(description, "image_size_x"))
        sensor.height_px = int(attributes.number(description, "image_size_y"))
        sensor.fov_deg = attributes.number(description, "fov")
    if kind is Kind.CAMERA_RGB:
        gamma, exposure = (attributes.number(description, name) for name in ("gamma", "exposure_compensation"))
        sensor.film = Film(gamma, exposure)
    return sensor


def _walker_spec() -> VehicleSpec:
    return replace(
        spec_for("vehicle.bh.crossbike"),
        label=Label.PEDESTRIANS,
        length_m=_WALKER_M,
        width_m=_WALKER_M,
        height_m=2.0 * WALKER_MIDDLE_M,
        mass_kg=_WALKER_KG,
        yaw_inertia_kgm2=_WALKER_KG * _WALKER_M**2 / 6.0,
        front_axle_m=0.0,
        rear_axle_m=0.0,
    )


_WALKER: Final = _walker_spec()
