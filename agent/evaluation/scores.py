"""A run's trace and infractions -> its scores, by the field's definitions; pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agent.evaluation.referee import PENALTIES, Infraction
from agent.evaluation.trace import Columns

Array = npt.NDArray[np.float64]

COMFORT = {
    "longitudinal_mps2": (-4.05, 2.40),
    "lateral_mps2": (-4.89, 4.89),
    "longitudinal_jerk_mps3": (-4.13, 4.13),
    "yaw_rate_radps": (-0.95, 0.95),
    "yaw_acceleration_radps2": (-1.93, 1.93),
}
"""Bounds of a comfortable ride (nuPlan, "Metrics description", ego is comfortable)."""
_SMOOTHING_S = 0.5
_INTERVENTION_S = 6.0
"""To take over and give back (Bojarski et al., "End to End Learning for Self-Driving Cars", 2016, section 7.1)."""
_GONE_M = 1.0
_UNDER_WAY = 0.8


def scores_of(
    columns: Columns, infractions: Sequence[Infraction], *, length_m: float, off_road_m: float, target_mps: float
) -> dict[str, float]:
    """The scores of one run.

    Args:
        columns: its trace.
        infractions: what the referee noted.
        length_m: of the route.
        off_road_m: driven off every lane.
        target_mps: speed that was asked for.

    Returns:
        By name; NaN where the run was too short to tell. Percents are 0 to 100.
    """
    time_s, speed = columns["time_s"], columns["speed_mps"]
    driven_s = float(time_s[-1] - time_s[0]) if len(time_s) > 1 else 0.0
    distance_m = float(np.sum(speed[1:] * np.diff(time_s)))
    under_way = speed >= _UNDER_WAY * target_mps
    return {
        **_leaderboard(columns, infractions, length_m, off_road_m),
        **_lane(columns["offset_m"]),
        "distance_m": distance_m,
        "driven_s": driven_s,
        "collisions": float(sum(one.kind.startswith("collisions_") for one in infractions)),
        "lane_invasions": float(sum(one.kind == "lane_invasion" for one in infractions)),
        "off_road_m": off_road_m,
        "red_lights": float(sum(one.kind == "red_light" for one in infractions)),
        "steer_change": float(np.mean(np.abs(np.diff(columns["steer"])))) if len(time_s) > 1 else math.nan,
        "comfort": comfort(columns),
        "mean_speed_mps": distance_m / driven_s if driven_s > 0.0 else math.nan,
        "speed_kept": float(np.mean(np.abs(speed[under_way] / target_mps - 1.0) < 0.1)) if under_way.any() else 0.0,
        "first_infraction_s": min((one.time_s for one in infractions), default=math.nan),
        **_autonomy(columns, infractions, driven_s),
    }


def _leaderboard(
    columns: Columns, infractions: Sequence[Infraction], length_m: float, off_road_m: float
) -> dict[str, float]:
    """Route completion, infraction penalty and driving score.

    CARLA leaderboard 1.0: completion is the share of the route that was driven, less what was driven off the lanes; the
    penalty is the product of the infractions' coefficients; the driving score is completion x penalty. A success is a
    route completed without an infraction (Bench2Drive, Jia et al. 2024); crossed lane markings alone are none there.
    """
    done_m = float(columns["done_m"][-1]) if len(columns["done_m"]) else 0.0
    share = 1.0 if done_m >= length_m - 1.0 else done_m / length_m
    share *= 1.0 - min(off_road_m / max(done_m, 1e-9), 1.0)
    penalty = math.prod(PENALTIES.get(one.kind, 1.0) for one in infractions)
    spoiled = any(one.kind != "lane_invasion" for one in infractions)
    return {
        "route_completion": 100.0 * share,
        "infraction_penalty": penalty,
        "driving_score": 100.0 * share * penalty,
        "success": 100.0 if share >= 1.0 and not spoiled else 0.0,
    }


def _lane(offset_m: Array) -> dict[str, float]:
    known = np.abs(offset_m[np.isfinite(offset_m)])
    if not len(known):
        return dict.fromkeys(("offset_mean_m", "offset_p95_m", "offset_max_m"), math.nan)
    return {
        "offset_mean_m": float(known.mean()),
        "offset_p95_m": float(np.percentile(known, 95)),
        "offset_max_m": float(known.max()),
    }


def _autonomy(columns: Columns, infractions: Sequence[Infraction], driven_s: float) -> dict[str, float]:
    """How often a person would have taken over, and NVIDIA's autonomy: the share of time without one at the wheel.

    Taken over is at a collision and each time the car's centre is a metre off its lane's centre (Bojarski et al. 2016,
    section 7.1).
    """
    gone = np.abs(np.nan_to_num(columns["offset_m"])) > _GONE_M
    departures = int(np.sum(gone[1:] & ~gone[:-1])) + int(bool(len(gone)) and bool(gone[0]))
    interventions = departures + sum(one.kind.startswith("collisions_") for one in infractions)
    lost = interventions * _INTERVENTION_S / driven_s if driven_s > 0.0 else math.nan
    return {"interventions": float(interventions), "autonomy": 100.0 * max(0.0, 1.0 - lost)}


def comfort(columns: Columns) -> float:
    """Share of the time within all bounds of `COMFORT`, 0 to 100; the motion is smoothed over half a second."""
    time_s = columns["time_s"]
    if len(time_s) < 8:
        return math.nan
    step_s = float(np.median(np.diff(time_s)))
    width = max(3, round(_SMOOTHING_S / step_s) | 1)
    speed, yaw = (
        _smooth(columns["speed_mps"], width),
        _smooth(np.asarray(np.unwrap(columns["yaw_rad"]), np.float64), width),
    )
    along, turning = np.gradient(speed, time_s), np.gradient(yaw, time_s)
    motion = {
        "longitudinal_mps2": along,
        "lateral_mps2": speed * turning,
        "longitudinal_jerk_mps3": np.gradient(along, time_s),
        "yaw_rate_radps": turning,
        "yaw_acceleration_radps2": np.gradient(turning, time_s),
    }
    within = [(low <= motion[name]) & (motion[name] <= high) for name, (low, high) in COMFORT.items()]
    return 100.0 * float(np.mean(np.logical_and.reduce(within)))


def _smooth(values: Array, width: int) -> Array:
    """The mean over `width` neighbours; ends are held."""
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.full(width, 1.0 / width), mode="valid")


def kinds(infractions: Sequence[Infraction]) -> dict[str, int]:
    """How often of each kind."""
    return dict(Counter(one.kind for one in infractions))
