"""Watches a run: infractions as the CARLA leaderboard names them, and when it is over; pure.

Names, penalties and time-outs follow the leaderboard's criteria (leaderboard.carla.org, "Evaluation and metrics", 1.0):
of its infractions those are judged that a car alone with its camera can commit here.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.evaluation.progress import RouteProgress
from agent.types import Step, Telemetry

PENALTIES = {
    "collisions_pedestrian": 0.50,
    "collisions_vehicle": 0.60,
    "collisions_layout": 0.65,
    "red_light": 0.70,
}
"""What a score is multiplied by for each infraction (CARLA leaderboard 1.0)."""
_SAME_CRASH_S = 1.0
_ROLLING_MPS = 0.5
_DEVIATION_M = 30.0  # leaderboard: RouteDeviation
_BLOCKED_S, _BLOCKED_MPS = 180.0, 0.1  # leaderboard: AgentBlocked
_STARTING_S = 3.0


@dataclass(frozen=True, slots=True)
class Infraction:
    """Something that should not have happened.

    Attributes:
        kind: a key of `PENALTIES`, or "lane_invasion", "off_road", "route_deviation", "blocked", "timeout"; of the
            ledger "attention_alarm".
        time_s: simulated, since the start of the run.
        at_m: distance along the route.
        x_m, y_m: where.
        text: for people.
    """

    kind: str
    time_s: float
    at_m: float
    x_m: float
    y_m: float
    text: str


class Referee:
    """Takes in the steps of one run.

    Attributes:
        infractions: so far, in order.
        off_road_m: distance driven off every driving lane; it does not count as completed (as the leaderboard has it).
        verdict: why the run is over, None while it goes on.
    """

    def __init__(self, progress: RouteProgress, time_limit_s: float) -> None:
        self._progress = progress
        self._limit_s = time_limit_s
        self._last_hit: dict[str, float] = {}
        self._before: Telemetry | None = None
        self._before_s = 0.0
        self._moving_s = 0.0
        self.infractions: list[Infraction] = []
        self.off_road_m = 0.0
        self.verdict: str | None = None

    def watch(self, step: Step) -> None:
        """Judge a step."""
        telemetry, now_s = step.frame.telemetry, step.frame.time_s
        self._progress.move(telemetry.pose.x_m, telemetry.pose.y_m)
        self._judge_contacts(telemetry, now_s)
        self._judge_lane(telemetry, now_s)
        before = self._before
        passed = before is not None and before.traffic_light == "Red" and telemetry.traffic_light is None
        if passed and telemetry.speed_mps > _ROLLING_MPS:
            self._note("red_light", telemetry, now_s, "drove on at a red light")
        self._judge_end(telemetry, now_s)
        self._before, self._before_s = telemetry, now_s

    def _judge_contacts(self, telemetry: Telemetry, now_s: float) -> None:
        for other in telemetry.collided_with or (("something",) if telemetry.collision_ns > 0.0 else ()):
            kind = _kind_of(other)
            if now_s - self._last_hit.get(kind, -_SAME_CRASH_S) >= _SAME_CRASH_S:  # who grinds along hits once
                self._note(kind, telemetry, now_s, f"hit {other} with {telemetry.collision_ns:.0f} N s")
            self._last_hit[kind] = now_s

    def _judge_lane(self, telemetry: Telemetry, now_s: float) -> None:
        if telemetry.invaded_lanes and now_s > 0.0:
            kinds = dict.fromkeys("an unmarked edge" if kind == "NONE" else kind for kind in telemetry.invaded_lanes)
            self._note("lane_invasion", telemetry, now_s, "crossed " + ", ".join(kinds))
        if telemetry.off_road:
            self.off_road_m += telemetry.speed_mps * (now_s - self._before_s)
            if self._before is None or not self._before.off_road:
                self._note("off_road", telemetry, now_s, "left the driving lanes")

    def _judge_end(self, telemetry: Telemetry, now_s: float) -> None:
        if telemetry.speed_mps > _BLOCKED_MPS or now_s < _STARTING_S:
            self._moving_s = now_s
        if self._progress.arrived:
            self.verdict = "completed"
        elif self._progress.away_m > _DEVIATION_M:
            self._end("route_deviation", telemetry, now_s, f"{self._progress.away_m:.0f} m from the route")
        elif now_s - self._moving_s > _BLOCKED_S:
            self._end("blocked", telemetry, now_s, f"stood still for {_BLOCKED_S:.0f} s")
        elif now_s > self._limit_s:
            self._end("timeout", telemetry, now_s, f"not there after {self._limit_s:.0f} s")

    def _end(self, kind: str, telemetry: Telemetry, now_s: float, text: str) -> None:
        self._note(kind, telemetry, now_s, text)
        self.verdict = kind

    def _note(self, kind: str, telemetry: Telemetry, now_s: float, text: str) -> None:
        pose = telemetry.pose
        self.infractions.append(Infraction(kind, now_s, self._progress.done_m, pose.x_m, pose.y_m, text))


def _kind_of(type_id: str) -> str:
    if type_id.startswith("walker."):
        return "collisions_pedestrian"
    return "collisions_vehicle" if type_id.startswith("vehicle.") else "collisions_layout"
