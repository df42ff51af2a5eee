"""Cross sections of roads outside of town: two lanes with shoulders."""

from __future__ import annotations

from collections.abc import Sequence

from agent.simulator.roads.opendrive_writer import LaneSpec, Paint

Paints = tuple[tuple[float, Paint], ...]
NONE = Paint("none")


def level(width_m: float) -> tuple[tuple[float, float, float, float, float], ...]:
    """A lane of one width."""
    return ((0.0, width_m, 0.0, 0.0, 0.0),)


def ease(s: float, over_m: float, first_m: float, last_m: float) -> tuple[float, float, float, float, float]:
    """A cubic from one value to another, level at both ends."""
    change = last_m - first_m
    return s, first_m, 0.0, 3.0 * change / over_m**2, -2.0 * change / over_m**3


def two_lanes(
    lane_m: float, center: Paints, edges: tuple[Paints, Paints], sides: Sequence[tuple[str, float]]
) -> tuple[LaneSpec, ...]:
    """A lane each way and, beyond it on both sides, lanes of (kind, width).

    Args:
        lane_m: width of a lane.
        center: markings (s, Paint) between them.
        edges: of the left and of the right lane's outer edge.
        sides: from the lane outwards.
    """
    lanes = [LaneSpec(0, "none", paints=center)]
    for side, paints in zip((1, -1), edges, strict=True):
        lanes.append(LaneSpec(side, "driving", level(lane_m), paints, (), side, side))
        for rank, (kind, width_m) in enumerate(sides, start=2):
            lane_id = side * rank
            lanes.append(LaneSpec(lane_id, kind, level(width_m), ((0.0, NONE),), (), lane_id, lane_id))
    return tuple(lanes)
