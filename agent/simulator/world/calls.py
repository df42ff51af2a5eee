"""The table of calls: RPC name -> what the simulation does and answers."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from agent.simulator.protocol.wire import Call, refusal
from agent.simulator.world import (
    calls_actors,
    calls_lamps,
    calls_lights,
    calls_models,
    calls_recorder,
    calls_scene,
    calls_vehicles,
    calls_world,
)
from agent.simulator.world.batch import apply_batch
from agent.simulator.world.calls_world import Answer
from agent.simulator.world.simulation import Simulation

_LOG = logging.getLogger(__name__)
_MOST_WARNINGS = 100

TABLE: Mapping[str, Answer] = {
    **calls_world.CALLS,
    **calls_actors.CALLS,
    **calls_vehicles.CALLS,
    **calls_lights.CALLS,
    **calls_scene.CALLS,
    **calls_recorder.CALLS,
    **calls_lamps.CALLS,
    **calls_models.CALLS,
    "apply_batch": apply_batch,
}


def answer(simulation: Simulation, call: Call) -> object:
    """The result to reply with: CARLA's Response, an error included; never raises."""
    known = TABLE.get(call.method)
    if known is None:
        _warn_once(simulation, call.method)
        return refusal(f"{call.method} is not supported by the embedded simulator")
    try:
        return known(simulation, call.args)
    except (ValueError, TypeError, IndexError) as error:  # wrong or missing arguments, or what cannot be done
        _LOG.info("%s: %s", call.method, error)
        return refusal(str(error) if isinstance(error, ValueError) else f"{call.method}: wrong arguments")
    except Exception:  # a bug of ours must not end the other clients' session
        _LOG.exception("%s failed", call.method)
        return refusal(f"{call.method} failed inside the embedded simulator; its log has more")


def _warn_once(simulation: Simulation, method: str) -> None:
    """Log a refusal: the client throws the answer to a call away that it does not wait for."""
    if method not in simulation.refused and len(simulation.refused) < _MOST_WARNINGS:
        simulation.refused.add(method)
        _LOG.warning("%r is not supported by the embedded simulator (said once)", method)
