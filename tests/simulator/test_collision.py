"""Bumps: momentum, energy, walls that hold at any speed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.simulator.dynamics.collision import CollisionWorld, Contact, sub_ticks
from agent.simulator.dynamics.pedals import VehicleCommand
from agent.simulator.dynamics.vehicle import VehicleState, step, sub_steps
from agent.simulator.dynamics.vehicle_specs import BLUEPRINTS, VehicleSpec, spec_for
from agent.simulator.nouns import Box, Label
from tests.simulator.energy import kinetic_energy_j

TT = spec_for("vehicle.audi.tt")
EMPTY = CollisionWorld([])
DT_S = 0.05
KMH = 1 / 3.6
Bodies = dict[int, tuple[VehicleSpec, VehicleState]]


def wall(x_m: float, *, half_length_m: float = 0.1, half_width_m: float = 40.0, yaw_rad: float = 0.0) -> Box:
    return Box(x_m, 0.0, 1.0, yaw_rad, half_length_m, half_width_m, 1.0, Label.WALLS)


def tick(world: CollisionWorld, bodies: Bodies, command: VehicleCommand) -> tuple[Bodies, list[Contact]]:
    contacts: list[Contact] = []
    parts = sub_ticks(bodies, DT_S)
    for _ in range(parts):
        moved = {i: (spec, step(spec, state, command, DT_S / parts)) for i, (spec, state) in bodies.items()}
        states, bumps = world.resolve(moved)
        bodies = {i: (bodies[i][0], state) for i, state in states.items()}
        contacts += bumps
    return bodies, contacts


def momentum(bodies: Bodies) -> tuple[float, float, float]:
    """Along x and y, and angular about the world's origin."""
    px = py = turning = 0.0
    for spec, state in bodies.values():
        cosine, sine = math.cos(state.yaw_rad), math.sin(state.yaw_rad)
        vx = state.forward_mps * cosine - state.lateral_mps * sine
        vy = state.forward_mps * sine + state.lateral_mps * cosine
        px, py = px + spec.mass_kg * vx, py + spec.mass_kg * vy
        turning += spec.mass_kg * (state.x_m * vy - state.y_m * vx) + spec.yaw_inertia_kgm2 * state.yaw_rate_radps
    return px, py, turning


def energy(bodies: Bodies) -> float:
    return sum(kinetic_energy_j(spec, state) for spec, state in bodies.values())


@pytest.mark.parametrize("blueprint", ["vehicle.audi.tt", "vehicle.micro.microlino", "vehicle.kawasaki.ninja"])
@pytest.mark.parametrize("heading", [0.0, 0.5, math.pi / 2])
def test_a_thin_wall_holds_at_150_kmh(blueprint: str, heading: float) -> None:
    """Head on, at an angle, and sliding sideways: at no start within a tick's way does the body get through."""
    spec, world = spec_for(blueprint), CollisionWorld([wall(50.0)])
    for start in range(8):
        vx = 150 * KMH
        state = VehicleState(
            x_m=40.0 + 0.27 * start,
            yaw_rad=heading,
            forward_mps=vx * math.cos(heading),
            lateral_mps=-vx * math.sin(heading),
        )
        bodies: Bodies = {1: (spec, state)}
        hits: list[Contact] = []
        for _ in range(40):
            bodies, contacts = tick(world, bodies, VehicleCommand())
            hits += contacts
        assert bodies[1][1].x_m < 50.0
        assert hits
        assert hits[0].label is Label.WALLS
        assert hits[0].impulse_ns[0] < -0.1 * spec.mass_kg * vx  # pushed back


def test_wall_takes_the_whole_momentum_head_on() -> None:
    world, before = (
        CollisionWorld([wall(10.0)]),
        VehicleState(x_m=10.0 - 0.1 - 0.5 * TT.length_m + 0.05, forward_mps=20),
    )
    states, (contact,) = world.resolve({7: (TT, before)})
    assert contact.body_id == 7
    assert contact.other_id is None
    assert contact.impulse_ns == pytest.approx((-1.15 * 20.0 * TT.mass_kg, 0.0, 0.0))
    assert states[7].forward_mps == pytest.approx(-0.15 * 20.0)
    assert states[7].x_m + 0.5 * TT.length_m == pytest.approx(9.9)
    assert states[7].yaw_rate_radps == 0.0


def test_pushing_on_against_a_wall_stays_put() -> None:
    world, bodies = CollisionWorld([wall(10.0)]), {1: (TT, VehicleState(x_m=7.0))}
    for _ in range(100):
        bodies, _ = tick(world, bodies, VehicleCommand(throttle=1.0))
    assert bodies[1][1].x_m + 0.5 * TT.length_m == pytest.approx(9.9, abs=0.05)


def test_glancing_blow_turns_the_car_along_the_wall() -> None:
    world = CollisionWorld([wall(0.0, half_length_m=80.0, half_width_m=0.1)])
    bodies: Bodies = {1: (TT, VehicleState(x_m=-30.0, y_m=-4.0, yaw_rad=0.2, forward_mps=20.0))}
    for _ in range(40):
        bodies, _ = tick(world, bodies, VehicleCommand())
    end = bodies[1][1]
    assert end.y_m < -0.5 * TT.width_m
    assert end.x_m > -15.0  # it slid on
    assert end.yaw_rad < 0.2


def test_head_on_crash_conserves_momentum_and_is_seen_by_both() -> None:
    truck = spec_for("vehicle.carlamotors.carlacola")
    bodies: Bodies = {
        3: (TT, VehicleState(x_m=0.0, forward_mps=15.0)),
        9: (truck, VehicleState(x_m=4.5, y_m=0.4, yaw_rad=math.pi, forward_mps=10.0)),
    }
    states, contacts = EMPTY.resolve(bodies)
    after = {i: (bodies[i][0], state) for i, state in states.items()}
    assert momentum(after)[:2] == pytest.approx(momentum(bodies)[:2], rel=1e-9, abs=1e-6)
    assert energy(after) < energy(bodies)
    assert [(c.body_id, c.other_id, c.label) for c in contacts] == [(3, 9, Label.TRUCK), (9, 3, Label.CAR)]
    assert contacts[0].impulse_ns == tuple(-j for j in contacts[1].impulse_ns)
    assert states[3].forward_mps < 0.0  # the light one is thrown back


def test_off_centre_blow_spins_as_its_lever_says() -> None:
    """A pole at the right front corner stops that corner and turns the car clockwise."""
    pole = Box(2.2, 0.8, 1.0, 0.0, 0.15, 0.15, 1.0, Label.POLES)
    states, (contact,) = CollisionWorld([pole]).resolve({1: (TT, VehicleState(forward_mps=10.0))})
    assert contact.label is Label.POLES
    assert states[1].yaw_rate_radps > 0.3


def test_what_is_low_or_high_is_not_hit() -> None:
    kerb = Box(0.0, 0.0, 0.07, 0.0, 5.0, 5.0, 0.07, Label.SIDEWALKS)
    bridge = Box(0.0, 0.0, 6.0, 0.0, 5.0, 5.0, 1.0, Label.BRIDGE)
    state = VehicleState(forward_mps=10.0)
    assert CollisionWorld([kerb, bridge]).resolve({1: (TT, state)}) == ({1: state}, ())


def test_is_free_says_where_a_car_fits() -> None:
    world, parked = CollisionWorld([wall(10.0)]), {1: (TT, VehicleState(x_m=0.0))}
    assert world.is_free(TT, VehicleState(x_m=-6.0), parked)
    assert not world.is_free(TT, VehicleState(x_m=9.0), {})
    assert not world.is_free(TT, VehicleState(x_m=-3.0), parked)
    assert world.is_free(TT, VehicleState(x_m=-3.0), {})


def test_order_of_the_mapping_does_not_matter() -> None:
    pile = {i: (TT, VehicleState(x_m=3.5 * i, y_m=0.3 * i, forward_mps=10.0 - 5.0 * i)) for i in range(1, 6)}
    assert EMPTY.resolve(pile) == EMPTY.resolve(dict(reversed(pile.items())))


placed = st.builds(
    VehicleState,
    x_m=st.floats(-4.0, 4.0),
    y_m=st.floats(-4.0, 4.0),
    yaw_rad=st.floats(-math.pi, math.pi),
    forward_mps=st.floats(-40.0, 40.0),
    lateral_mps=st.floats(-10.0, 10.0),
    yaw_rate_radps=st.floats(-2.0, 2.0),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(BLUEPRINTS), placed), min_size=2, max_size=4))
def test_vehicles_conserve_momentum_and_never_gain_energy(pile: list[tuple[str, VehicleState]]) -> None:
    bodies = {i: (spec_for(blueprint), state) for i, (blueprint, state) in enumerate(pile)}
    states, _ = EMPTY.resolve(bodies)
    after = {i: (bodies[i][0], state) for i, state in states.items()}
    assert momentum(after)[:2] == pytest.approx(momentum(bodies)[:2], rel=1e-6, abs=1e-3)
    assert energy(after) <= energy(bodies) * (1 + 1e-9) + 1e-6


@given(placed)
def test_a_wall_never_gives_energy(state: VehicleState) -> None:
    states, contacts = CollisionWorld([wall(2.0), wall(-2.0, yaw_rad=0.3)]).resolve({1: (TT, state)})
    assert kinetic_energy_j(TT, states[1]) <= kinetic_energy_j(TT, state) * (1 + 1e-9)
    assert all(math.isfinite(j) for contact in contacts for j in contact.impulse_ns)


def test_sub_ticks_grow_with_speed() -> None:
    slow, fast = VehicleState(forward_mps=5.0), VehicleState(forward_mps=150 * KMH)
    assert sub_ticks({}, DT_S) == sub_ticks({1: (TT, VehicleState())}, DT_S) == sub_ticks({1: (TT, slow)}, DT_S) == 1
    assert sub_ticks({1: (TT, slow), 2: (TT, fast)}, DT_S) == 5
    assert sub_ticks({1: (TT, fast._replace(forward_mps=0.0, lateral_mps=-150 * KMH))}, DT_S) == 5


@pytest.mark.parametrize("dt_s", [0.01, 0.02, 0.033, 0.05, 0.06, 0.1])
@pytest.mark.parametrize("speed_mps", [0.0, 8.0, 14.0, 25.0, 45.0])
def test_parts_of_a_tick_are_whole_sub_steps(dt_s: float, speed_mps: float) -> None:
    parts = sub_ticks({1: (TT, VehicleState(forward_mps=speed_mps))}, dt_s)
    assert parts * sub_steps(dt_s / parts) == sub_steps(dt_s)
    assert speed_mps * dt_s / parts <= 0.25 * TT.width_m


def test_a_senseless_speed_does_not_take_for_ever() -> None:
    assert sub_ticks({1: (TT, VehicleState(forward_mps=1e12))}, DT_S) == 1000
    assert sub_ticks({1: (TT, VehicleState(forward_mps=1e12))}, 10.0) == 1000
