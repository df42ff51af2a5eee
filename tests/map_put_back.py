"""Drive on another map than the one found, then look whether that one is back: `CASE PORT OTHER.xodr`.

A program of its own, because two CARLA 0.9.16 clients in one process now and then crash when the map changes. Cases:
slow: the server takes longer to load a map than the client usually waits. sent: another client had sent the map found,
and the server waits for ticks.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import carla

from agent.carla_world import CarlaWorld
from agent.scenario import Scenario
from tests.relay import relay_to

LOOP = (Path(__file__).parents[1] / "configs" / "maps" / "loop.xodr").read_text(encoding="utf-8")
ANOTHER = "<!-- another -->"


def found(client):
    """Map and settings, as a client sees them that has just come."""
    world = client.get_world()
    settings = world.get_settings()
    return world.get_map().name, world.get_map().to_opendrive(), settings.synchronous_mode, settings.fixed_delta_seconds


def visit(port, **more):
    scenario = Scenario(width_px=240, height_px=136, weather="HardRainSunset", spawn=3, **more)
    with CarlaWorld("127.0.0.1", port, scenario) as world:
        next(world.frames())
        assert world.map_name == "OpenDriveMap"


def main(case, port, another_map):
    client = carla.Client("127.0.0.1", port)
    client.set_timeout(30)
    if case == "sent":
        world = client.generate_opendrive_world(LOOP)
        settings = world.get_settings()
        settings.synchronous_mode, settings.fixed_delta_seconds = True, 0.1
        world.apply_settings(settings)
    before = found(client)
    assert ANOTHER not in before[1]
    if case == "slow":
        with relay_to(port, "load_new_episode", 4.0) as relay:
            visit(relay.port, map=another_map, timeout_s=3.0)
    else:
        visit(port, map=another_map)
    after = found(carla.Client("127.0.0.1", port))
    assert after == before, (after[0], after[2:], before[0], before[2:])


if __name__ == "__main__":
    status = 0
    try:
        main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    except BaseException:
        traceback.print_exc()
        status = 1
    os._exit(status)  # the client's threads now and then abort an orderly exit
