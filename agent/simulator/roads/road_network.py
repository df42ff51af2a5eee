"""A map: roads, what stands beside them, where cars may start, and which lane a place lies on."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from agent.simulator.nouns import Pose
from agent.simulator.roads.road import Road
from agent.simulator.roads.road_index import Ground, LanePosition, RoadIndex
from agent.simulator.roads.road_objects import RoadObject
from agent.simulator.roads.road_signals import RoadSignal, SignalController
from agent.simulator.roads.road_spawns import spawn_points

_DEFAULT_LIMITS_KMH = {"town": 50.0, "townCollector": 50.0, "townLocal": 50.0, "lowSpeed": 30.0, "pedestrian": 10.0}
_DEFAULT_LIMITS_KMH |= {"rural": 100.0, "motorway": 130.0}
_UNKNOWN_LIMIT_KMH = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class RoadNetwork:
    """An OpenDRIVE map in CARLA's coordinates. Immutable.

    Attributes:
        name: e.g. "loop".
        xodr: the text it was read from.
        roads: in the file's order.
        objects: in the file's order, repeats expanded.
        signals, controllers: traffic lights, signs, and who switches the lights; in the file's order.
        spawn_points: on driving lanes outside junctions, about 40 m apart, looking along the lane, 0.3 m up.
    """

    name: str
    xodr: str = field(repr=False)
    roads: tuple[Road, ...]
    objects: tuple[RoadObject, ...] = ()
    signals: tuple[RoadSignal, ...] = ()
    controllers: tuple[SignalController, ...] = ()
    spawn_points: tuple[Pose, ...] = field(init=False)
    _by_id: dict[int, Road] = field(init=False, repr=False)
    _index: RoadIndex = field(init=False, repr=False)
    _limits_mps: dict[int, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {road.id: road for road in self.roads})
        object.__setattr__(self, "_index", RoadIndex(self.roads))
        limits_mps = {road.id: _type_limit_mps(road, 0.0) for road in self.roads if _has_one_limit(road)}
        object.__setattr__(self, "_limits_mps", limits_mps)
        object.__setattr__(self, "spawn_points", spawn_points(self.roads))

    def road(self, road_id: int) -> Road:
        """The road with this id.

        Raises:
            KeyError: no such road.
        """
        return self._by_id[road_id]

    def has_road(self, road_id: int) -> bool:
        """Whether there is a road with this id."""
        return road_id in self._by_id

    def locate(self, x_m: float, y_m: float, z_m: float | None = None) -> LanePosition | None:
        """The lane at a place, or None beside all roads.

        Where lanes overlap (junctions), a driving lane comes before others, then the lane whose centre is nearest. With
        `z_m` only lanes within 3 m of that height count (bridges).
        """
        return self._index.locate(x_m, y_m, z_m)

    def ground(self, x_m: float, y_m: float, z_m: float | None = None) -> Ground | None:
        """The surface of the lane that `locate` finds, in half the time."""
        return self._index.ground(x_m, y_m, z_m)

    def speed_limit_mps(self, position: LanePosition | Ground) -> float:
        """The lane's limit, else the road's, else 50 km/h in town, 100 rural, 130 on motorways, 50 elsewhere."""
        known_mps = self._limits_mps.get(position.road_id)
        if known_mps is not None:  # the usual case
            return known_mps
        road = self._by_id[position.road_id]
        lane = road.section_at(position.s_m).lane(position.lane_id)
        if lane is not None and lane.speeds_mps:
            index = bisect_right(lane.speeds_mps, position.s_m, key=lambda speed: speed[0]) - 1
            if index >= 0:
                return lane.speeds_mps[index][1]
        return _type_limit_mps(road, position.s_m)


def _has_one_limit(road: Road) -> bool:
    """Whether the same limit holds on all lanes from end to end."""
    begins = [road_type.start_m for road_type in road.types]
    lanes = (lane for section in road.sections for lane in section.lanes)
    return begins in ([], [0.0]) and not any(lane.speeds_mps for lane in lanes)


def _type_limit_mps(road: Road, s_m: float) -> float:
    """The limit of the road's type at one place."""
    road_type = road.type_at(s_m)
    if road_type.speed_mps is not None:
        return road_type.speed_mps
    return _DEFAULT_LIMITS_KMH.get(road_type.kind, _UNKNOWN_LIMIT_KMH) / 3.6
