"""Traffic lights and signs of a map, which lanes they speak to, and who switches them, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from agent.simulator.nouns import Pose


@dataclass(frozen=True, slots=True)
class SignalReach:
    """Where a signal holds: these lanes of a road from `s_m` on, in their direction of travel."""

    road_id: int
    s_m: float
    lane_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RoadSignal:
    """A signal beside a road.

    Attributes:
        id, name, type, subtype, text: as in the file; ids are text, as CARLA's are.
        kind: "traffic_light", "stop", "yield", "speed_limit", or "other" for what CARLA has no actor for.
        limit_mps: of a speed limit; None else.
        road_id: the road it stands beside.
        pose: of its foot, looking along the road as the file turns it; CARLA's `Landmark.transform`.
        reaches: its own and those of all references to it, in the file's order; without driving lanes there are none.
    """

    id: str
    name: str
    type: str
    subtype: str
    text: str
    kind: str
    limit_mps: float | None
    road_id: int
    pose: Pose
    reaches: tuple[SignalReach, ...] = ()


@dataclass(frozen=True, slots=True)
class SignalController:
    """Signals that always show the same, and the junctions where it takes its turn; `sequence` as in the file."""

    id: str
    name: str
    sequence: int
    signal_ids: tuple[str, ...]
    junction_ids: tuple[int, ...] = ()
