"""Who has the ground of a tick to himself: the room that bodies sweep; pure."""

from __future__ import annotations

import math

from agent.simulator.dynamics.oriented_box import Drum, Plan
from agent.simulator.dynamics.vehicle import VehicleState
from agent.simulator.dynamics.vehicle_specs import VehicleSpec

_MARGIN_M = 0.3  # to each side: what a bump of the neighbour may change within a tick
_MARGINS_M = math.sqrt(2.0) * _MARGIN_M
_FARTHEST_M = 20.0
_MOST_TURN_RAD = 0.5
CLEARANCE_M = 0.2  # a vehicle rolls over what is lower


def drum_around(spec: VehicleSpec, before: VehicleState, after: VehicleState) -> Drum | None:
    """A cylinder around the rectangle of `swept`, wider than need be but had without angles; None: a poor guess.

    Args:
        spec: of the body.
        before, after: its states around a tick in which nothing got into its way.
    """
    x, y, z, yaw, *_ = before
    dx, dy, turn = after.x_m - x, after.y_m - y, abs(after.yaw_rad - yaw)
    way_m = math.sqrt(dx * dx + dy * dy)
    if not way_m <= _FARTHEST_M or not turn <= _MOST_TURN_RAD:
        return None
    radius_m = spec.radius_m * (1.0 + 0.5 * turn) + 0.5 * way_m * (1.0 + 0.25 * turn) + _MARGINS_M
    return x + 0.5 * dx, y + 0.5 * dy, radius_m, z + CLEARANCE_M, z + spec.height_m


def swept(spec: VehicleSpec, before: VehicleState, after: VehicleState) -> Plan:
    """A rectangle that holds a body on its way from one state to the next.

    Args:
        spec: of the body.
        before, after: its states around a tick in which nothing got into its way.
    """
    dx, dy, turn = after.x_m - before.x_m, after.y_m - before.y_m, after.yaw_rad - before.yaw_rad
    way_m = math.hypot(dx, dy)
    yaw = before.yaw_rad + 0.5 * turn
    cosine, sine = math.cos(yaw), math.sin(yaw)
    along_m, across_m = abs(dx * cosine + dy * sine), abs(dy * cosine - dx * sine)
    half_length_m, half_width_m, lean = 0.5 * spec.length_m, 0.5 * spec.width_m, 0.5 * abs(turn)
    return Plan(
        before.x_m + 0.5 * dx,
        before.y_m + 0.5 * dy,
        cosine,
        sine,
        half_length_m + half_width_m * lean + 0.5 * along_m + _MARGIN_M,
        half_width_m + half_length_m * lean + 0.5 * across_m + 0.125 * way_m * abs(turn) + _MARGIN_M,
    )
