"""<signal>, <signalReference>, <controller>, <junction><controller> -> plain values, read as CARLA 0.9.16 does.

Its rules, from LibCarla's `SignalParser`, `MapBuilder` and `SignalType`: a signal's heading is its road's with
`hOffset` to the left; a traffic light stands 0.25 m ahead of its place; `zOffset` is not read; the first of two signals
with one id counts; without <validity>, orientation "+" means the lanes with positive ids (ASAM says the others),
"-" those with negative ids, anything else both. Lane 0 is no lane.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from agent.simulator.nouns import Pose
from agent.simulator.roads.opendrive_speed import UNITS_MPS
from agent.simulator.roads.opendrive_xml import number, whole_number
from agent.simulator.roads.road import Road
from agent.simulator.roads.road_errors import RoadError
from agent.simulator.roads.road_signals import RoadSignal, SignalController, SignalReach

_LIGHTS = frozenset({"1000001", "1000002", *(str(code) for code in range(1000007, 1000021)), "F", "W", "A"})
_SIGNS = {"205": "yield", "206": "stop", "274": "speed_limit"}
_LIGHT_AHEAD_M = 0.25
_MOST_SIGNALS = 20_000
_WIDEST_LANE_RANGE = 64


def parse_signals(roads: Sequence[Road], elements: Sequence[Element]) -> tuple[RoadSignal, ...]:
    """All signals in the file's order, with every lane they reach.

    Args:
        roads: as read.
        elements: their <road> elements, in the same order.

    Raises:
        RoadError: numbers out of range, more than 20 000 signals and lanes they hold for.
    """
    found: dict[str, RoadSignal] = {}
    reaches: dict[str, list[SignalReach]] = {}
    count = 0
    for road, element in zip(roads, elements, strict=True):
        for child in element.iterfind("signals/*"):
            if child.tag == "signal":
                found.setdefault(_id(child), _signal(road, child))
            elif child.tag != "signalReference":
                continue
            reached = list(_reach(road, child))
            reaches.setdefault(_id(child), []).extend(reached)
            count += 1 + sum(len(reach.lane_ids) for reach in reached)
            if count > _MOST_SIGNALS:
                raise RoadError(f"the map has more than {_MOST_SIGNALS} signals and lanes they hold for")
    return tuple(replace(signal, reaches=tuple(reaches[signal.id])) for signal in found.values())


def parse_controllers(root: Element, signals: Sequence[RoadSignal]) -> tuple[SignalController, ...]:
    """All controllers of known signals, in the file's order."""
    known = {signal.id for signal in signals}
    junctions: dict[str, list[int]] = {}
    for junction in root.iterfind("junction"):
        for turn in junction.iterfind("controller"):
            junctions.setdefault(_id(turn), []).append(whole_number(junction, "id"))
    return tuple(_controllers(root, known, junctions))


def _controllers(root: Element, known: set[str], junctions: Mapping[str, list[int]]) -> Iterator[SignalController]:
    for element in root.iterfind("controller"):
        named = (control.get("signalId", "") for control in element.iterfind("control"))
        signal_ids = tuple(dict.fromkeys(signal_id for signal_id in named if signal_id in known))
        sequence = int(number(element, "sequence", 0.0))
        where = tuple(junctions.get(_id(element), ()))
        yield SignalController(_id(element), element.get("name", ""), sequence, signal_ids, where)


def _signal(road: Road, element: Element) -> RoadSignal:
    code, subtype = element.get("type", ""), element.get("subtype", "")
    kind = "traffic_light" if code in _LIGHTS else _SIGNS.get(code, "other")
    return RoadSignal(
        id=_id(element),
        name=element.get("name", ""),
        type=code,
        subtype=subtype,
        text=element.get("text", ""),
        kind=kind,
        limit_mps=_limit(element) if kind == "speed_limit" else None,
        road_id=road.id,
        pose=_pose(road, element, ahead_m=_LIGHT_AHEAD_M if kind == "traffic_light" else 0.0),
    )


def _pose(road: Road, element: Element, *, ahead_m: float) -> Pose:
    inertial = element.find("positionInertial")
    if inertial is not None:
        x, y, z = number(inertial, "x"), -number(inertial, "y"), number(inertial, "z", 0.0)
        return Pose(x, y, z, yaw_rad=_wrapped(-number(inertial, "hdg", 0.0)))
    s = number(element, "s")
    x, y, z = road.point(s, number(element, "t")).tolist()
    yaw = float(road.sample(s).heading_rad) - number(element, "hOffset", 0.0)
    return Pose(x + ahead_m * math.cos(yaw), y + ahead_m * math.sin(yaw), z, yaw_rad=_wrapped(yaw))


def _limit(element: Element) -> float | None:
    """From value and unit (km/h where it has none, as CARLA), else from the subtype, the figure on the sign."""
    value = element.get("value") or element.get("subtype") or "0"
    unit = element.get("unit") or "km/h"
    try:
        limit_mps = float(value) * UNITS_MPS.get(unit, UNITS_MPS["km/h"])
    except ValueError:
        return None
    return limit_mps if 0.0 < limit_mps <= 200.0 else None


def _reach(road: Road, element: Element) -> Iterator[SignalReach]:
    """The driving lanes a signal or a reference to one holds for."""
    s = min(max(number(element, "s"), 0.0), road.length_m)
    driving = [lane.id for lane in road.section_at(s).lanes if lane.kind == "driving"]
    ranges = [
        (whole_number(validity, "fromLane"), whole_number(validity, "toLane"))
        for validity in element.iterfind("validity")
    ]
    if not ranges:
        orientation = element.get("orientation", "none")
        ranges = [(-_WIDEST_LANE_RANGE, -1)] if orientation != "+" else []
        ranges += [(1, _WIDEST_LANE_RANGE)] if orientation != "-" else []
    lanes = tuple(lane for lane in driving if any(min(span) <= lane <= max(span) for span in ranges))
    if lanes:
        yield SignalReach(road.id, s, lanes)


def _id(element: Element) -> str:
    return element.get("id", "")[:64]


def _wrapped(angle_rad: float) -> float:
    return (angle_rad + math.pi) % (2.0 * math.pi) - math.pi
