"""A map's lanes, lines, posts and everybody on the road as coloured lines: what a Cosmos visualization camera sees.

Colours, widths and what is outlined are those of CARLA 0.9.16's `CosmosControlSensor`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from agent.simulator.nouns import Label, Pose, Thing
from agent.simulator.poses import attached
from agent.simulator.roads.road import Road
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.signal_boxes import signal_boxes
from agent.simulator.sensing.wireframe import Float64, Lines, box_edges
from agent.simulator.world.actors import Body
from agent.simulator.world.maps import Town

_THIN_M, _THICK_M = 0.1, 0.2
_LIGHT, _SIGN, _POLE = (109, 144, 136), (214, 144, 137), (58, 4, 124)
_LANE, _CROSSWALK, _STOP = (71, 134, 183), (202, 132, 58), (255, 0, 0)
_VEHICLE, _WALKER = (255, 0, 0), (0, 255, 0)
_STEP_M = 2.0
_STOP_LINE_AHEAD_M = 1.5  # of a light's trigger box


class Outlines:
    """The lines of a town.

    Args:
        town: whose.
    """

    def __init__(self, town: Town) -> None:
        self._town = town

    def now(self, bodies: Iterable[Body]) -> Lines:
        """Those of the map, made when they are first asked for, and boxes around vehicles and walkers."""
        return Lines.joined([self._map, *(_body(body) for body in bodies)])

    @cached_property
    def _map(self) -> Lines:
        network = self._town.network
        lanes = [chain for road in network.roads if road.junction is None for chain in _lanes(road)]
        zones = [thing.outline for thing in network.objects if thing.kind == "crosswalk" and len(thing.outline) >= 3]
        return Lines.joined(
            [
                *(line for thing in self._town.things for line in _thing(thing)),
                *(Lines.of(_pairs(chain), _THICK_M, _LANE) for chain in lanes),
                *(Lines.of(_pairs(np.vstack([zone, zone[:1]])), _THICK_M, _CROSSWALK) for zone in zones),
                Lines.of(list(_stop_lines(network)), _THICK_M, _STOP),
            ]
        )


def _body(body: Body) -> Lines:
    spec = body.spec
    half = (0.5 * spec.length_m, 0.5 * spec.width_m, 0.5 * spec.height_m)
    middle = attached(body.pose, Pose(z_m=half[2] - body.middle_m))
    return Lines.of(box_edges(middle, half), _THIN_M, _WALKER if spec.label is Label.PEDESTRIANS else _VEHICLE)


def _thing(thing: Thing) -> Iterator[Lines]:
    box = thing.box
    half = (box.half_length_m, box.half_width_m, box.half_height_m)
    if thing.label in (Label.TRAFFIC_LIGHT, Label.TRAFFIC_SIGNS):
        color = _LIGHT if thing.label is Label.TRAFFIC_LIGHT else _SIGN
        yield Lines.of(box_edges(Pose(box.x_m, box.y_m, box.z_m, yaw_rad=box.yaw_rad), half), _THIN_M, color)
    elif thing.label is Label.POLES and max(half[:2]) <= half[2]:
        ends = [(box.x_m, box.y_m, box.z_m - half[2]), (box.x_m, box.y_m, box.z_m + half[2])]
        yield Lines.of(ends, _THICK_M, _POLE)


def _lanes(road: Road) -> Iterator[Float64]:
    """(N, 3) the middles of a road's driving lanes."""
    for section in road.sections:
        count = max(int((section.end_m - section.start_m) / _STEP_M), 1) + 1
        s: Float64 = np.linspace(section.start_m, section.end_m, count, dtype=np.float64)
        edges = section.boundaries(s)
        places = road.point(s, (edges[1:] + edges[:-1]) / 2.0)
        yield from (places[row] for row, lane in enumerate(section.lanes) if lane.kind == "driving")


def _stop_lines(network: RoadNetwork) -> Iterator[list[tuple[float, float, float]]]:
    """Both ends of the line before each traffic light, half a lane wide as its trigger box."""
    for signal in network.signals:
        if signal.kind != "traffic_light":
            continue
        for box in signal_boxes(network, signal):
            here = Pose(box.x_m, box.y_m, box.z_m, yaw_rad=box.yaw_rad)
            ahead_m = box.half_length_m + _STOP_LINE_AHEAD_M
            ends = (attached(here, Pose(ahead_m, side * box.half_width_m)) for side in (-1.0, 1.0))
            yield [(end.x_m, end.y_m, end.z_m) for end in ends]


def _pairs(chain: Float64) -> Float64:
    """A chain of points (N, 3) as lines (N - 1, 2, 3)."""
    return np.stack([chain[:-1], chain[1:]], axis=1)
