"""Physics by physics: distances, circles, energy, rest."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.simulator.dynamics.pedals import VehicleCommand
from agent.simulator.dynamics.steering import steering_share
from agent.simulator.dynamics.vehicle import VehicleState, step
from agent.simulator.dynamics.vehicle_specs import BLUEPRINTS, VehicleSpec, spec_for
from agent.simulator.nouns import Label
from tests.simulator.energy import kinetic_energy_j

TT = spec_for("vehicle.audi.tt")
DT_S = 0.05
ROLLING = replace(TT, rolling_resistance=0.0, drag_area_m2=0.0, coast_brake_n=0.0)  # loses nothing
KMH = 1 / 3.6


def run(
    spec: VehicleSpec, state: VehicleState, command: VehicleCommand, seconds: float, *, friction: float = 1.0
) -> list[VehicleState]:
    states = [state]
    for _ in range(round(seconds / DT_S)):
        states.append(step(spec, states[-1], command, DT_S, friction=friction))
    return states


def held(spec: VehicleSpec, speed_mps: float, steer: float, seconds: float) -> list[VehicleState]:
    """Drive at a speed with the wheels turned, the throttle catching what corners cost."""
    states = [VehicleState(forward_mps=speed_mps)]
    for _ in range(round(seconds / DT_S)):
        throttle = min(max(2.0 * (speed_mps - states[-1].forward_mps), 0.0), 1.0)
        states.append(step(spec, states[-1], VehicleCommand(throttle=throttle, steer=steer), DT_S))
    return states


def test_twenty_metres_a_second_for_two_seconds_is_forty_metres() -> None:
    end = run(ROLLING, VehicleState(forward_mps=20.0, yaw_rad=0.7), VehicleCommand(), 2.0)[-1]
    assert math.hypot(end.x_m, end.y_m) == pytest.approx(40.0)
    assert math.atan2(end.y_m, end.x_m) == pytest.approx(0.7)
    assert end.wheel_turn_rad == pytest.approx((40.0 / TT.wheel_radius_m) % (2 * math.pi))


@pytest.mark.parametrize("steer", [0.1, 0.3, -0.6])
def test_slow_circle_has_the_radius_of_the_wheelbase(steer: float) -> None:
    end = held(TT, 1.5, steer, 8.0)[-1]
    rear_radius_m = end.forward_mps / end.yaw_rate_radps
    assert rear_radius_m == pytest.approx(TT.wheelbase_m / math.tan(end.steer_rad), rel=0.01)


def test_positive_steer_turns_right_and_yaw_grows_clockwise() -> None:
    end = held(TT, 5.0, 0.2, 1.0)[-1]
    assert end.yaw_rad > 0.1  # y points right in CARLA's world
    assert end.y_m > 0.2
    assert end.accel_lateral_mps2 > 0.5


def test_reversing_with_the_wheels_right_swings_the_nose_left() -> None:
    end = run(TT, VehicleState(), VehicleCommand(throttle=0.4, steer=0.3, reverse=True), 3.0)[-1]
    assert end.x_m < -1.0
    assert end.yaw_rad < -0.05
    assert -TT.max_reverse_mps - 0.5 < end.forward_mps < 0.0


def test_steady_cornering_balances_the_centripetal_acceleration() -> None:
    end = held(TT, 12.0, 0.05, 6.0)[-1]
    assert end.accel_lateral_mps2 == pytest.approx(end.forward_mps * end.yaw_rate_radps, rel=0.02)
    kinematic_m = TT.wheelbase_m / math.tan(end.steer_rad)
    radius_m = end.forward_mps / end.yaw_rate_radps
    assert kinematic_m < radius_m < 1.15 * kinematic_m  # mild understeer


def test_grip_limits_cornering() -> None:
    dry = run(TT, VehicleState(forward_mps=15.0), VehicleCommand(steer=0.5), 1.0)[-1]
    assert abs(dry.accel_lateral_mps2) < 1.05 * 2.45 * 9.81
    wet = run(TT, VehicleState(forward_mps=15.0), VehicleCommand(steer=0.5), 1.0, friction=0.4)[-1]
    assert abs(wet.accel_lateral_mps2) < 0.42 * 2.45 * 9.81
    assert abs(wet.yaw_rad) < abs(dry.yaw_rad)


@pytest.mark.parametrize(
    ("blueprint", "low_kmh", "high_kmh"),
    [
        ("vehicle.audi.tt", 220, 270),
        ("vehicle.nissan.micra", 150, 190),
        ("vehicle.carlamotors.firetruck", 100, 145),
        ("vehicle.vespa.zx125", 70, 120),
        ("vehicle.bh.crossbike", 20, 40),
    ],
)
def test_top_speed_is_plausible(blueprint: str, low_kmh: float, high_kmh: float) -> None:
    top_mps = run(spec_for(blueprint), VehicleState(), VehicleCommand(throttle=1.0), 90.0)[-1].forward_mps
    assert low_kmh * KMH < top_mps < high_kmh * KMH


def test_sprint_to_a_hundred_takes_as_long_as_a_car_does() -> None:
    states = run(TT, VehicleState(), VehicleCommand(throttle=1.0), 10.0)
    seconds = DT_S * next(i for i, state in enumerate(states) if state.forward_mps > 100 * KMH)
    assert 4.5 < seconds < 8.0


@pytest.mark.parametrize(("friction", "low_m", "high_m"), [(1.0, 36.0, 46.0), (0.2, 75.0, 95.0)])
def test_braking_distance_from_a_hundred(friction: float, low_m: float, high_m: float) -> None:
    end = run(TT, VehicleState(forward_mps=100 * KMH), VehicleCommand(brake=1.0), 8.0, friction=friction)[-1]
    assert end.forward_mps == 0.0
    assert low_m < end.x_m < high_m


@pytest.mark.parametrize("command", [VehicleCommand(brake=0.3), VehicleCommand(hand_brake=True), VehicleCommand()])
def test_comes_to_full_rest_and_stays(command: VehicleCommand) -> None:
    states = run(TT, VehicleState(forward_mps=6.0, lateral_mps=1.0, yaw_rate_radps=0.5), command, 40.0)
    assert states[-1][:8] == states[-2][:8]
    assert (states[-1].forward_mps, states[-1].lateral_mps, states[-1].yaw_rate_radps) == (0.0, 0.0, 0.0)


def test_coasting_from_walking_pace_stops_within_seconds_not_at_once() -> None:
    end = run(TT, VehicleState(forward_mps=2.0), VehicleCommand(), 30.0)[-1]
    assert 3.0 < end.x_m < 20.0


def test_hand_brake_holds_against_the_throttle() -> None:
    assert run(TT, VehicleState(), VehicleCommand(throttle=1.0, hand_brake=True), 3.0)[-1].x_m == 0.0


def test_hand_brake_in_a_bend_swings_the_tail_out() -> None:
    turning = held(TT, 15.0, 0.15, 1.0)[-1]
    gripping = run(TT, turning, VehicleCommand(steer=0.15), 1.0)[-1]
    sliding = run(TT, turning, VehicleCommand(steer=0.15, hand_brake=True), 1.0)[-1]
    assert sliding.yaw_rad > gripping.yaw_rad + 0.1


@pytest.mark.parametrize("steer", [0.05, 0.4, 1.0])
def test_mirrored_steering_gives_the_mirrored_path(steer: float) -> None:
    right, left = held(TT, 10.0, steer, 5.0), held(TT, 10.0, -steer, 5.0)
    for a, b in zip(right, left, strict=True):
        assert (a.x_m, a.y_m, a.yaw_rad, a.lateral_mps) == (b.x_m, -b.y_m, -b.yaw_rad, -b.lateral_mps)


@pytest.mark.parametrize("cuts", [(0.05, 0.05), (0.02, 0.03, 0.05), (0.01,) * 10])
def test_result_does_not_depend_on_how_the_time_is_cut(cuts: tuple[float, ...]) -> None:
    start, command = VehicleState(forward_mps=14.0, yaw_rate_radps=0.1), VehicleCommand(throttle=0.5, steer=0.2)
    whole, parts = step(TT, start, command, 0.1), start
    for cut in cuts:
        parts = step(TT, parts, command, cut)
    assert parts[:9] == pytest.approx(whole[:9], abs=1e-9)


def test_uneven_steps_cover_the_time_exactly() -> None:
    state = VehicleState(forward_mps=20.0)
    for dt_s in (0.033, 0.0171, 0.0499, 1.0):
        state = step(ROLLING, state, VehicleCommand(), dt_s)
    assert state.x_m == pytest.approx(20.0 * 1.1)


def test_steering_takes_time_and_is_limited_by_speed() -> None:
    start = VehicleState()
    one = step(TT, start, VehicleCommand(steer=1.0), DT_S)
    assert one.steer_rad == pytest.approx(TT.steer_rate_radps * DT_S)
    assert run(TT, start, VehicleCommand(steer=1.0), 1.0)[-1].steer_rad == pytest.approx(math.radians(70.0))
    assert [steering_share(v * KMH) for v in (0, 10, -20, 40, 60, 90, 200)] == pytest.approx(
        [1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7]
    )


speeds = st.floats(-12.0, 150 * KMH)
commands = st.builds(
    VehicleCommand,
    throttle=st.floats(0.0, 1.0),
    steer=st.floats(-1.0, 1.0),
    brake=st.sampled_from([0.0, 0.0, 0.2, 1.0]),
    hand_brake=st.booleans(),
    reverse=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(BLUEPRINTS), speeds, st.floats(-8.0, 8.0), st.floats(-3.0, 3.0), st.lists(commands, max_size=12))
def test_stays_finite_and_bounded(
    blueprint: str, forward: float, lateral: float, turning: float, orders: list[VehicleCommand]
) -> None:
    spec = spec_for(blueprint)
    state = VehicleState(forward_mps=forward, lateral_mps=lateral, yaw_rate_radps=turning)
    most_mps = math.sqrt(2 * kinetic_energy_j(spec, state) / spec.mass_kg) + len(orders) * 0.5 * 9.81 + 0.1
    for order in orders:
        for _ in range(10):
            before = state
            state = step(spec, state, order, DT_S)
            assert all(math.isfinite(value) for value in state)
            assert math.hypot(state.forward_mps, state.lateral_mps) <= most_mps
            assert abs(state.steer_rad) <= spec.max_steer_rad
            if order.throttle == 0.0 or order.hand_brake:
                assert kinetic_energy_j(spec, state) <= kinetic_energy_j(spec, before) * (1 + 1e-12)


def test_the_fleet_is_plausible() -> None:
    for blueprint in BLUEPRINTS:
        spec = spec_for(blueprint)
        assert 0.5 < spec.wheelbase_m / spec.length_m < 0.75, blueprint
        assert spec.front_axle_m + spec.rear_axle_m == pytest.approx(spec.wheelbase_m)
        assert (spec.number_of_wheels == 2) == (spec.label in {Label.MOTORCYCLE, Label.BICYCLE})
    assert math.degrees(TT.max_steer_rad) == pytest.approx(70.0)
    assert spec_for("vehicle.nobody.knows") is spec_for("vehicle.nobody.knows")
    assert spec_for("vehicle.nobody.knows").label is Label.CAR


@pytest.mark.parametrize(("dt_s", "friction"), [(0.0, 1.0), (-0.1, 1.0), (math.nan, 1.0), (0.05, 0.0)])
def test_refuses_time_that_does_not_pass(dt_s: float, friction: float) -> None:
    with pytest.raises(ValueError, match="wanted both above 0"):
        step(TT, VehicleState(), VehicleCommand(), dt_s, friction=friction)
