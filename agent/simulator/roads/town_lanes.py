"""Cross sections of the map `town`: streets with gutters, curbs and sidewalks, and what of them crosses a junction."""

from __future__ import annotations

from dataclasses import dataclass

from agent.simulator.roads.opendrive_writer import LaneSpec, Paint
from agent.simulator.roads.rural_lanes import NONE, Paints, ease, level

LANE_M, GUTTER_M, CURB_M, SIDEWALK_M, PARKING_M = 3.5, 0.5, 0.15, 2.4, 2.2
CURB_HEIGHT_M = 0.12
STOP_LINE_M = 5.6
"""From where a street ends to its stop line, beyond the crossing."""
_CALM_M, _TAPER_M = 24.0, 8.0  # no parking so near to a junction
_CURB = Paint("curb", width_m=0.15)
_LANE_LINE = Paint("broken", dash_m=3.0, gap_m=6.0, lane_change="both")
_CENTER_LINE = Paint("broken", dash_m=3.0, gap_m=6.0)
_SOLID = Paint("solid")
_DOUBLE_YELLOW = Paint("solid solid", "yellow")
_BAY = Paint("broken", dash_m=1.0, gap_m=1.0)


@dataclass(frozen=True, slots=True)
class Street:
    """How a street looks.

    Attributes:
        lanes: each way.
        parking: cars may park on both sides, away from the junctions.
        double: a double yellow line in the middle instead of a broken white one.
    """

    lanes: int = 1
    parking: bool = False
    double: bool = False

    @property
    def curb_m(self) -> float:
        """From the middle to the curb where nobody parks."""
        return self.lanes * LANE_M + GUTTER_M


def street_lanes(street: Street, length_m: float) -> tuple[LaneSpec, ...]:
    """All lanes of a street between two junctions."""
    return (
        LaneSpec(0, "none", paints=_center(street, length_m)),
        *_side(street, 1, length_m),
        *_side(street, -1, length_m),
    )


def _center(street: Street, length_m: float) -> Paints:
    end_m = length_m - STOP_LINE_M
    if street.double or street.lanes > 1:
        return ((0.0, NONE), (STOP_LINE_M, _DOUBLE_YELLOW), (end_m, NONE))
    return ((0.0, NONE), (STOP_LINE_M, _SOLID), (20.0, _CENTER_LINE), (length_m - 20.0, _SOLID), (end_m, NONE))


def _between_lanes(length_m: float) -> Paints:
    ends = ((length_m - 25.0, _SOLID), (length_m - STOP_LINE_M, NONE))
    return ((0.0, NONE), (STOP_LINE_M, _SOLID), (25.0, _LANE_LINE), *ends)


def _side(street: Street, side: int, length_m: float) -> list[LaneSpec]:
    outer = ((0.0, NONE), (_CALM_M, _BAY), (length_m - _CALM_M, NONE)) if street.parking else ((0.0, NONE),)
    lanes = []
    for rank in range(1, street.lanes + 1):
        paints = outer if rank == street.lanes else _between_lanes(length_m)
        lanes.append(LaneSpec(side * rank, "driving", level(LANE_M), paints))
    rank = street.lanes + 1
    if street.parking:
        widths = (
            (0.0, 0.0, 0.0, 0.0, 0.0),
            ease(_CALM_M, _TAPER_M, 0.0, PARKING_M),
            (_CALM_M + _TAPER_M, PARKING_M, 0.0, 0.0, 0.0),
            ease(length_m - _CALM_M - _TAPER_M, _TAPER_M, PARKING_M, 0.0),
            (length_m - _CALM_M, 0.0, 0.0, 0.0, 0.0),
        )
        lanes.append(LaneSpec(side * rank, "parking", widths, ((0.0, NONE),)))
        rank += 1
    return lanes + sidewalk(side * rank)


def sidewalk(first_id: int) -> list[LaneSpec]:
    """Gutter, curb and sidewalk from a lane id outwards."""
    side, heights = (1 if first_id > 0 else -1), ((0.0, 0.0, CURB_HEIGHT_M), (0.0, CURB_HEIGHT_M, CURB_HEIGHT_M))
    return [
        LaneSpec(first_id, "shoulder", level(GUTTER_M), ((0.0, _CURB),)),
        LaneSpec(first_id + side, "curb", level(CURB_M), ((0.0, NONE),), (heights[0],)),
        LaneSpec(first_id + 2 * side, "sidewalk", level(SIDEWALK_M), ((0.0, NONE),), (heights[1],)),
    ]


def turn_lanes(links: tuple[tuple[int, int], ...], *, walk: bool) -> tuple[LaneSpec, ...]:
    """Lanes across a junction, one for each (from, to); with a sidewalk where the junction has a corner there."""
    lanes = [
        LaneSpec(-rank, "driving", level(LANE_M), ((0.0, NONE),), (), before, after)
        for rank, (before, after) in enumerate(links, start=1)
    ]
    return (LaneSpec(0, "none", paints=((0.0, NONE),)), *lanes, *(sidewalk(-len(links) - 1) if walk else ()))
