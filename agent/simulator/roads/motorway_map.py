"""The map `motorway` as OpenDRIVE text: a figure of eight that crosses itself on a bridge; three lanes each way.

Each carriageway is a chain of one-way roads along the same centre line, the second one run the other way. Beside each
lies a rest area; its exit and its entry are junctions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import accumulate

from agent.simulator.roads import motorway_lanes as lanes
from agent.simulator.roads.circuit import Leg, legs
from agent.simulator.roads.course import Corner, Stretch, chain, course, end_of, reverse, split
from agent.simulator.roads.map_plan import Connection, Cubic, JunctionPlan, Link, MapPlan, RoadPlan, Signal, Thing
from agent.simulator.roads.map_writer import map_xodr
from agent.simulator.roads.rural_lanes import ease

_CORNERS = (  # x, y, radius, spiral [m]
    Corner(-1000.0, -330.0, 240.0, 90.0),
    Corner(1000.0, 330.0, 240.0, 90.0),
    Corner(1450.0, 0.0, 240.0, 90.0),
    Corner(1000.0, -330.0, 240.0, 90.0),
    Corner(-1000.0, 330.0, 240.0, 90.0),
    Corner(-1450.0, 0.0, 240.0, 90.0),
)
_ELSEWHERE = (
    (0.15, 0.0),
    (0.3, 1.5),
    (0.42, 0.3),
    (0.55, 0.0),
    (0.7, 1.2),
    (0.85, 0.5),
)  # share of the way from the bridge, z
_LEVELS = ((-330.0, 0.4), (-230.0, 0.6), (0.0, 7.6), (230.0, 0.6), (330.0, 0.4))  # along the upper road, z [m]
_EXIT_M, _LEAVE_M, _MERGE_M = 170.0, 24.0, 130.0  # exit lane, junction of the exit, junction of the entry
_SWING_M, _ASIDE_M, _PARK_M = 28.0, 20.0, 110.0  # a quarter of a ramp's swing, how far it swings, the rest area itself
_OPEN = 5  # roads from an entry around to the next exit
_LIMITS_KMH = (130, 130, 120, 130, 130)
_RAIL_M, _RAIL_OUT_M = (0.35, 0.75), 0.7
_NOISE_M, _MEDIAN_WALL_M = (0.4, 3.2), (0.6, 0.9)  # width, height


@dataclass(frozen=True, slots=True)
class _Side:
    """One carriageway from where its entry ends all the way around: open roads, exit, the part between, entry.

    Attributes:
        first_id: of its roads: open ones, then across the exit, beside the rest area, across the entry; then those of
            the rest area: leaving, ramp, merging.
        legs: of the roads on the centre line.
        ramp: where the ramp runs.
    """

    first_id: int
    legs: list[Leg]
    ramp: tuple[Stretch, ...]


def motorway_xodr() -> str:
    """The document; equal calls give equal text."""
    ring = tuple(stretch for part in course(_CORNERS) for stretch in part)
    roads: list[RoadPlan] = []
    junctions: list[JunctionPlan] = []
    for first_id, line in ((1, ring), (21, reverse(ring))):
        side = _side(first_id, line)
        roads += [*_open_roads(side), *_inner_roads(side), *_rest_area(side)]
        junctions += _junctions(side)
    return map_xodr(MapPlan("motorway", tuple(roads), tuple(junctions)))


def _side(first_id: int, line: tuple[Stretch, ...]) -> _Side:
    """Cut one carriageway's ring."""
    starts = [0.0, *accumulate(stretch.length_m for stretch in line)]
    total = starts.pop()
    lower, upper = sorted(
        sorted(range(len(line)), key=lambda row: -line[row].length_m)[:2], key=lambda row: _tilt(line[row])
    )
    exit_m = starts[lower] + 20.0 + _EXIT_M
    swing = _swing()
    beside_m = 2.0 * swing.x_m + _PARK_M
    entry_m = exit_m + _LEAVE_M + beside_m + _MERGE_M
    before, after = split(line, [entry_m])
    open_m = total - (entry_m - exit_m)
    cuts = [open_m * share / _OPEN for share in range(1, _OPEN + 1)]
    cuts += [open_m + _LEAVE_M, open_m + _LEAVE_M + beside_m]
    bridge = starts[upper] + math.hypot(line[upper].x_m, line[upper].y_m)
    knots = [(((bridge + ds - entry_m) % total) / total, z) for ds, z in _LEVELS]
    knots += [(((bridge + share * total - entry_m) % total) / total, z) for share, z in _ELSEWHERE]
    found = legs(split((*after, *before), cuts), sorted(knots), steepest_bank=0.035, full_bank_radius_m=240.0)
    start = found[_OPEN + 1].stretches[0]
    return _Side(first_id, found, _ramp(_right_of(start, lanes.LANES_M)))


def _tilt(straight: Stretch) -> float:
    """Slope of a line in the plan, whichever way it is run: the lower road climbs to the north-east."""
    return -math.tan(straight.heading_rad)


def _right_of(place: Stretch, by_m: float) -> Stretch:
    sin, cos = math.sin(place.heading_rad), math.cos(place.heading_rad)
    return replace(place, x_m=place.x_m + by_m * sin, y_m=place.y_m - by_m * cos)


def _curves(curvature: float) -> tuple[tuple[float, float, float], ...]:
    """A swing to the right and back to the old heading."""
    out, back = (_SWING_M, 0.0, -curvature), (_SWING_M, -curvature, 0.0)
    return out, back, (_SWING_M, 0.0, curvature), (_SWING_M, curvature, 0.0)


def _swing() -> Stretch:
    """The end of a swing that starts at the origin along x: as far aside as wanted."""
    low, high = 0.0, 0.05
    for _ in range(60):
        middle = (low + high) / 2.0
        end = end_of(chain(_ORIGIN, _curves(middle)))
        low, high = (middle, high) if -end.y_m < _ASIDE_M else (low, middle)
    return replace(end_of(chain(_ORIGIN, _curves(high))), curvature_start=high)


_ORIGIN = Stretch(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def _ramp(start: Stretch) -> tuple[Stretch, ...]:
    """Swing out, along the rest area, swing back."""
    out = _curves(_swing().curvature_start)
    back = tuple((length, -first, -last) for length, first, last in out)
    return chain(start, (*out, (_PARK_M, 0.0, 0.0), *back))


def _open_roads(side: _Side) -> list[RoadPlan]:
    roads = []
    for index, leg in enumerate(side.legs[:_OPEN]):
        road_id = side.first_id + index
        sections = [(0.0, lanes.carriageway())]
        before, after = Link(road_id - 1, "end"), Link(road_id + 1, "start")
        if index == _OPEN - 1:
            sections.append((leg.length_m - _EXIT_M, lanes.exit_section()))
            after = Link(_junction_id(side, 0))
        if index == 0:
            before = Link(_junction_id(side, 1))
        roads.append(
            RoadPlan(
                id=road_id,
                name=f"A {road_id}",
                stretches=leg.stretches,
                sections=tuple(sections),
                kind="motorway",
                limit_kmh=_LIMITS_KMH[index],
                predecessor=before,
                successor=after,
                elevation=leg.elevation,
                superelevation=leg.superelevation,
                things=tuple(_barriers(side, index, leg.length_m)),
                signals=(_limit_sign(road_id, _LIMITS_KMH[index]),),
            )
        )
    return roads


def _inner_roads(side: _Side) -> list[RoadPlan]:
    """Across the exit, beside the rest area, across the entry."""
    first = side.first_id + _OPEN
    leave, beside, merge = side.legs[_OPEN:]
    shrink = (beside.length_m - 60.0, 60.0)
    cross = {0: lanes.through("solid"), 1: lanes.carriageway(grows_m=60.0, shrinks=shrink), 2: lanes.through("broken")}
    ends = (
        (Link(first - 1, "end"), Link(first + 1, "start")),
        (Link(_junction_id(side, 0)), Link(_junction_id(side, 1))),
        (Link(first + 1, "end"), Link(side.first_id, "start")),
    )
    return [
        RoadPlan(
            id=first + row,
            name=f"A {first + row}",
            stretches=leg.stretches,
            sections=((0.0, cross[row]),),
            kind="motorway",
            limit_kmh=130,
            junction=-1 if row == 1 else _junction_id(side, row // 2),
            predecessor=ends[row][0],
            successor=ends[row][1],
            elevation=leg.elevation,
            superelevation=leg.superelevation,
            things=(_median_wall(leg.length_m),) if side.first_id == 1 else (),
        )
        for row, leg in enumerate((leave, beside, merge))
    ]


def _rest_area(side: _Side) -> list[RoadPlan]:
    """The exit's lane, the ramp with its bays, the entry's lane."""
    first = side.first_id + _OPEN + 3
    leave, beside, merge = side.legs[_OPEN:]
    ramp_m = sum(stretch.length_m for stretch in side.ramp)
    park = (4.0 * _SWING_M, 4.0 * _SWING_M + _PARK_M)
    leave_line, merge_line = (
        (replace(_right_of(leg.stretches[0], lanes.LANES_M), length_m=leg.length_m),) for leg in (leave, merge)
    )
    shift = ((0.0, 0.0, 0.0, 0.0, 0.0), ease(50.0, _MERGE_M - 50.0, 0.0, lanes.LANE_M))
    outer_t = -(lanes.LANE_M + 1.5 + _RAIL_OUT_M)
    rail = _barrier("guardRail", (4.0 * _SWING_M + _PARK_M, outer_t), ramp_m - park[1] - 4.0)
    return [
        RoadPlan(
            first, "Rest area exit", leave_line, ((0.0, lanes.leaving(_LEAVE_M)),), "motorway", 80,
            junction=_junction_id(side, 0), predecessor=Link(first - 4, "end"), successor=Link(first + 1, "start"),
            elevation=leave.elevation,
        ),
        RoadPlan(
            first + 1, "Rest area", side.ramp, ((0.0, lanes.ramp(ramp_m, park)),), "motorway", 60,
            predecessor=Link(_junction_id(side, 0)), successor=Link(_junction_id(side, 1)),
            elevation=(_bridged(beside, ramp_m),), things=(rail, *_lamps(park)),
            signals=(_limit_sign(first + 1, 60, 3.6 + 2.2),),
        ),
        RoadPlan(
            first + 2, "Rest area entry", merge_line, ((0.0, lanes.merging(_MERGE_M)),), "motorway", 100,
            junction=_junction_id(side, 1), predecessor=Link(first + 1, "end"), successor=Link(side.first_id, "start"),
            elevation=merge.elevation, lane_offset=shift,
        ),
    ]  # fmt: skip


def _bridged(leg: Leg, length_m: float) -> Cubic:
    """One cubic with the height and the slope that a leg has at its ends, over another length."""
    first, last = leg.elevation[0], leg.elevation[-1]
    ds = leg.length_m - last[0]
    z0, slope0 = first[1], first[2]
    z1 = last[1] + ds * (last[2] + ds * (last[3] + ds * last[4]))
    slope1 = last[2] + ds * (2.0 * last[3] + ds * 3.0 * last[4])
    rise = (z1 - z0) / length_m
    c, d = (3.0 * rise - 2.0 * slope0 - slope1) / length_m, (slope0 + slope1 - 2.0 * rise) / length_m**2
    return 0.0, z0, slope0, c, d


def _junctions(side: _Side) -> list[JunctionPlan]:
    exit_id, entry_id = _junction_id(side, 0), _junction_id(side, 1)
    last, through, beside, merge, leaving, ramp, merging = range(side.first_id + _OPEN - 1, side.first_id + _OPEN + 6)
    straight = tuple((lane, lane) for lane in range(-5, 0))
    return [
        JunctionPlan(
            exit_id,
            "exit",
            (Connection(last, through, straight), Connection(last, leaving, ((lanes.EXIT_LANE, -1), (-7, -2)))),
        ),
        JunctionPlan(
            entry_id, "entry", (Connection(beside, merge, straight), Connection(ramp, merging, ((-1, -1), (-2, -2))))
        ),
    ]


def _junction_id(side: _Side, which: int) -> int:
    """0: of the exit, 1: of the entry."""
    return 900 + side.first_id + which


def _barriers(side: _Side, index: int, road_m: float) -> list[Thing]:
    """The wall in the median, and a rail or a noise barrier at the edge."""
    t = -(lanes.OUTER_EDGE_M + _RAIL_OUT_M)
    things = [_median_wall(road_m)] if side.first_id == 1 else []
    if index == _OPEN - 1:
        along = road_m - _EXIT_M
        things.append(_barrier("guardRail", (0.0, t), along))
        things.append(_barrier("guardRail", (along + lanes.EXIT_TAPER_M, t - lanes.LANE_M), 105.0))
    elif index == 1:
        things.append(_barrier("noiseBarrier", (30.0, t - 1.0), road_m - 60.0))
    else:
        things.append(_barrier("guardRail", (2.0, t), road_m - 2.0))
    return things


def _median_wall(road_m: float) -> Thing:
    width, height = _MEDIAN_WALL_M
    return Thing("barrier", "wall", 0.0, 0.0, "wall", length_m=road_m, width_m=width, height_m=height)


def _barrier(kind: str, place: tuple[float, float], length_m: float) -> Thing:
    width, height = _NOISE_M if kind == "noiseBarrier" else _RAIL_M
    subtype = "wall" if kind == "noiseBarrier" else kind
    return Thing("barrier", kind, *place, subtype, length_m=length_m, width_m=width, height_m=height)


def _lamps(park: tuple[float, float]) -> tuple[Thing, ...]:
    """Street lamps behind the bays, their arms over them."""
    t, length = -(lanes.LANE_M + 5.5 + 0.8), park[1] - park[0] - 40.0
    start = park[0] + 20.0
    lamp = Thing("streetLamp", "streetLamp", start, t, hdg_rad=math.pi / 2.0, length_m=length, distance_m=length / 2.0)
    return (replace(lamp, radius_m=0.09, height_m=7.0),)


def _limit_sign(road_id: int, limit_kmh: int, out_m: float = lanes.OUTER_EDGE_M + 1.6) -> Signal:
    name, limit = f"Speed_{limit_kmh}", str(limit_kmh)
    return Signal(road_id, name, 6.0, -out_m, "+", "274", limit, float(limit_kmh), z_m=1.8, size_m=(0.75, 0.75))
