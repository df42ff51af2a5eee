"""Calls about recordings: record, replay, and ask what is in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.simulator.protocol.structs import integer, number, read_transform, text
from agent.simulator.protocol.wire import done, value
from agent.simulator.recording.packets import RecordingError
from agent.simulator.world.calls_world import Answer, Args
from agent.simulator.world.replayer import Showing
from agent.simulator.world.simulation import Simulation


def _start(simulation: Simulation, args: Args) -> object:
    additional = bool(args[1]) if len(args) > 1 else False
    return value(simulation.recordings.start(text(args[0]), simulation.episode, additional=additional))


def _stop(simulation: Simulation, _: Args) -> object:
    simulation.recordings.stop_recorder()
    return done()


def _replay(simulation: Simulation, args: Args) -> object:
    name, start_s, duration_s, follow_id = text(args[0]), number(args[1]), number(args[2]), integer(args[3])
    showing = Showing(start_s, 0.0, follow_id, sensors=bool(args[4]) if len(args) > 4 else False)
    if len(args) > 5:
        showing = Showing(start_s, 0.0, follow_id, read_transform(args[5]), showing.sensors)
    recordings, library = simulation.recordings, simulation.library
    return value(recordings.replay(name, showing, duration_s, stage=simulation.stage, library=library))


def _info(simulation: Simulation, args: Args) -> object:
    return value(simulation.recordings.info(text(args[0]), show_all=bool(args[1])))


def _collisions(simulation: Simulation, args: Args) -> object:
    return value(simulation.recordings.collisions(text(args[0]), _letter(args[1]), _letter(args[2])))


def _blocked(simulation: Simulation, args: Args) -> object:
    return value(simulation.recordings.blocked(text(args[0]), number(args[1]), number(args[2])))


def _stop_replayer(simulation: Simulation, args: Args) -> object:
    simulation.recordings.stop_replayer(keep_actors=bool(args[0]))
    return done()


def _factor(simulation: Simulation, args: Args) -> object:
    simulation.recordings.set_factor(number(args[0]))
    return done()


def _ignore_hero(simulation: Simulation, args: Args) -> object:
    simulation.recordings.ignore_hero(bool(args[0]))
    return done()


def _ignore_spectator(simulation: Simulation, args: Args) -> object:
    simulation.recordings.ignore_spectator(bool(args[0]))
    return done()


def _letter(raw: Any) -> str:
    """A category: the client sends its character's code."""
    if isinstance(raw, int) and 32 <= raw < 127:
        return chr(raw)
    if isinstance(raw, str):
        return raw
    raise RecordingError(f"got category {raw!r:.20}, wanted one letter")


CALLS: Mapping[str, Answer] = {
    "start_recorder": _start,
    "stop_recorder": _stop,
    "replay_file": _replay,
    "show_recorder_file_info": _info,
    "show_recorder_collisions": _collisions,
    "show_recorder_actors_blocked": _blocked,
    "stop_replayer": _stop_replayer,
    "set_replayer_time_factor": _factor,
    "set_replayer_ignore_hero": _ignore_hero,
    "set_replayer_ignore_spectator": _ignore_spectator,
}
