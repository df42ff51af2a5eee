"""What stands beside a road, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from agent.simulator.nouns import Pose
from agent.simulator.roads.geometry_curves import Float64


def _no_points() -> Float64:
    return np.zeros((0, 3))


@dataclass(frozen=True, slots=True, eq=False)
class RoadObject:
    """An object of the map: one thing, or a barrier along the road.

    Attributes:
        id, name: as in the file; the copies of a repeated object share them.
        kind: "guardRail", "wall", "stoneWall", "fence", "hedge", "house", "tree", "pole", "lamp", "crosswalk",
            "stopLine", else the file's type.
        road_id: the road it belongs to.
        pose: of its foot; of a barrier, at the start of its line. Yaw is that of its length axis.
        length_m, width_m, height_m: along, across and up; 0 where the file is silent. A round object has the diameter
            in both. `width_m` is a barrier's thickness, `height_m` its height above the line.
        line: (N, 3) x, y, z [m] of a barrier's foot, along increasing s; (0, 3) for a single thing.
        outline: (N, 3) corners of its ground plan [m], not closed; (0, 3) without.
    """

    id: str
    name: str
    kind: str
    road_id: int
    pose: Pose
    length_m: float
    width_m: float
    height_m: float
    line: Float64 = field(default_factory=_no_points)
    outline: Float64 = field(default_factory=_no_points)
