"""One road: where it runs, how high, which lanes it has, what kind it is.

World coordinates are CARLA's (y south, heading clockwise); s runs along the reference line, t is OpenDRIVE's, positive
to the left of it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agent.simulator.roads.banking import Banking
from agent.simulator.roads.geometry_curves import Float64, ReferenceLine
from agent.simulator.roads.lanes import LaneSection
from agent.simulator.roads.piecewise_cubic import PiecewiseCubic


@dataclass(frozen=True, slots=True, eq=False)
class RoadSample:
    """Points of a reference line: float64 arrays of one shape.

    Attributes:
        x_m, y_m, z_m: place.
        heading_rad: along increasing s, clockwise from east; not wrapped.
        curvature_per_m: positive in a bend to the right.
        slope: dz/ds.
    """

    x_m: Float64
    y_m: Float64
    z_m: Float64
    heading_rad: Float64
    curvature_per_m: Float64
    slope: Float64


@dataclass(frozen=True, slots=True)
class RoadType:
    """What a road is from one place on: "town", "rural", "motorway", "unknown", ...; its limit or None."""

    start_m: float
    kind: str
    speed_mps: float | None


@dataclass(frozen=True, slots=True)
class RoadLink:
    """What a road's end meets: another road's "start" or "end" (`contact`), or a junction (no contact)."""

    element: str
    id: int
    contact: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """A road of the network.

    Attributes:
        id: as in the file.
        name: as in the file, often empty.
        junction: id of the junction the road crosses, None outside of junctions.
        length_m: along the reference line.
        line: the reference line on the plane.
        elevation: z of it.
        sections: in order, without gaps from 0 to `length_m`.
        types: in order; may be empty.
        predecessor, successor: at s = 0 and at s = length_m.
        banking: how the surface leans.
        left_hand: traffic keeps to the left: lanes with positive ids are driven along s.
    """

    id: int
    name: str
    junction: int | None
    length_m: float
    line: ReferenceLine
    elevation: PiecewiseCubic
    sections: tuple[LaneSection, ...]
    types: tuple[RoadType, ...] = ()
    predecessor: RoadLink | None = None
    successor: RoadLink | None = None
    banking: Banking = field(default_factory=Banking)
    left_hand: bool = False

    def sample(self, s_m: npt.ArrayLike) -> RoadSample:
        """The reference line at `s_m`, an array of any shape; clipped to the road."""
        s = np.clip(np.asarray(s_m, np.float64), 0.0, self.length_m)
        curve = self.line.sample(s)
        z, slope = self.elevation(s), self.elevation.slope(s)
        return RoadSample(curve.x_m, curve.y_m, z, curve.heading_rad, curve.curvature_per_m, slope)

    def point(self, s_m: npt.ArrayLike, t_m: npt.ArrayLike) -> Float64:
        """World x, y, z [m] (..., 3) at `s_m` and `t_m` (left positive), broadcast against each other."""
        at = self.sample(s_m)
        t = np.asarray(t_m, np.float64)
        x, y = at.x_m + t * np.sin(at.heading_rad), at.y_m - t * np.cos(at.heading_rad)
        z = at.z_m + self.banking.rise(np.clip(np.asarray(s_m, np.float64), 0.0, self.length_m), t)
        return np.stack(np.broadcast_arrays(x, y, z), axis=-1)

    def is_backward(self, lane_id: int) -> bool:
        """Whether a lane is driven against s."""
        return (lane_id > 0) != self.left_hand

    def section_at(self, s_m: float) -> LaneSection:
        """The lanes at one place."""
        return self.sections[max(bisect_right(self.sections, s_m, key=lambda section: section.start_m) - 1, 0)]

    def type_at(self, s_m: float) -> RoadType:
        """The road's type at one place; kind "unknown" where the file has none."""
        index = bisect_right(self.types, s_m, key=lambda road_type: road_type.start_m) - 1
        return self.types[index] if index >= 0 else RoadType(0.0, "unknown", None)

    def kind_at(self, s_m: float) -> str:
        """ "town", "rural", "motorway", ... or "unknown"."""
        return self.type_at(s_m).kind
