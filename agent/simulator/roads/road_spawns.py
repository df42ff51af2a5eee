"""Where cars may start: lane centres of driving lanes, evenly spaced."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from agent.simulator.nouns import Pose
from agent.simulator.roads.geometry_curves import Float64
from agent.simulator.roads.lanes import LaneSection
from agent.simulator.roads.road import Road

_SPACING_M = 40.0
_SHORTEST_ROAD_M = 15.0
_NARROWEST_LANE_M, _NARROWEST_AT_ALL_M = 2.5, 0.5
_HEIGHT_M = 0.3  # above the ground, so that a car falls onto its wheels instead of starting inside the road


def spawn_points(roads: Iterable[Road]) -> tuple[Pose, ...]:
    """Poses in the order of the roads, then along s, then from the left lane to the right.

    A map of short roads or narrow lanes alone has its starts there.
    """
    known = tuple(road for road in roads if road.junction is None)
    found = tuple(pose for road in known for pose in _on_road(road, _SHORTEST_ROAD_M))
    return found or tuple(pose for road in known for pose in _on_road(road, 0.0, _NARROWEST_AT_ALL_M))


def _on_road(road: Road, shortest_m: float, narrowest_m: float = _NARROWEST_LANE_M) -> Iterator[Pose]:
    if road.length_m < shortest_m:
        return
    count = max(1, round(road.length_m / _SPACING_M))
    s = (np.arange(count) + 0.5) * road.length_m / count
    for section in road.sections:
        yield from _in_section(road, section, s[(s >= section.start_m) & (s < section.end_m)], narrowest_m)


def _in_section(road: Road, section: LaneSection, s: Float64, narrowest_m: float) -> Iterator[Pose]:
    edges, at = section.boundaries(s), road.sample(s)
    places = road.point(s, (edges[1:] + edges[:-1]) / 2.0).tolist()
    wide = edges[:-1] - edges[1:] >= narrowest_m
    for column, (heading, slope) in enumerate(zip(at.heading_rad.tolist(), at.slope.tolist(), strict=True)):
        for row, lane in enumerate(section.lanes):
            if lane.kind == "driving" and wide[row, column]:
                x, y, z = places[row][column]
                along, turn = (-1.0, math.pi) if road.is_backward(lane.id) else (1.0, 0.0)
                yaw = (heading + turn + math.pi) % (2.0 * math.pi) - math.pi
                yield Pose(x, y, z + _HEIGHT_M, math.atan(along * slope), yaw, 0.0)
