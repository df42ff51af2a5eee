"""From a checked description to an actor of the right class."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from agent.simulator.dynamics.vehicle import VehicleState
from agent.simulator.dynamics.vehicle_specs import VehicleSpec, spec_for
from agent.simulator.nouns import Label, Pose
from agent.simulator.protocol.structs import ActorDescription
from agent.simulator.world.actors import WALKER_MIDDLE_M, Actor, Vehicle
from agent.simulator.world.blueprints import read_color
from agent.simulator.world.sensor_actors import new_sensor
from agent.simulator.world.walkers import Walker

_WALKER_KG, _WALKER_M = 75.0, 0.375


def new_actor(actor_id: int, description: ActorDescription, pose: Pose) -> Actor:
    """A vehicle, walker or sensor standing at a pose in the world.

    Args:
        actor_id: of the new actor; also of its stream, if it is a sensor that sends.
        description: as checked by the library.
        pose: in the world.

    Raises:
        StructError: a sensor's attribute out of range.
    """
    kind = description.id.partition(".")[0]
    if kind == "sensor":
        return new_sensor(actor_id, description, pose)
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
