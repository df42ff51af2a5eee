"""The speed controller on the simulator's own vehicles: reaches the target, holds it, never both pedals."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from agent.simulator.dynamics.pedals import VehicleCommand
from agent.simulator.dynamics.vehicle import VehicleState, step
from agent.simulator.dynamics.vehicle_specs import spec_for
from agent.speed import BEND_MPS2, SpeedController, bend_speed_mps
from agent.types import Lead

DT_S = 0.05
KMH = 1 / 3.6


def cruise(blueprint: str, controller: SpeedController, start_mps: float, seconds: float) -> list[tuple[float, ...]]:
    """(speed km/h, throttle, brake) of each tick."""
    spec, state, ticks = spec_for(blueprint), VehicleState(forward_mps=start_mps), []
    for _ in range(round(seconds / DT_S)):
        throttle, brake = controller.pedals(state.forward_mps, DT_S)
        state = step(spec, state, VehicleCommand(throttle=throttle, brake=brake), DT_S)
        ticks.append((state.forward_mps / KMH, throttle, brake))
    return ticks


@pytest.mark.parametrize("blueprint", ["vehicle.audi.tt", "vehicle.nissan.micra", "vehicle.carlamotors.firetruck"])
@pytest.mark.parametrize("target_kmh", [20.0, 35.0, 90.0])
def test_reaches_and_holds_the_target(blueprint: str, target_kmh: float) -> None:
    speeds = [speed for speed, *_ in cruise(blueprint, SpeedController(target_kmh * KMH), 0.0, 60.0)]
    assert max(speeds) < target_kmh + 2.0
    assert all(abs(speed - target_kmh) < 1.0 for speed in speeds[-400:])
    assert abs(speeds[-1] - target_kmh) < 0.3


def test_slows_down_to_a_lower_target_without_falling_below() -> None:
    controller = SpeedController(60 * KMH)
    cruise("vehicle.audi.tt", controller, 60 * KMH, 5.0)
    controller.target_mps = 30 * KMH
    speeds = [speed for speed, *_ in cruise("vehicle.audi.tt", controller, 60 * KMH, 30.0)]
    assert min(speeds) > 28.0
    assert abs(speeds[-1] - 30.0) < 0.5


def test_never_both_pedals_and_no_jumps() -> None:
    controller = SpeedController(15.0)
    before = 0.0
    for tick in range(400):
        throttle, brake = controller.pedals(15.0 + 8.0 * math.sin(tick / 15), DT_S)
        assert 0.0 <= throttle <= 1.0
        assert 0.0 <= brake <= 1.0
        assert throttle == 0.0 or brake == 0.0
        assert abs((throttle - brake) - before) <= 2.0 * DT_S + 1e-9
        before = throttle - brake


def test_a_car_held_back_does_not_store_up_a_surge() -> None:
    """Anti-windup: a minute against a wall, then free: no more overshoot than from a fresh start."""
    controller = SpeedController(35 * KMH)
    for _ in range(1200):
        controller.pedals(0.0, DT_S)
    assert max(speed for speed, *_ in cruise("vehicle.audi.tt", controller, 0.0, 30.0)) < 37.0


def test_no_time_no_change() -> None:
    assert SpeedController(10.0).pedals(0.0, 0.0) == (0.0, 0.0)


@pytest.mark.parametrize("target_mps", [0.0, -3.0, math.nan, math.inf])
def test_refuses_a_target_that_is_no_speed(target_mps: float) -> None:
    with pytest.raises(ValueError, match="wanted a speed above 0"):
        SpeedController(target_mps)


def follow(lead_mps: Callable[[float], float], gap_m: float, seconds: float) -> list[tuple[float, float]]:
    """(gap m, own speed m/s) of each tick behind a car whose speed is a function of time."""
    spec, state, controller, ticks = (
        spec_for("vehicle.audi.tt"),
        VehicleState(forward_mps=10.0),
        SpeedController(10.0),
        [],
    )
    for tick in range(round(seconds / DT_S)):
        ahead = Lead(gap_m=max(gap_m, 0.0), speed_mps=lead_mps(tick * DT_S))
        throttle, brake = controller.pedals(state.forward_mps, DT_S, lead=ahead)
        state = step(spec, state, VehicleCommand(throttle=throttle, brake=brake), DT_S)
        gap_m += (ahead.speed_mps - state.forward_mps) * DT_S
        ticks.append((gap_m, state.forward_mps))
    return ticks


def test_keeps_its_distance_behind_a_slower_car() -> None:
    ticks = follow(lambda time_s: 6.0, 40.0, 40.0)
    assert min(gap for gap, _ in ticks) > 6.0
    assert ticks[-1][1] == pytest.approx(6.0, abs=0.3)
    assert 8.0 < ticks[-1][0] < 20.0


@pytest.mark.parametrize("gap_m", [13.0, 20.0, 35.0])
def test_stops_behind_a_car_that_brakes_hard(gap_m: float) -> None:
    ticks = follow(lambda time_s: max(10.0 - 7.0 * max(time_s - 1.0, 0.0), 0.0), gap_m, 20.0)
    assert min(gap for gap, _ in ticks) > 1.0
    assert ticks[-1][1] < 0.1


def test_drives_on_when_the_car_ahead_does() -> None:
    ticks = follow(lambda time_s: 0.0 if time_s < 8.0 else 9.0, 30.0, 40.0)
    assert ticks[round(7.5 / DT_S)][1] < 0.5
    assert ticks[-1][1] == pytest.approx(9.0, abs=0.5)


def test_slows_in_a_bend_and_by_no_more_than_it_pulls() -> None:
    straight, gentle, tight = (bend_speed_mps(steer) for steer in (0.0, 0.085, -0.2))
    assert straight == math.inf
    assert gentle > 35 * KMH  # a bend of 25 m radius
    assert tight == pytest.approx(math.sqrt(BEND_MPS2 * 2.6 / math.tan(0.2 * math.radians(70))))
    controller = SpeedController(12.0)
    pedals = [controller.pedals(12.0, DT_S, steer=0.2) for _ in range(40)]
    assert pedals[-1][1] > 0.3
