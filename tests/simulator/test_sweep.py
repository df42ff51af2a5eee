"""Who has a tick to himself: what sweeps may miss nothing that gets in the way."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.simulator.dynamics.collision import CollisionWorld
from agent.simulator.dynamics.oriented_box import Plan, overlap, touch
from agent.simulator.dynamics.pedals import VehicleCommand
from agent.simulator.dynamics.sweep import drum_around, swept
from agent.simulator.dynamics.vehicle import VehicleState, step
from agent.simulator.dynamics.vehicle_specs import spec_for
from agent.simulator.nouns import Box, Label

TT = spec_for("vehicle.audi.tt")
DT_S = 0.05
angles, metres = st.floats(-math.pi, math.pi), st.floats(-4.0, 4.0)
halves = st.floats(0.1, 3.0)
rectangles = st.tuples(metres, metres, angles, halves, halves)


def plan(x: float, y: float, yaw: float, half_length: float, half_width: float) -> Plan:
    return Plan(x, y, math.cos(yaw), math.sin(yaw), half_length, half_width)


@given(rectangles, rectangles)
def test_overlap_is_what_touch_finds(a, b):
    one, other = plan(*a), plan(*b)
    assert overlap(one, other) == (touch(one, other) is not None)


@settings(max_examples=60)
@given(st.floats(-30.0, 60.0), st.floats(-2.0, 2.0), st.floats(-1.0, 1.0), angles)
def test_a_car_stays_inside_what_it_sweeps(forward, turning, steer, yaw):
    before = VehicleState(3.0, -2.0, 0.0, yaw, forward, 0.0, turning)
    after = step(TT, before, VehicleCommand(0.5, steer), DT_S)
    if drum_around(TT, before, after) is None:
        return
    way = swept(TT, before, after)
    for part in range(1, 6):
        state = step(TT, before, VehicleCommand(0.5, steer), part * DT_S / 5)
        body = plan(state.x_m, state.y_m, state.yaw_rad, 0.5 * TT.length_m, 0.5 * TT.width_m)
        assert all(way.contains(*corner) for corner in body.corners())


def ways(*places: tuple[float, float, float]) -> dict:
    """Cars at (x, y) that go east at a speed."""
    states = [VehicleState(x, y, forward_mps=speed) for x, y, speed in places]
    return {i: (TT, state, step(TT, state, VehicleCommand(), DT_S)) for i, state in enumerate(states, 1)}


def test_cars_in_their_lanes_disturb_nobody():
    world = CollisionWorld([Box(5.0, 2.4, 0.5, 0.0, 20.0, 0.1, 0.5, Label.GUARD_RAIL)])
    assert world.disturbed(ways((0.0, 0.0, 14.0), (9.0, 0.0, 14.0), (4.0, -3.5, 14.0))) == set()


@pytest.mark.parametrize("other", [(5.0, 0.0, 0.0), (2.0, -2.2, 0.0), (-4.4, 0.5, 20.0)])
def test_who_may_meet_is_found_and_a_third_is_not(other):
    assert CollisionWorld([]).disturbed(ways((0.0, 0.0, 14.0), other, (60.0, 0.0, 14.0))) == {1, 2}


def test_a_wall_ahead_is_found_at_any_speed():
    world = CollisionWorld([Box(8.0, 0.0, 0.5, 0.0, 0.1, 5.0, 0.5, Label.WALLS)])
    assert world.disturbed(ways((0.0, 0.0, 1.0))) == set()
    assert world.disturbed(ways((0.0, 0.0, 120.0))) == {1}
    assert world.disturbed(ways((0.0, 0.0, 500.0))) == {1}  # too far for a rectangle: everybody is looked at


BUS = spec_for("vehicle.mitsubishi.fusorosa")
places = st.tuples(st.floats(-30.0, 30.0), st.floats(-30.0, 30.0))
cars = st.tuples(st.sampled_from([TT, BUS]), places, angles, st.floats(-20.0, 40.0), st.floats(-2.0, 2.0))
boxes = st.builds(
    lambda at, yaw, length, width: Box(*at, 0.5, yaw, length, width, 0.5, Label.WALLS),
    places,
    angles,
    st.floats(0.1, 12.0),
    st.floats(0.1, 3.0),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(cars, min_size=1, max_size=12), st.lists(boxes, max_size=12))
def test_who_is_found_is_whoever_sweeps_what_another_sweeps_or_what_stands(drivers, standing):
    found = {}
    for number, (spec, (x, y), yaw, forward, turning) in enumerate(drivers):
        before = VehicleState(x, y, 0.0, yaw, forward, 0.0, turning)
        found[number] = (spec, before, step(spec, before, VehicleCommand(0.3, 0.1), DT_S))
    plans = {number: swept(*way) for number, way in found.items()}
    walls = [plan(box.x_m, box.y_m, box.yaw_rad, box.half_length_m, box.half_width_m) for box in standing]
    expected = {
        number
        for number, here in plans.items()
        if any(overlap(here, wall) for wall in walls)
        or any(overlap(here, there) for other, there in plans.items() if other != number)
    }
    assert CollisionWorld(standing).disturbed(found) == expected
