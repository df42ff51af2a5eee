"""Actors that are none: what belongs to the map, as the messages about bumps and obstacles name it."""

from __future__ import annotations

from agent.simulator.nouns import Label
from agent.simulator.protocol.structs import ActorDescription, actor_tuple, box_tuple

_NAMES = {
    Label.ROADS: "static.road",
    Label.ROAD_LINES: "static.roadlines",
    Label.SIDEWALKS: "static.sidewalk",
    Label.BUILDINGS: "static.building",
    Label.WALLS: "static.wall",
    Label.FENCES: "static.fence",
    Label.POLES: "static.pole",
    Label.VEGETATION: "static.vegetation",
    Label.TERRAIN: "static.terrain",
    Label.GUARD_RAIL: "static.guardrail",
    Label.TRAFFIC_SIGNS: "static.trafficsign",
}


def scenery_tuple(label: int) -> list[object]:
    """An Actor tuple of id 0 that stands for a piece of scenery, as CARLA makes them up."""
    description = ActorDescription(0, _NAMES.get(Label(label), "static.unknown"))
    return actor_tuple(0, 0, description, box=box_tuple(), tags=bytes([label]), token=b"")
