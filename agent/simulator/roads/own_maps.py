"""The maps of this project and what writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.simulator.roads.country_map import country_xodr
from agent.simulator.roads.hills_map import hills_xodr
from agent.simulator.roads.loop_map import loop_xodr
from agent.simulator.roads.motorway_map import motorway_xodr
from agent.simulator.roads.town_map import town_xodr

OWN_MAPS: Mapping[str, Callable[[], str]] = {
    "loop": loop_xodr,
    "town": town_xodr,
    "motorway": motorway_xodr,
    "hills": hills_xodr,
    "country": country_xodr,
}
"""Name -> OpenDRIVE text; equal calls give equal text."""
