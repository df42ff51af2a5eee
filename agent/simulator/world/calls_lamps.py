"""Calls of CARLA's light manager: the street lamps' states, asked for and changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.simulator.protocol.structs import StructError, integer, items, number, read_vector
from agent.simulator.protocol.wire import done, value
from agent.simulator.world.calls_world import Answer, Args
from agent.simulator.world.simulation import Simulation
from agent.simulator.world.street_lamps import LampState


def _states(simulation: Simulation, _: Args) -> object:
    lamps = simulation.episode.lamps
    return value(
        [
            [lamp.number, [lamp.x_m, lamp.y_m, lamp.z_m], state.intensity_lm, state.group, list(state.color), state.on]
            for lamp in lamps.lamps.values()
            if (state := lamps.state(lamp.number))
        ]
    )


def _read_state(raw: Any) -> LampState:
    lamp, place, intensity, group, color, on = items(raw, 6)[:6]
    read_vector(place)  # lamps stay where they are
    red, green, blue = (integer(channel) for channel in items(color, 3)[:3])
    if not all(0 <= channel <= 255 for channel in (red, green, blue)):
        raise StructError(f"colour {red}, {green}, {blue} is outside 0..255")
    return LampState(integer(lamp), number(intensity), integer(group) & 0xFF, (red, green, blue), bool(on))


def _update(simulation: Simulation, args: Args) -> object:
    simulation.episode.switch_lamps([_read_state(raw) for raw in items(args[1])])
    return done()


def _accept(_: Simulation, __: Args) -> object:
    return done()


CALLS: Mapping[str, Answer] = {
    "query_lights_state": _states,
    "update_lights_state": _update,
    "update_day_night_cycle": _accept,  # lamps always wait for the night
}
