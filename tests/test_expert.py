"""The teacher on the simulator's own car: stays on the lane, comes back, and never learns from its own mistakes."""

from __future__ import annotations

import math
from pathlib import Path

import carla
import numpy as np
import pytest

from agent.lanes import lane_of_travel, offset_m
from agent.lanes import path as lane_path
from agent.simulator.dynamics.pedals import VehicleCommand
from agent.simulator.dynamics.vehicle import VehicleState, step
from agent.speed import SpeedController
from agent.training.disturbance import Disturbance, Push
from agent.training.expert import Expert, lane_errors, shifted
from agent.types import Pose
from tests.tracks import COUNTRY_ROAD, DT_S, TT, ahead, centre_line, closed_loop, wiggle

KMH = 1 / 3.6
LOOP = Path(__file__).parent.parent / "configs" / "maps" / "loop.xodr"
EXPERT = Expert()


def at(x_m: float, y_m: float, yaw_rad: float) -> Pose:
    return Pose(x_m, y_m, 0.0, 0.0, yaw_rad, 0.0)


@pytest.mark.parametrize("speed_kmh", [25.0, 30.0, 35.0, 40.0])
@pytest.mark.parametrize("transition_m", [0.0, 10.0])
def test_keeps_within_a_fifth_of_a_metre_and_steers_smoothly(speed_kmh: float, transition_m: float) -> None:
    steers, offsets = [], []
    line = centre_line(COUNTRY_ROAD, transition_m=transition_m)
    for pose, state, path in closed_loop(line, speed_kmh * KMH, lambda p, s, q: EXPERT.steer(p, s.forward_mps, q)):
        offsets.append(lane_errors(pose, path)[0])
        steers.append(EXPERT.steer(pose, state.forward_mps, path))
    assert len(offsets) > 300
    assert max(abs(offset) for offset in offsets) < 0.2
    assert wiggle(steers) < 0.03  # of a full lock per tick


@pytest.mark.parametrize("direction", [-1, 1])
@pytest.mark.parametrize("speed_kmh", [30.0, 40.0])
def test_keeps_the_lane_of_the_built_in_map(direction: int, speed_kmh: float) -> None:
    """A lap of the real map as the real client reads it."""
    road_map = carla.Map("loop", LOOP.read_text())
    waypoint = next(w for w in road_map.generate_waypoints(20.0) if w.lane_id * direction > 0)
    start = waypoint.transform
    state = VehicleState(start.location.x, start.location.y, 0.0, math.radians(start.rotation.yaw), speed_kmh * KMH)
    pedals, worst_m, driven_m = SpeedController(speed_kmh * KMH), 0.0, 0.0
    while driven_m < 2260.0:
        place = carla.Location(state.x_m, state.y_m, 0.0)
        beside = lane_of_travel(road_map, carla.Transform(place, carla.Rotation(yaw=math.degrees(state.yaw_rad))))
        assert beside is not None
        steer = EXPERT.steer(at(state.x_m, state.y_m, state.yaw_rad), state.forward_mps, lane_path(beside, 1.0, 16))
        throttle, brake = pedals.pedals(state.forward_mps, DT_S)
        state = step(TT, state, VehicleCommand(throttle=throttle, brake=brake, steer=steer), DT_S)
        driven_m += state.forward_mps * DT_S
        worst_m = max(worst_m, abs(offset_m(beside, place)))
    assert worst_m < 0.15


def test_comes_back_from_beside_the_lane_within_two_seconds_without_swinging_over() -> None:
    line = centre_line(((120, 0),))
    offsets = [
        lane_errors(pose, path)[0]
        for pose, _, path in closed_loop(
            line, 35 * KMH, lambda p, s, q: EXPERT.steer(p, s.forward_mps, q), offset_m=1.2
        )
    ]
    assert offsets[0] == pytest.approx(1.2, abs=0.01)
    assert abs(offsets[round(2.5 / DT_S)]) < 0.1
    assert min(offsets) > -0.1


def test_left_and_right_are_mirrors() -> None:
    bend = centre_line(((30, 1 / 30),))[::10]
    mirrored = bend * [1, -1]
    assert EXPERT.steer(at(0, 0.5, 0.1), 9.0, bend) == pytest.approx(-EXPERT.steer(at(0, -0.5, -0.1), 9.0, mirrored))
    assert EXPERT.steer(at(0, 0, 0), 9.0, bend) > 0.03  # the bend is to the right


def test_steers_back_against_offset_and_heading() -> None:
    straight = np.stack([np.arange(16.0), np.zeros(16)], axis=1)
    assert EXPERT.steer(at(0, 0, 0), 10.0, straight) == pytest.approx(0.0)
    assert EXPERT.steer(at(0, 1, 0), 10.0, straight) < -0.03
    assert EXPERT.steer(at(0, 0, 0.1), 10.0, straight) < -0.03
    assert EXPERT.steer(at(0, -40, -1), 10.0, straight) == 1.0


def test_lane_errors_on_a_bend_are_exact() -> None:
    radius_m, turned = 25.0, 0.4
    angles = turned + np.arange(16) / radius_m
    path = radius_m * np.stack([np.sin(angles), 1 - np.cos(angles)], axis=1)
    outward = -0.7  # left of a right-hand bend
    pose = at(
        path[0, 0] - outward * math.sin(turned), path[0, 1] + outward * math.cos(turned), turned + 0.1 + 4 * math.pi
    )
    off_m, heading_rad = lane_errors(pose, path)
    assert off_m == pytest.approx(outward, abs=1e-3)
    assert heading_rad == pytest.approx(0.1, abs=1e-3)


def test_shifted_path_runs_beside() -> None:
    path = centre_line(((16, 1 / 30),))[::10]
    right = shifted(path, 1.0)
    np.testing.assert_allclose(np.linalg.norm(right - path, axis=1), 1.0)
    assert lane_errors(at(*right[0], 0.0), path)[0] == pytest.approx(1.0, abs=0.02)


def test_refuses_a_lane_that_ends() -> None:
    with pytest.raises(ValueError, match="the lane ends here"):
        EXPERT.steer(at(0, 0, 0), 5.0, np.zeros((3, 2)))


def test_trouble_is_the_same_for_the_same_seed_and_leaves_calm_between() -> None:
    def pushes(seed: int) -> list[Push]:
        disturbance = Disturbance(seed)
        return [disturbance.push(tick * DT_S, DT_S, 9.0) for tick in range(2400)]

    assert pushes(3) == pushes(3)
    assert pushes(3) != pushes(4)
    calm = [push == Push() for push in pushes(3)]
    assert 0.3 < sum(calm) / len(calm) < 0.75


def test_trouble_covers_what_the_network_may_meet() -> None:
    """Offsets to 1.2 m and headings to 10 degrees, to both sides, and the expert still brings the car home."""
    line = centre_line(COUNTRY_ROAD * 3, transition_m=8.0)
    offsets, headings = [], []
    for seed in range(3):
        disturbance, ticks = Disturbance(seed), iter(range(10**6))

        def troubled(pose: Pose, state: object, path: np.ndarray, d: Disturbance = disturbance, t=ticks) -> float:
            push = d.push(next(t) * DT_S, DT_S, 9.0)
            return min(max(EXPERT.steer(pose, 9.0, shifted(path, push.shift_m)) + push.steer, -1.0), 1.0)

        for pose, _, path in closed_loop(line, 9.0, troubled):
            off_m, heading_rad = lane_errors(pose, path)
            offsets.append(off_m)
            headings.append(math.degrees(heading_rad))
    assert max(offsets) > 1.0
    assert min(offsets) < -1.0
    assert max(headings) > 9.0
    assert min(headings) < -9.0
    assert max(map(abs, offsets)) < 1.7
    assert np.median(np.abs(offsets)) < 0.25  # most of the driving is good driving


def test_ahead_starts_beside_the_car() -> None:
    line = centre_line(((50, 0),))
    path = ahead(line, 10.04, 2.0)
    assert path is not None
    np.testing.assert_allclose(path[:2], [[10.0, 0.0], [11.0, 0.0]], atol=1e-6)
