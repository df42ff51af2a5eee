"""Calls about the world as a whole: episode, settings, ticks, map, weather, blueprints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.simulator.protocol.structs import (
    integer,
    items,
    read_settings,
    read_weather,
    settings_tuple,
    text,
    transform_tuple,
    weather_tuple,
)
from agent.simulator.protocol.tokens import WORLD_STREAM, stream_token
from agent.simulator.protocol.wire import done, value
from agent.simulator.world.debug_shapes import read_shape
from agent.simulator.world.simulation import Simulation

Args = Sequence[Any]
Answer = Callable[[Simulation, Args], object]

VERSION = "0.9.16"


def _episode_info(simulation: Simulation, _: Args) -> object:
    return value([simulation.episode.id, [stream_token(WORLD_STREAM, simulation.streaming_port)]])


def _sensor_token(simulation: Simulation, args: Args) -> object:
    return value([simulation.token(integer(args[0]))])


def _set_settings(simulation: Simulation, args: Args) -> object:
    return value(simulation.set(read_settings(args[0])))


def _map_info(simulation: Simulation, _: Args) -> object:
    town = simulation.episode.town
    return value([town.path, [transform_tuple(pose) for pose in town.network.spawn_points]])


def _available_maps(simulation: Simulation, _: Args) -> object:
    return value([f"/Game/Carla/Maps/{name}" for name in simulation.shelf.names()])


def _load(simulation: Simulation, args: Args) -> object:
    simulation.load(text(args[0]), reset_settings=bool(args[1]))
    return done()


def _keep_map(simulation: Simulation, args: Args) -> object:
    simulation.shelf.keep(text(args[0]))
    return done()


def _required_files(simulation: Simulation, args: Args) -> object:
    """The navigation mesh alone: the map itself travels by get_map_data."""
    name = simulation.episode.town.nav_file
    return value([name] if name and text(args[0]) == "Nav" else [])


def _file(simulation: Simulation, args: Args) -> object:
    town = simulation.episode.town
    if not town.nav_file or text(args[0]) != town.nav_file:
        raise ValueError(f"file '{text(args[0]):.80}' not found")
    return value(town.nav_mesh())


def _set_weather(simulation: Simulation, args: Args) -> object:
    simulation.set_weather(read_weather(args[0]))
    return done()


def _traffic_server(simulation: Simulation, args: Args) -> object:
    port = integer(args[0])
    return value([simulation.traffic_servers.get(port, ""), port])


def _add_traffic_server(simulation: Simulation, args: Args) -> object:
    host, port = items(args[0], 2)[:2]
    if integer(port) in simulation.traffic_servers:
        return value(False)
    simulation.traffic_servers[port] = text(host)
    return value(True)


def _remove_traffic_server(simulation: Simulation, args: Args) -> object:
    simulation.traffic_servers.pop(integer(args[0]), None)
    return done()


def _draw(simulation: Simulation, args: Args) -> object:
    simulation.episode.debug.add(read_shape(args[0]), simulation.episode.elapsed_s)
    return done()


def _wipe(simulation: Simulation, _: Args) -> object:
    simulation.episode.debug.clear()
    return done()


def _accept(_: Simulation, __: Args) -> object:
    return done()


def _nothing(_: Simulation, __: Args) -> object:
    return value([])


CALLS: Mapping[str, Answer] = {
    "version": lambda _, __: value(VERSION),
    "get_episode_info": _episode_info,
    "get_sensor_token": _sensor_token,
    "get_episode_settings": lambda simulation, _: value(settings_tuple(simulation.settings)),
    "set_episode_settings": _set_settings,
    "tick_cue": lambda simulation, _: value(simulation.tick_cue()),
    "get_map_info": _map_info,
    "get_map_data": lambda simulation, _: value(simulation.episode.town.network.xodr),
    "get_available_maps": _available_maps,
    "load_new_episode": _load,
    "copy_opendrive_to_file": _keep_map,
    "get_required_files": _required_files,
    "request_file": _file,
    "get_actor_definitions": lambda simulation, _: value(simulation.library.definitions()),
    "get_weather_parameters": lambda simulation, _: value(weather_tuple(simulation.episode.weather)),
    "set_weather_parameters": _set_weather,
    "is_traffic_manager_running": lambda simulation, args: value(integer(args[0]) in simulation.traffic_servers),
    "get_traffic_manager_running": _traffic_server,
    "add_traffic_manager_running": _add_traffic_server,
    "destroy_traffic_manager": _remove_traffic_server,
    "draw_debug_shape": _draw,
    "clear_debug_shape": _wipe,
    "clear_debug_string": _accept,  # none is drawn
}
