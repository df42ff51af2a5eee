"""Calls about the models of actors and layers of the map: bones, components, wheels, what is shown of a town."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from agent.simulator.nouns import Label, Pose
from agent.simulator.poses import attached
from agent.simulator.protocol.structs import integer, number, text, transform_tuple
from agent.simulator.protocol.wire import done, value
from agent.simulator.world.actors import Actor, Body, Vehicle
from agent.simulator.world.calls_actors import actor_of, body_of
from agent.simulator.world.calls_vehicles import vehicle_of
from agent.simulator.world.calls_world import Answer, Args
from agent.simulator.world.episode import EpisodeError
from agent.simulator.world.simulation import Simulation
from agent.simulator.world.walkers import Walker

_LAYERS: Mapping[int, tuple[Label, ...]] = {  # CARLA's MapLayer flags; layers of the ground itself always stay
    1: (Label.BUILDINGS,),
    4: (Label.VEGETATION,),
    64: (Label.STATIC, Label.DYNAMIC, Label.OTHER),
    128: (Label.POLES,),
    256: (Label.WALLS, Label.FENCES, Label.GUARD_RAIL),
}
_FRONT = (0, 1)
_MESH = {Vehicle: "VehicleMesh", Walker: "CharacterMesh0"}  # as CARLA's models name them
_WALKER_BONES = (  # some of CARLA's, and their height above the ground as a share of the walker's
    ("crl_root", 0.0),
    ("crl_hips__C", 0.53),
    ("crl_spine__C", 0.60),
    ("crl_spine01__C", 0.70),
    ("crl_neck__C", 0.83),
    ("crl_Head__C", 0.88),
)


def _layer(simulation: Simulation, raw: Any, *, shown: bool) -> object:
    flags = integer(raw)
    labels = {label for flag, of in _LAYERS.items() if flags & flag for label in of}
    episode = simulation.episode
    episode.show({thing.number for thing in episode.town.things if thing.label in labels}, shown=shown)
    return done()


def _bones(actor: Actor) -> list[tuple[str, Pose]]:
    """Bones by CARLA's names, each in its actor's axes."""
    if isinstance(actor, Vehicle):
        spec = actor.spec
        side_m, radius_m = 0.5 * spec.width_m - 0.15, spec.wheel_radius_m
        steer = actor.state.steer_rad if actor.shown_steer_rad is None else actor.shown_steer_rad
        wheels = (
            ("Wheel_Front_Left", spec.front_axle_m, -side_m, steer),
            ("Wheel_Front_Right", spec.front_axle_m, side_m, steer),
            ("Wheel_Rear_Left", -spec.rear_axle_m, -side_m, 0.0),
            ("Wheel_Rear_Right", -spec.rear_axle_m, side_m, 0.0),
        )
        bones = [(name, Pose(along_m, across_m, radius_m, 0.0, yaw)) for name, along_m, across_m, yaw in wheels]
        return [("Vehicle_Base", Pose()), *bones]
    if isinstance(actor, Walker):
        return [(name, Pose(z_m=share * actor.spec.height_m - actor.middle_m)) for name, share in _WALKER_BONES]
    return []


def _bone_names(simulation: Simulation, args: Args) -> object:
    return value([name for name, _ in _bones(actor_of(simulation, args[0]))])


def _bones_in_actor(simulation: Simulation, args: Args) -> object:
    return value([transform_tuple(pose) for _, pose in _bones(actor_of(simulation, args[0]))])


def _bones_in_world(simulation: Simulation, args: Args) -> object:
    actor = actor_of(simulation, args[0])
    return value([transform_tuple(attached(actor.pose, pose)) for _, pose in _bones(actor)])


def _walker_bones(simulation: Simulation, args: Args) -> object:
    walker = actor_of(simulation, args[0])
    if not isinstance(walker, Walker):
        raise EpisodeError(f"actor {walker.id} ({walker.description.id}) is no walker")
    poses = [(name, attached(walker.pose, pose), pose) for name, pose in _bones(walker)]
    return value([[[name, *(transform_tuple(pose) for pose in (world, own, own))] for name, world, own in poses]])


def _component_names(simulation: Simulation, args: Args) -> object:
    actor = actor_of(simulation, args[0])
    return value([name for of, name in _MESH.items() if isinstance(actor, of)])


def _component(simulation: Simulation, args: Args) -> Actor:
    actor, name = actor_of(simulation, args[0]), text(args[1])
    if not any(name == known and isinstance(actor, of) for of, known in _MESH.items()):
        raise EpisodeError(f"actor {actor.id} ({actor.description.id}) has no component {name!r:.60}")
    return actor


def _component_in_world(simulation: Simulation, args: Args) -> object:
    return value(transform_tuple(_component(simulation, args).pose))


def _component_in_actor(simulation: Simulation, args: Args) -> object:
    _component(simulation, args)
    return value(transform_tuple(Pose()))


def _no_sockets(simulation: Simulation, args: Args) -> object:
    actor_of(simulation, args[0])
    return value([])


def _wheel_angle(simulation: Simulation, args: Args) -> object:
    vehicle = vehicle_of(simulation, args[0])
    steer = vehicle.state.steer_rad if vehicle.shown_steer_rad is None else vehicle.shown_steer_rad
    return value(math.degrees(steer) if integer(args[1]) in _FRONT else 0.0)


def _turn_wheel(simulation: Simulation, args: Args) -> object:
    """For the eye alone, as in CARLA; both front wheels stand alike."""
    vehicle = vehicle_of(simulation, args[0])
    if integer(args[1]) in _FRONT:
        vehicle.shown_steer_rad = math.radians(min(max(number(args[2]), -90.0), 90.0))
    return done()


def _wheel_pitch(simulation: Simulation, args: Args) -> object:
    return value(math.degrees(vehicle_of(simulation, args[0]).state.wheel_turn_rad))


def _collisions(simulation: Simulation, args: Args) -> object:
    body: Body = body_of(simulation, args[0])
    body.solid = bool(args[1])
    return done()


def _gravity(simulation: Simulation, args: Args) -> object:
    simulation.episode.gravity_mps2 = min(max(number(args[0]), -1000.0), 1000.0)
    return done()


def _accept(_: Simulation, __: Args) -> object:
    return done()


CALLS: Mapping[str, Answer] = {
    "load_map_layer": lambda simulation, args: _layer(simulation, args[0], shown=True),
    "unload_map_layer": lambda simulation, args: _layer(simulation, args[0], shown=False),
    "get_actor_bone_names": _bone_names,
    "get_actor_bone_relative_transforms": _bones_in_actor,
    "get_actor_bone_world_transforms": _bones_in_world,
    "get_vehicle_bone_world_transforms": _bones_in_world,
    "get_bones_transform": _walker_bones,
    "get_actor_component_names": _component_names,
    "get_actor_component_world_transform": _component_in_world,
    "get_actor_component_relative_transform": _component_in_actor,
    "get_actor_socket_names": _no_sockets,
    "get_actor_socket_world_transforms": _no_sockets,
    "get_actor_socket_relative_transforms": _no_sockets,
    "get_wheel_steer_angle": _wheel_angle,
    "set_wheel_steer_direction": _turn_wheel,
    "get_wheel_pitch_angle": _wheel_pitch,
    "set_actor_collisions": _collisions,
    "get_imui_gravity": lambda simulation, _: value(simulation.episode.gravity_mps2),
    "set_imui_gravity": _gravity,
    "set_annotations_traverse_translucency": _accept,  # glass here is not looked through
}
