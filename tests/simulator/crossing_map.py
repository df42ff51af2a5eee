"""A crossing of two streets as OpenDRIVE text: four arms of 80 m with lights, and a sign on the western one.

CARLA axes: the crossing's middle is (0, 0); lanes are 3.5 m wide, right-hand traffic, sidewalks beside the arms.
"""

from __future__ import annotations

import math

from tests.simulator.opendrive_text import document

ARM_M, HALF_M = 80.0, 10.0
_ARMS = {1: 180.0, 2: 0.0, 3: 90.0, 4: -90.0}  # west, east, north, south: heading outwards, OpenDRIVE's [deg]
_ACROSS = ((11, 1, 2), (12, 4, 3))  # road through the crossing, from arm, to arm
_LANE = '<lane id="{}" type="{}">{}<width sOffset="0" a="{}" b="0" c="0" d="0"/>{}</lane>'
_SOLID = '<roadMark sOffset="0" type="solid" color="white" width="0.15"/>'
_LIMIT = '<type s="0" type="town"><speed max="50" unit="km/h"/></type>'


def crossing_text(extra_signals: str = "") -> str:
    """The map; arms 1 to 4 are west, east, north, south, their lane 1 leads into junction 9, light N stands at arm N.

    Controllers: "ew" for lights 1 and 2, then "ns" for 3 and 4. Arm 1 also has a sign of 30 km/h (id 5), 60 m before
    the crossing, and `extra_signals`.
    """
    arms = [_arm(number, extra_signals) for number in _ARMS]
    across = [_through(*ends) for ends in _ACROSS]
    connections = []
    for road, before, after in _ACROSS:
        connections += [_connection(road, before, "start", -1), _connection(road, after, "end", 1)]
    turns = '<controller id="ew" type="0" sequence="0"/><controller id="ns" type="0" sequence="1"/>'
    junction = f'<junction id="9" name="crossing">{"".join(connections)}{turns}</junction>'
    controllers = _controller("ew", 0, 1, 2) + _controller("ns", 1, 3, 4)
    return document(*arms, *across).replace("</OpenDRIVE>", f"{controllers}{junction}</OpenDRIVE>")


def signal(signal_id: str | int, s: float, kind: str) -> str:
    """A signal beside an arm, for its lane towards the crossing; `kind` is its type, subtype, value and unit."""
    place = f's="{s}" t="6.5" zOffset="0" hOffset="{math.pi}" orientation="-"'
    head = f'<signal id="{signal_id}" name="" dynamic="no" country="OpenDRIVE"'
    return f'{head} {place} {kind}><validity fromLane="1" toLane="1"/></signal>'


def _arm(number: int, extra_signals: str) -> str:
    """A road from the crossing outwards; its lane 1 is driven towards the crossing."""
    signals = signal(number, 0.5, 'type="1000001" subtype="-1" value="-1"')
    if number == 1:
        signals += signal(5, 60.0, 'type="274" subtype="30" value="30" unit="km/h"') + extra_signals
    link = '<link><predecessor elementType="junction" elementId="9"/></link>'
    plan = _plan(_ARMS[number], HALF_M, ARM_M)
    lanes = _lanes(linked=False)
    head = f'<road name="" length="{ARM_M}" id="{number}" junction="-1">'
    return f"{head}{link}{_LIMIT}{plan}<lanes>{lanes}</lanes><signals>{signals}</signals></road>"


def _through(number: int, before: int, after: int) -> str:
    """A road through the crossing, both ways."""
    ends = (("predecessor", before), ("successor", after))
    links = "".join(f'<{end} elementType="road" elementId="{road}" contactPoint="start"/>' for end, road in ends)
    plan = _plan(_ARMS[after], -HALF_M, 2.0 * HALF_M)
    head = f'<road name="" length="{2.0 * HALF_M}" id="{number}" junction="9">'
    return f"{head}<link>{links}</link>{plan}<lanes>{_lanes(linked=True)}</lanes></road>"


def _plan(heading_deg: float, start_m: float, length_m: float) -> str:
    """A straight line through the middle, from `start_m` past it."""
    heading = math.radians(heading_deg)
    x, y = start_m * math.cos(heading), start_m * math.sin(heading)
    line = f's="0" x="{x:.9f}" y="{y:.9f}" hdg="{heading:.12f}" length="{length_m}"'
    return f"<planView><geometry {line}><line/></geometry></planView>"


def _lanes(*, linked: bool) -> str:
    """One lane each way: an arm's with sidewalks, or linked to those of the arms, which begin at the crossing."""
    sides = []
    for sign in (1, -1):
        link = f'<link><predecessor id="{-sign}"/><successor id="{sign}"/></link>' if linked else ""
        lane = _LANE.format(sign, "driving", link, 3.5, "" if linked else _SOLID)
        walk = "" if linked else _LANE.format(2 * sign, "sidewalk", "", 2.0, "")
        sides.append(walk + lane if sign > 0 else lane + walk)
    middle = '<center><lane id="0" type="none"/></center>'
    return f'<laneSection s="0"><left>{sides[0]}</left>{middle}<right>{sides[1]}</right></laneSection>'


def _connection(road: int, incoming: int, contact: str, lane: int) -> str:
    head = f'id="{road}{contact}" incomingRoad="{incoming}" connectingRoad="{road}" contactPoint="{contact}"'
    return f'<connection {head}><laneLink from="1" to="{lane}"/></connection>'


def _controller(name: str, order: int, *signals: int) -> str:
    controls = "".join(f'<control signalId="{number}" type="0"/>' for number in signals)
    return f'<controller id="{name}" name="{name}" sequence="{order}">{controls}</controller>'
