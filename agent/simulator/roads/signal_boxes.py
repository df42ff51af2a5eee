"""Where a car must be for a traffic light or a sign to speak to it: boxes on the lanes, as CARLA 0.9.16 makes them.

Sizes and places are those of its `TrafficLightComponent`, `StopSignComponent`, `YieldSignComponent` and
`SpeedLimitComponent`: a light's box ends 1.5 m before its line and is half a lane wide, the line of a light inside a
junction being where the lane enters it; the boxes of signs are cubes just before the sign.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from agent.simulator.nouns import Box, Label
from agent.simulator.roads.lanes import Lane
from agent.simulator.roads.road import Road, RoadLink
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_signals import RoadSignal

_LIGHT_HALF_LENGTH_M, _LIGHT_HALF_WIDTH_SHARE, _LIGHT_HALF_HEIGHT_M, _LIGHT_GAP_M = 1.5, 0.25, 1.0, 1.5
_HALF_SHARE = {"stop": 0.45, "yield": 0.45, "speed_limit": 0.35}
_THINNEST_M = 0.01
_EDGE_M = 1e-5


def signal_boxes(network: RoadNetwork, signal: RoadSignal) -> tuple[Box, ...]:
    """One box for each lane a signal speaks to; yaw is the direction of travel."""
    return tuple(_boxes(network, signal))


def _boxes(network: RoadNetwork, signal: RoadSignal) -> Iterator[Box]:
    is_light = signal.kind == "traffic_light"
    for reach in signal.reaches:
        for lane_id in reach.lane_ids:
            road, lane, s = network.road(reach.road_id), lane_id, reach.s_m
            if is_light and road.junction is not None:
                road, lane, s = _entry(network, road, lane, s)
            width_m = _lane_at(road, s, lane)[1]
            if is_light:
                half = (_LIGHT_HALF_LENGTH_M, max(_LIGHT_HALF_WIDTH_SHARE * width_m, _THINNEST_M), _LIGHT_HALF_HEIGHT_M)
                back_m = _LIGHT_HALF_LENGTH_M + _LIGHT_GAP_M
            else:
                back_m = max(_HALF_SHARE[signal.kind] * width_m, _THINNEST_M)
                half = (back_m, back_m, back_m)
            label = Label.TRAFFIC_LIGHT if is_light else Label.TRAFFIC_SIGNS
            yield Box(*_spot(road, s, lane, back_m), *half, label)


def _spot(road: Road, s: float, lane: int, back_m: float) -> tuple[float, float, float, float]:
    """x, y, z, yaw on a lane's middle, `back_m` before `s` as it is driven, but not out of the lane section."""
    section = road.section_at(s)
    backward = road.is_backward(lane)
    s += back_m if backward else -back_m
    s = min(max(s, section.start_m + _EDGE_M), section.end_m - _EDGE_M)
    x, y, z = road.point(s, _lane_at(road, s, lane)[0]).tolist()
    yaw = float(road.sample(s).heading_rad) + (math.pi if backward else 0.0)
    return x, y, z, (yaw + math.pi) % (2.0 * math.pi) - math.pi


def _lane_at(road: Road, s: float, lane_id: int) -> tuple[float, float]:
    """t of a lane's middle and its width [m]; of the road's middle where the lane is not."""
    section = road.section_at(s)
    edges = section.boundaries(np.array([s]))[:, 0]
    row = next((row for row, lane in enumerate(section.lanes) if lane.id == lane_id), None)
    if row is None:
        return float(edges[section.center_row]), 0.0
    return float(edges[row] + edges[row + 1]) / 2.0, float(edges[row] - edges[row + 1])


def _entry(network: RoadNetwork, road: Road, lane_id: int, s: float) -> tuple[Road, int, float]:
    """Where the lane comes from that crosses a junction here, or the place itself where the file does not say."""
    backward = road.is_backward(lane_id)
    lane: Lane | None = road.sections[-1 if backward else 0].lane(lane_id)
    link: RoadLink | None = road.successor if backward else road.predecessor
    before = lane and (lane.successor if backward else lane.predecessor)
    if link is None or link.element != "road" or not before or not network.has_road(link.id):
        return road, lane_id, s
    came_from = network.road(link.id)
    if came_from.junction is not None:
        return road, lane_id, s
    return came_from, before, came_from.length_m if link.contact == "end" else 0.0
