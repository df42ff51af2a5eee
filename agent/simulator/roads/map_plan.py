"""A map as it is planned: roads, junctions, what stands beside them, as plain values for `map_writer.py`.

Coordinates are OpenDRIVE's: x east, y north, t positive to the left, headings counterclockwise [m, rad].
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.simulator.roads.course import Stretch
from agent.simulator.roads.opendrive_writer import LaneSpec

Cubic = tuple[float, float, float, float, float]
"""s, a, b, c, d of a piece of a cubic."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a road's end meets: a "road" at its "start" or "end", or a "junction" (no contact)."""

    id: int
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """An <object>, repeated along the road where `length_m` is given.

    Attributes:
        type, subtype, name: as written.
        s_m, t_m, z_m: place.
        hdg_rad: of its length axis, from the road's heading.
        length_m, distance_m: of the repeat; distance 0 is a barrier without gaps.
        end_t_m: t at the end of the repeat; None: as at its start.
        width_m, height_m, radius_m, deep_m: sizes; 0 is not written.
        corners: (u, v) of the outline.
    """

    type: str
    name: str
    s_m: float
    t_m: float
    subtype: str = ""
    z_m: float = 0.0
    hdg_rad: float = 0.0
    length_m: float = 0.0
    distance_m: float = 0.0
    end_t_m: float | None = None
    width_m: float = 0.0
    height_m: float = 0.0
    radius_m: float = 0.0
    deep_m: float = 0.0
    corners: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """A <signal>: a traffic light (dynamic) or a sign.

    Attributes:
        id: of the whole map.
        orientation: "+" for traffic along s, "-" for traffic against it.
        lanes: first and last lane it is for; None: all.
    """

    id: int
    name: str
    s_m: float
    t_m: float
    orientation: str
    type: str
    subtype: str = "-1"
    value: float = -1.0
    dynamic: bool = False
    z_m: float = 0.0
    hdg_rad: float = 0.0
    size_m: tuple[float, float] = (0.6, 0.6)
    lanes: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class RoadPlan:
    """One road.

    Attributes:
        sections: (s, lanes) of its lane sections, the centre (id 0) among the lanes.
        elevation, superelevation, lane_offset: pieces.
    """

    id: int
    name: str
    stretches: tuple[Stretch, ...]
    sections: tuple[tuple[float, tuple[LaneSpec, ...]], ...]
    kind: str
    limit_kmh: int
    junction: int = -1
    predecessor: Link | None = None
    successor: Link | None = None
    elevation: tuple[Cubic, ...] = ((0.0, 0.0, 0.0, 0.0, 0.0),)
    superelevation: tuple[Cubic, ...] = ()
    lane_offset: tuple[Cubic, ...] = ()
    things: tuple[Thing, ...] = ()
    signals: tuple[Signal, ...] = ()

    @property
    def length_m(self) -> float:
        """Along the reference line."""
        return sum(stretch.length_m for stretch in self.stretches)


@dataclass(frozen=True, slots=True)
class Connection:
    """From an incoming road over a connecting one; `lanes` are (from, to)."""

    incoming: int
    connecting: int
    lanes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class JunctionPlan:
    """A junction; `controllers` are the ids of those that switch its lights."""

    id: int
    name: str
    connections: tuple[Connection, ...]
    controllers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Controller:
    """The traffic lights that show the same at all times."""

    id: int
    name: str
    signals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MapPlan:
    """A whole map."""

    name: str
    roads: tuple[RoadPlan, ...]
    junctions: tuple[JunctionPlan, ...] = ()
    controllers: tuple[Controller, ...] = ()
