"""Barriers and street lamps of the map `loop`, as repeated OpenDRIVE objects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from agent.simulator.roads.loop_profile import CURB_M, GUTTER_M, LANE_M, SHOULDER_M
from agent.simulator.roads.opendrive_writer import attributes

_SHAPES_M = {"guardRail": (0.35, 0.75), "wall": (0.6, 1.1)}  # width, height
_BARRIER_T_M = LANE_M + SHOULDER_M + 0.6
_LAMP_T_M = LANE_M + GUTTER_M + CURB_M + 0.5
_LAMP_SPACING_M = 32.0
_LAMP_HEIGHT_M = 7.0
_LAMP_RADIUS_M = 0.09


@dataclass(frozen=True, slots=True)
class Barrier:
    """A guard rail or a concrete wall on one side (1 left, -1 right) between two places along a road [m]."""

    kind: str
    side: int
    start_m: float
    end_m: float


def write_barrier(objects: Element, barrier: Barrier, road_m: float) -> None:
    """An <object> of type barrier with one continuous <repeat>."""
    width, height = _SHAPES_M[barrier.kind]
    length, t = min(barrier.end_m, road_m) - barrier.start_m, barrier.side * _BARRIER_T_M
    look = attributes(name=barrier.kind, type="barrier", subtype=barrier.kind, width=width, height=height)
    _write_repeated(objects, look, (barrier.start_m, t), length, 0.0)


def write_lamps(objects: Element, road_m: float) -> None:
    """Lamps at both curbs, taking turns; their arms (length axis) point over the road."""
    for side, first in ((1, _LAMP_SPACING_M / 4.0), (-1, 3.0 * _LAMP_SPACING_M / 4.0)):
        count = math.floor((road_m - first) / _LAMP_SPACING_M)
        look = attributes(name="streetLamp", type="streetLamp", radius=_LAMP_RADIUS_M, height=_LAMP_HEIGHT_M)
        look |= attributes(hdg=-side * math.pi / 2.0)
        _write_repeated(objects, look, (first, side * _LAMP_T_M), count * _LAMP_SPACING_M, _LAMP_SPACING_M)


def _write_repeated(
    objects: Element, look: dict[str, str], place: tuple[float, float], length: float, distance: float
) -> None:
    s, t = place
    found = attributes(id=len(objects) + 1, s=s, t=t, zOffset=0.0, orientation="none") | look
    thing = SubElement(objects, "object", found)
    repeat = attributes(s=s, length=length, distance=distance, tStart=t, tEnd=t, zOffsetStart=0.0, zOffsetEnd=0.0)
    if "width" in look:
        repeat |= {"widthStart": look["width"], "widthEnd": look["width"]}
    SubElement(thing, "repeat", repeat | {"heightStart": look["height"], "heightEnd": look["height"]})
