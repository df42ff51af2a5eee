"""Where the car is on its lane, from the waypoints of a CARLA map; pure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt


def lane_of_travel(road_map: Any, transform: Any) -> Any | None:
    """The waypoint beside the car on the driving lane that goes its way; None off every road.

    A car pushed across the centre line is nearest to the oncoming lane; its own is that lane's neighbour.
    """
    waypoint = road_map.get_waypoint(transform.location)
    if waypoint is None:
        return None
    turn = math.radians(waypoint.transform.rotation.yaw - transform.rotation.yaw)
    if math.cos(turn) >= 0.0:
        return waypoint
    neighbour = waypoint.get_left_lane()  # of the oncoming lane: the first one across the centre line
    if neighbour is not None and neighbour.lane_id * waypoint.lane_id < 0:
        return neighbour
    return waypoint


def offset_m(waypoint: Any, location: Any) -> float:
    """Signed distance of a place from the lane's centre, right of the lane's own direction positive [m]."""
    centre = waypoint.transform.location
    yaw_rad = math.radians(waypoint.transform.rotation.yaw)
    return float((location.y - centre.y) * math.cos(yaw_rad) - (location.x - centre.x) * math.sin(yaw_rad))


def path(waypoint: Any | None, spacing_m: float, count: int) -> npt.NDArray[np.float64]:
    """Centre of the lane ahead, float64 (n, 2) [m], n = count unless the lane ends before."""
    points: list[tuple[float, float]] = []
    while waypoint is not None and len(points) < count:
        centre = waypoint.transform.location
        points.append((centre.x, centre.y))
        onward = waypoint.next(spacing_m)
        waypoint = onward[0] if onward else None
    return np.array(points, np.float64).reshape(-1, 2)
