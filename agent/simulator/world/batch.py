"""apply_batch: many commands in one call, each answered by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.simulator.protocol.structs import integer, items
from agent.simulator.world import calls_actors, calls_lights, calls_vehicles
from agent.simulator.world.calls_world import Answer
from agent.simulator.world.simulation import Simulation

_SPAWN = 0
_CALLS = {**calls_actors.CALLS, **calls_vehicles.CALLS, **calls_lights.CALLS}
_COMMANDS = {
    1: "destroy_actor",
    2: "apply_control_to_vehicle",
    3: "apply_ackermann_control_to_vehicle",
    4: "apply_control_to_walker",
    5: "apply_physics_control",
    6: "set_actor_transform",
    7: "apply_walker_state",
    8: "set_actor_target_velocity",
    9: "set_actor_target_angular_velocity",
    10: "add_actor_impulse",
    11: "add_actor_force",
    12: "add_actor_angular_impulse",
    13: "add_actor_torque",
    14: "set_actor_simulate_physics",
    15: "set_actor_enable_gravity",
    16: "set_actor_autopilot",
    17: "show_vehicle_debug_telemetry",
    18: "set_vehicle_light_state",
    19: "set_actor_location",
    20: "console_command",
    21: "set_traffic_light_state",
}
_BY_NUMBER: dict[int, Answer] = {number: _CALLS[name] for number, name in _COMMANDS.items() if name in _CALLS}
_MAX_COMMANDS = 100_000


def apply_batch(simulation: Simulation, args: Sequence[Any]) -> object:
    """A bare list of CommandResponse, [[1, actor id]] or [[0, [reason]]] each; then a tick if asked for."""
    answers = [_answer(simulation, command) for command in items(args[0])[:_MAX_COMMANDS]]
    if len(args) > 1 and args[1] and simulation.settings.synchronous_mode:
        simulation.tick_cue()
    return answers


def _answer(simulation: Simulation, command: Any) -> list[object]:
    try:
        return [[1, _obey(simulation, command)]]
    except (ValueError, TypeError, IndexError) as error:
        return [[0, [str(error)]]]


def _obey(simulation: Simulation, command: Any) -> int:
    """Carry out one command; returns the id of the actor it was about."""
    index, fields = _opened(command)
    call = _BY_NUMBER.get(index)
    if call is not None:
        call(simulation, items(fields, 1))
        return integer(fields[0])
    if index == _SPAWN:
        return _spawn(simulation, items(fields, 6))
    name = _COMMANDS.get(index, f"command {index!r:.20}")
    raise ValueError(f"{name} is not supported by the embedded simulator")


def _opened(command: Any) -> tuple[Any, Any]:
    """Number and fields of a command, [[number, fields]]."""
    index, fields = items(items(command, 1)[0], 2)[:2]
    return index, fields


def _spawn(simulation: Simulation, fields: Sequence[Any]) -> int:
    """SpawnActor with what shall follow it; the client left the new actor's id open there."""
    parent = items(fields[2], 1)
    parent_id = integer(parent[1]) if parent[0] and len(parent) > 1 else 0
    actor_id = calls_actors.spawn(simulation, fields[0], fields[1], parent_id).id
    for following in items(fields[5]):
        index, inner = _opened(following)
        _answer(simulation, [[index, [actor_id, *items(inner, 1)[1:]]]])
    return actor_id
