"""The cycle of lights at a junction."""

import itertools

import pytest

from agent.simulator.world.light_groups import LightGroup, LightState, Turn

RED, YELLOW, GREEN = LightState.RED, LightState.YELLOW, LightState.GREEN


def shown(group, seconds, step_s=0.05):
    """(states by light, seconds they lasted) in order."""
    seen = []
    for _ in range(round(seconds / step_s)):
        group.advance(step_s)
        seen.append(tuple(group.states[light] for light in sorted(group.states)))
    return [(states, round(len(list(run)) * step_s, 2)) for states, run in itertools.groupby(seen)]


def test_controllers_take_turns():
    group = LightGroup([Turn((1, 2)), Turn((3,))])
    assert shown(group, 40.0) == [
        ((GREEN, GREEN, RED), 9.95),  # the change is seen in the tick that ends the ten seconds
        ((YELLOW, YELLOW, RED), 3.0),
        ((RED, RED, RED), 2.0),
        ((RED, RED, GREEN), 10.0),
        ((RED, RED, YELLOW), 3.0),
        ((RED, RED, RED), 2.0),
        ((GREEN, GREEN, RED), 10.0),
        ((YELLOW, YELLOW, RED), 0.05),
    ]


def test_times_can_be_changed_on_the_way():
    group = LightGroup([Turn((1,))])
    shown(group, 4.0)
    group.turns[0].seconds[GREEN] = 5.0
    assert shown(group, 3.0) == [((GREEN,), 0.95), ((YELLOW,), 2.05)]


def test_frozen_time_stands_still_and_a_reset_starts_over():
    group = LightGroup([Turn((1,)), Turn((2,))])
    shown(group, 11.0)
    group.frozen = True
    assert shown(group, 60.0) == [((YELLOW, RED), 60.0)]
    assert group.elapsed_s == pytest.approx(1.0)
    group.frozen = False
    group.reset()
    assert shown(group, 0.05) == [((GREEN, RED), 0.05)]


def test_a_state_set_by_hand_lasts_until_the_cycle_says_otherwise():
    group = LightGroup([Turn((1, 2))])
    group.states[1] = LightState.OFF
    assert shown(group, 10.0)[-2:] == [((LightState.OFF, GREEN), 9.95), ((YELLOW, YELLOW), 0.05)]
