"""Cross sections of the map `motorway`: one carriageway, its exit lane, its ramps. All lanes lie right of the line.

Widths after RAA 2008, cross section RQ 36: lanes of 3.75 and 3.5 m, hard shoulder 2.5 m; lines 0.15 and 0.3 m.
"""

from __future__ import annotations

from agent.simulator.roads.opendrive_writer import LaneSpec, Paint
from agent.simulator.roads.rural_lanes import NONE, ease, level

MEDIAN_M, INNER_M, LANE_M, HARD_M = 1.5, 0.75, 3.6, 2.5
LANES = 3
EXIT_TAPER_M = 60.0
EXIT_LANE = -6
OUTER_LANE = -5
LANES_M = MEDIAN_M + INNER_M + LANES * LANE_M
"""From the centre line to the outer edge of the outermost lane."""
OUTER_EDGE_M = LANES_M + HARD_M
_RAMP_SIDE_M = 1.5
_EDGE = Paint("solid", width_m=0.3)
_BAY = Paint("broken", width_m=0.15, dash_m=1.0, gap_m=1.0)
_INNER_EDGE = Paint("solid", width_m=0.3)
_GUIDE = Paint("broken", width_m=0.15, dash_m=6.0, gap_m=12.0, lane_change="both")
_BLOCK = Paint("broken", width_m=0.3, dash_m=3.0, gap_m=3.0, lane_change="both")


def _lane(lane_id: int, kind: str, width_m: float, paint: Paint, *, links: tuple[int | None, int | None]) -> LaneSpec:
    return LaneSpec(lane_id, kind, level(width_m), ((0.0, paint),), (), *links)


def _inside() -> list[LaneSpec]:
    """The centre, half of the median and the inner shoulder."""
    return [
        LaneSpec(0, "none", paints=((0.0, NONE),)),
        _lane(-1, "median", MEDIAN_M, NONE, links=(-1, -1)),
        _lane(-2, "shoulder", INNER_M, _INNER_EDGE, links=(-2, -2)),
    ]


def _driving(outer: Paint) -> list[LaneSpec]:
    paints = (_GUIDE, _GUIDE, outer)
    return [
        _lane(-3 - rank, "driving", LANE_M, paint, links=(-3 - rank, -3 - rank)) for rank, paint in enumerate(paints)
    ]


def carriageway(*, grows_m: float = 0.0, shrinks: tuple[float, float] | None = None) -> tuple[LaneSpec, ...]:
    """Three lanes and a hard shoulder.

    Args:
        grows_m: the hard shoulder grows from nothing over this distance, 0: it has its width from the start.
        shrinks: it shrinks to nothing from a place on, over a distance.
    """
    widths = [ease(0.0, grows_m, 0.0, HARD_M)] if grows_m else []
    widths.append((grows_m, HARD_M, 0.0, 0.0, 0.0))
    if shrinks is not None:
        widths.append(ease(*shrinks, HARD_M, 0.0))
    links = (None if grows_m else -6, None if shrinks else -6)
    hard = LaneSpec(-6, "stop", tuple(widths), ((0.0, NONE),), (), *links)
    return (*_inside(), *_driving(_EDGE), hard)


def exit_section() -> tuple[LaneSpec, ...]:
    """A fourth lane begins between the others and the hard shoulder."""
    widths = (ease(0.0, EXIT_TAPER_M, 0.0, LANE_M), (EXIT_TAPER_M, *level(LANE_M)[0][1:]))
    lane = LaneSpec(EXIT_LANE, "driving", widths, ((0.0, _EDGE),), (), None, -1)
    hard = LaneSpec(-7, "stop", level(HARD_M), ((0.0, NONE),), (), -6, -2)
    return (*_inside(), *_driving(_BLOCK), lane, hard)


def through(outer: str) -> tuple[LaneSpec, ...]:
    """The three lanes where an exit leaves ("solid") or an entry merges ("broken")."""
    return (*_inside(), *_driving(_EDGE if outer == "solid" else _BLOCK))


def leaving(length_m: float) -> tuple[LaneSpec, ...]:
    """The exit lane on its own, across the junction."""
    hard = (ease(0.0, length_m, HARD_M, _RAMP_SIDE_M),)
    return (
        LaneSpec(0, "none", paints=((0.0, NONE),)),
        LaneSpec(-1, "driving", level(LANE_M), ((0.0, _EDGE),), (), EXIT_LANE, -1),
        LaneSpec(-2, "stop", hard, ((0.0, NONE),), (), -7, -2),
    )


def merging(length_m: float) -> tuple[LaneSpec, ...]:
    """The entry's lane, which becomes the outermost lane of the carriageway."""
    hard = (ease(0.0, length_m, _RAMP_SIDE_M, HARD_M),)
    return (
        LaneSpec(0, "none", paints=((0.0, NONE),)),
        LaneSpec(-1, "driving", level(LANE_M), ((0.0, _EDGE),), (), -1, OUTER_LANE),
        LaneSpec(-2, "stop", hard, ((0.0, NONE),), (), -2, -6),
    )


def ramp(length_m: float, parking: tuple[float, float]) -> tuple[LaneSpec, ...]:
    """One lane, a narrow shoulder left of it, another right of it, and bays to park between two places."""
    start, end = parking
    left = (
        (0.0, 0.0, 0.0, 0.0, 0.0),
        ease(20.0, 20.0, 0.0, 0.75),
        (40.0, 0.75, 0.0, 0.0, 0.0),
        ease(length_m - 40.0, 20.0, 0.75, 0.0),
        (length_m - 20.0, 0.0, 0.0, 0.0, 0.0),
    )
    right = (
        (0.0, _RAMP_SIDE_M, 0.0, 0.0, 0.0),
        ease(start, 15.0, _RAMP_SIDE_M, 5.5),
        (start + 15.0, 5.5, 0.0, 0.0, 0.0),
        ease(end - 15.0, 15.0, 5.5, _RAMP_SIDE_M),
        (end, _RAMP_SIDE_M, 0.0, 0.0, 0.0),
    )
    bays = ((0.0, _EDGE), (start + 10.0, _BAY), (end - 10.0, _EDGE))
    return (
        LaneSpec(0, "none", paints=((0.0, NONE), (15.0, _EDGE), (length_m - 15.0, NONE))),
        LaneSpec(1, "shoulder", left, ((0.0, NONE),)),
        LaneSpec(-1, "driving", level(LANE_M), bays, (), -1, -1),
        LaneSpec(-2, "parking", right, ((0.0, NONE),), (), -2, -2),
    )
