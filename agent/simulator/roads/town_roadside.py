"""What stands and lies along a street of the map `town`: crossings, stop lines, lights, signs, lamps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from agent.simulator.roads.map_plan import Signal, Thing
from agent.simulator.roads.town_lanes import CURB_M, LANE_M, PARKING_M, STOP_LINE_M, Street

_CROSSING_M, _CROSSING_FROM_END_M = 3.4, 2.6  # depth, from the junction's edge to its middle
_LAMP_SPACING_M, _LAMP_HEIGHT_M = 34.0, 7.0
_LIMIT_M = 38.0  # where a limit is told, from the junction it comes after
_POST_OUT_M = 0.55  # behind the curb


def light_id(road_id: int, contact: str) -> int:
    """Id of the traffic light at one end of a street."""
    return 10 * road_id + (1 if contact == "start" else 2)


def street_things(street: Street, length_m: float) -> tuple[Thing, ...]:
    """Crossings and stop lines at both ends, lamps between."""
    half = street.lanes * LANE_M
    things: list[Thing] = []
    for s, stop_s, t in (
        (_CROSSING_FROM_END_M, STOP_LINE_M, half / 2.0),
        (length_m - _CROSSING_FROM_END_M, length_m - STOP_LINE_M, -half / 2.0),
    ):
        things.append(_crossing(s, street.curb_m))
        things.append(Thing("roadMark", "stopLine", stop_s, t, "stopLine", deep_m=0.5, width_m=half - 0.3))
    return (*things, *(_lamps(street, length_m, side) for side in (1, -1)))


def _lamps(street: Street, length_m: float, side: int) -> Thing:
    """A row on one side, half a spacing after the other side's; their arms (length axis) point over the road."""
    first = 14.0 + (0.0 if side > 0 else _LAMP_SPACING_M / 2.0) + (22.0 if street.parking else 0.0)
    t = side * (street.curb_m + CURB_M + (PARKING_M if street.parking else 0.0) + _POST_OUT_M)
    row_m = max(int((length_m - first - (34.0 if street.parking else 12.0)) / _LAMP_SPACING_M), 0) * _LAMP_SPACING_M
    lamp = Thing("streetLamp", "streetLamp", first, t, hdg_rad=-side * math.pi / 2.0, radius_m=0.09)
    return replace(lamp, height_m=_LAMP_HEIGHT_M, length_m=row_m or 1.0, distance_m=_LAMP_SPACING_M)


def _crossing(s_m: float, half_m: float) -> Thing:
    """Zebra stripes from curb to curb, as an outline around its middle: u along the road, v across."""
    u, v = _CROSSING_M / 2.0, half_m - 0.3
    return Thing("crosswalk", "SimpleCrosswalk", s_m, 0.0, corners=((-u, -v), (u, -v), (u, v), (-u, v), (-u, -v)))


@dataclass(frozen=True, slots=True)
class Control:
    """What holds at the start and at the end of a street: traffic lights, stop signs; its limit after both."""

    lights: tuple[bool, bool]
    stops: tuple[bool, bool]
    limit_kmh: int


def street_signals(road_id: int, street: Street, length_m: float, control: Control) -> tuple[Signal, ...]:
    """Lights and signs at both ends: for traffic against s at the start, along s at the end; limits after both."""
    out = street.curb_m + CURB_M + _POST_OUT_M
    found = []
    for row, contact in enumerate(("start", "end")):
        along = contact == "end"
        side = -1.0 if along else 1.0
        lanes = (-street.lanes, -1) if along else (1, street.lanes)
        stop_m = length_m - STOP_LINE_M if along else STOP_LINE_M
        base = Signal(
            light_id(road_id, contact), "", stop_m, side * out, "+" if along else "-", "", lanes=lanes,
            hdg_rad=0.0 if along else math.pi,
        )  # fmt: skip
        if control.lights[row]:
            light = replace(base, name="Signal_3Light_Post01", type="1000001", dynamic=True, size_m=(0.52, 1.16))
            found.append(light)
        if control.stops[row]:
            found.append(replace(base, name="Sign_Stop", type="206", size_m=(0.75, 0.75)))
        limit, t = control.limit_kmh, side * (out + (PARKING_M if street.parking else 0.0))
        s = _LIMIT_M if along else length_m - _LIMIT_M
        sign = replace(base, id=10 * road_id + 5 + row, name=f"Speed_{limit}", type="274", subtype=str(limit))
        found.append(replace(sign, value=float(limit), s_m=s, t_m=t, z_m=1.8))
    return tuple(found)
