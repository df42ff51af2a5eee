"""Calls about traffic lights: states, times, groups, freezing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agent.simulator.protocol.structs import integer, number
from agent.simulator.protocol.wire import done, value
from agent.simulator.world.calls_actors import actor_of
from agent.simulator.world.calls_world import Answer, Args
from agent.simulator.world.episode import EpisodeError
from agent.simulator.world.light_groups import LightState
from agent.simulator.world.signal_actors import TrafficLight
from agent.simulator.world.simulation import Simulation

_LONGEST_S = 1e6


def light_of(simulation: Simulation, raw: Any) -> TrafficLight:
    """The traffic light of an id.

    Raises:
        EpisodeError: there is none, or it is no traffic light.
    """
    actor = actor_of(simulation, raw)
    if not isinstance(actor, TrafficLight):
        raise EpisodeError(f"actor {actor.id} ({actor.description.id}) is no traffic light")
    return actor


def _set_state(simulation: Simulation, args: Args) -> object:
    light, state = light_of(simulation, args[0]), integer(args[1])
    if state not in tuple(LightState):
        raise EpisodeError(f"traffic light state is {state}, wanted 0 to {max(LightState)}")
    light.group.states[light.id] = LightState(state)
    return done()


def _set_seconds(state: LightState) -> Callable[[Simulation, Args], object]:
    """The call that changes how long one state lasts, of all lights with the same controller."""

    def answer(simulation: Simulation, args: Args) -> object:
        light_of(simulation, args[0]).turn.seconds[state] = min(max(number(args[1]), 0.0), _LONGEST_S)
        return done()

    return answer


def _freeze(simulation: Simulation, args: Args) -> object:
    light_of(simulation, args[0]).group.frozen = bool(args[1])
    return done()


def _freeze_all(simulation: Simulation, args: Args) -> object:
    simulation.episode.right_of_way.freeze(bool(args[0]))
    return done()


def _reset_group(simulation: Simulation, args: Args) -> object:
    light_of(simulation, args[0]).group.reset()
    return done()


def _reset_all(simulation: Simulation, _: Args) -> object:
    simulation.episode.right_of_way.reset()
    return done()


def _group(simulation: Simulation, args: Args) -> object:
    return value(simulation.episode.right_of_way.group_of(light_of(simulation, args[0])))


CALLS: Mapping[str, Answer] = {
    "set_traffic_light_state": _set_state,
    "set_traffic_light_green_time": _set_seconds(LightState.GREEN),
    "set_traffic_light_yellow_time": _set_seconds(LightState.YELLOW),
    "set_traffic_light_red_time": _set_seconds(LightState.RED),
    "freeze_traffic_light": _freeze,
    "freeze_all_traffic_lights": _freeze_all,
    "reset_traffic_light_group": _reset_group,
    "reset_all_traffic_lights": _reset_all,
    "get_group_traffic_lights": _group,
    "get_light_boxes": lambda simulation, args: value(light_of(simulation, args[0]).light_boxes()),
}
