"""Cross sections of the map `loop`: lanes of a street with sidewalks and of a country road with shoulders."""

from __future__ import annotations

from dataclasses import dataclass

from agent.simulator.roads.opendrive_writer import LaneSpec, Paint
from agent.simulator.roads.rural_lanes import ease

LANE_M = 3.5
SHOULDER_M = 1.2  # outside of town
GUTTER_M = 0.5  # the shoulder in town
CURB_M = 0.15
SIDEWALK_M = 2.2
_CURB_HEIGHT_M = 0.12
_TAPER_M = 30.0  # from gutter to shoulder
_SIDEWALK_TAPER_M = 12.0  # where sidewalks begin and end
_EDGE = Paint("solid")
_NONE = Paint("none")
_CURB = Paint("curb", width_m=0.15)
Widths = tuple[tuple[float, float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """How a road's cross section differs from the plain one.

    Attributes:
        edge_line: a white line between lane and shoulder.
        widens, narrows: a country road's shoulder grows from a gutter at its start, shrinks to one at its end.
        enters_town, leaves_town: a street's sidewalks begin after its start, end before its end.
    """

    edge_line: bool = False
    widens: bool = False
    narrows: bool = False
    enters_town: bool = False
    leaves_town: bool = False


def country_lanes(profile: Profile, center: tuple[tuple[float, Paint], ...], length_m: float) -> list[LaneSpec]:
    """Lanes and paved shoulders on both sides."""
    widths: list[tuple[float, float, float, float, float]] = [_level(0.0, SHOULDER_M)]
    if profile.widens:
        widths = [ease(0.0, _TAPER_M, GUTTER_M, SHOULDER_M), _level(_TAPER_M, SHOULDER_M)]
    if profile.narrows:
        widths.append(ease(length_m - _TAPER_M, _TAPER_M, SHOULDER_M, GUTTER_M))
    lanes = _driving(profile, center)
    return [
        *lanes,
        *(LaneSpec(2 * side, "shoulder", tuple(widths), ((0.0, _NONE),), (), 2 * side, 2 * side) for side in (1, -1)),
    ]


def town_lanes(profile: Profile, center: tuple[tuple[float, Paint], ...], length_m: float) -> list[LaneSpec]:
    """Lanes, gutters, curbs and sidewalks on both sides."""
    lanes = _driving(profile, center)
    before = None if profile.enters_town else 1
    after = None if profile.leaves_town else 1
    for side in (1, -1):
        lanes.append(LaneSpec(2 * side, "shoulder", (_level(0.0, GUTTER_M),), ((0.0, _CURB),), (), 2 * side, 2 * side))
        for rank, kind, full_m in ((3, "curb", CURB_M), (4, "sidewalk", SIDEWALK_M)):
            lane_id = rank * side
            ends = (None if before is None else lane_id, None if after is None else lane_id)
            widths = _tapered(profile, length_m, full_m)
            heights = _heights(profile, length_m, 0.0 if kind == "curb" else 1.0)
            lanes.append(LaneSpec(lane_id, kind, widths, ((0.0, _NONE),), heights, *ends))
    return lanes


def _driving(profile: Profile, center: tuple[tuple[float, Paint], ...]) -> list[LaneSpec]:
    edge = _EDGE if profile.edge_line else _NONE
    lanes = [LaneSpec(0, "none", paints=center)]
    return lanes + [
        LaneSpec(side, "driving", (_level(0.0, LANE_M),), ((0.0, edge),), (), side, side) for side in (1, -1)
    ]


def _tapered(profile: Profile, length_m: float, full_m: float) -> Widths:
    widths = [_level(0.0, full_m)]
    if profile.enters_town:
        widths = [ease(0.0, _SIDEWALK_TAPER_M, 0.0, full_m), _level(_SIDEWALK_TAPER_M, full_m)]
    if profile.leaves_town:
        widths.append(ease(length_m - _SIDEWALK_TAPER_M, _SIDEWALK_TAPER_M, full_m, 0.0))
    return tuple(widths)


def _heights(profile: Profile, length_m: float, inner: float) -> tuple[tuple[float, float, float], ...]:
    """Curb height, `inner` the share of it at the lane's inner edge; ramps down where sidewalks begin or end."""
    full = (inner * _CURB_HEIGHT_M, _CURB_HEIGHT_M)
    heights = [(0.0, *full)]
    if profile.enters_town:
        heights = [(0.0, 0.0, 0.0), (_SIDEWALK_TAPER_M, *full)]
    if profile.leaves_town:
        heights += [(length_m - _SIDEWALK_TAPER_M, *full), (length_m, 0.0, 0.0)]
    return tuple(heights)


def _level(s: float, width_m: float) -> tuple[float, float, float, float, float]:
    return s, width_m, 0.0, 0.0, 0.0
