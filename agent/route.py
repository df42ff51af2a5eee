"""From where the car stands to where it shall go, along the lanes of a CARLA map; pure."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SPACING_M = 2.0
"""Between two points of a route."""
_LONGEST_M = 50_000.0
_ARRIVED_M = 1.5 * SPACING_M
_ROUND_M = 60.0  # a lap is no shorter
_CHANGE_M = 100.0  # what changing lanes costs: more than a bend's inner lane spares, less than a way around the block
_RIGHT, _LEFT = 1, 2  # of carla.LaneChange
_Key = tuple[int, int, int, int]  # road, section, lane, station


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a route ends; exactly one is given.

    Attributes:
        laps: times around, back to the start.
        length_m: so far along the lane; at a fork straight on.
        goal: x, y of a place [m] on or beside a lane.
        goal_spawn: index of the spawn point to reach.
        via: x, y of places to pass on the way to a goal, in order.
    """

    laps: int | None = None
    length_m: float | None = None
    goal: tuple[float, float] | None = None
    goal_spawn: int | None = None
    via: tuple[tuple[float, float], ...] = ()


class NoRouteError(ValueError):
    """The destination cannot be reached along the lanes; says why."""


def lay_route(road_map: Any, start: Any, destination: Destination) -> npt.NDArray[np.float64]:
    """Points along the lanes from a waypoint to a destination.

    Args:
        road_map: a `carla.Map`.
        start: the `carla.Waypoint` beside the car.
        destination: where to.

    Returns:
        float64 (N, 2), `SPACING_M` apart but for a change of lanes, N >= 2.

    Raises:
        NoRouteError: a lane ends, or the goal lies on no lane that can be reached.
    """
    if destination.laps is not None:
        lap = _lap(start)
        return np.array(list(itertools.chain(*[lap] * destination.laps, [_place(start)])), np.float64)
    if destination.length_m is not None:
        count = 1 + max(1, round(destination.length_m / SPACING_M))
        points = [_place(waypoint) for waypoint in itertools.islice(_onward(start), count)]
        if len(points) < count:
            raise NoRouteError(f"the lane ends after {len(points) * SPACING_M:.0f} m")
        return np.array(points, np.float64)
    points = [_place(start)]
    for goal in (*destination.via, _goal(road_map, destination)):
        leg, start = _shortest(start, goal, "the start" if len(points) == 1 else _words(_place(start)))
        points += leg[1:]
    return np.array(points, np.float64)


def _goal(road_map: Any, destination: Destination) -> tuple[float, float]:
    if destination.goal is not None:
        return destination.goal
    points, index = road_map.get_spawn_points(), destination.goal_spawn
    if index is None or not 0 <= index < len(points):
        raise NoRouteError(f"the map has spawn points 0 to {len(points) - 1}, not {index}")
    return points[index].location.x, points[index].location.y


def _place(waypoint: Any) -> tuple[float, float]:
    return waypoint.transform.location.x, waypoint.transform.location.y


def _onward(waypoint: Any) -> Iterator[Any]:
    """The waypoint and those that follow it; at a fork the one that turns least."""
    while waypoint is not None:
        yield waypoint
        yaw = waypoint.transform.rotation.yaw
        waypoint = min(waypoint.next(SPACING_M), default=None, key=lambda way: _turn(way.transform.rotation.yaw - yaw))


def _turn(degrees: float) -> float:
    return abs((degrees + 180.0) % 360.0 - 180.0)


def _lap(start: Any) -> list[tuple[float, float]]:
    """Once around, without the start at its end."""
    begin = _place(start)
    points: list[tuple[float, float]] = []
    for waypoint in itertools.islice(_onward(start), int(_LONGEST_M / SPACING_M)):
        place = _place(waypoint)
        if len(points) * SPACING_M > _ROUND_M and math.dist(place, begin) < _ARRIVED_M:
            return points
        points.append(place)
    raise NoRouteError(f"the lane does not lead back to its start within {len(points) * SPACING_M:.0f} m")


def _words(place: tuple[float, float]) -> str:
    return f"{place[0]:.1f}, {place[1]:.1f}"


def _shortest(start: Any, goal: tuple[float, float], called: str) -> tuple[list[tuple[float, float]], Any]:
    """Dijkstra over the waypoints: the points and the last waypoint. Lanes are changed where nothing else is near."""
    order = itertools.count()
    came: dict[_Key, _Key | None] = {_key(start): None}
    costs, places = {_key(start): 0.0}, {_key(start): _place(start)}
    queue = [(0.0, next(order), start)]
    while queue:
        done_m, _, waypoint = heapq.heappop(queue)
        key = _key(waypoint)
        if done_m > costs[key]:
            continue
        if math.dist(places[key], goal) < _ARRIVED_M and done_m > 0.0:
            return _traced(came, places, key), waypoint
        for cost_m, onward in _moves(waypoint) if done_m < _LONGEST_M else ():
            there = _key(onward)
            if done_m + cost_m < costs.get(there, math.inf):
                came[there], places[there], costs[there] = key, _place(onward), done_m + cost_m
                heapq.heappush(queue, (costs[there], next(order), onward))
    raise NoRouteError(f"no lane leads from {called} to {_words(goal)}")


def _moves(waypoint: Any) -> Iterator[tuple[float, Any]]:
    """Where one can go from a waypoint, and what it costs [m]: on, and to a lane beside it if the paint allows that."""
    for onward in waypoint.next(SPACING_M):
        yield SPACING_M, onward
    allowed = int(waypoint.lane_change)
    for side, beside in ((_RIGHT, waypoint.get_right_lane), (_LEFT, waypoint.get_left_lane)):
        lane = beside() if allowed & side else None
        if lane is not None and lane.lane_id * waypoint.lane_id > 0 and str(lane.lane_type) == "Driving":
            yield _CHANGE_M, lane


def _traced(
    came: dict[_Key, _Key | None],
    places: dict[_Key, tuple[float, float]],
    key: _Key | None,
) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    while key is not None:
        points.append(places[key])
        key = came[key]
    return points[::-1]


def _key(waypoint: Any) -> _Key:
    """Waypoints nearer to each other than half the spacing on one lane count as one."""
    return waypoint.road_id, waypoint.section_id, waypoint.lane_id, int(2.0 * waypoint.s / SPACING_M)
