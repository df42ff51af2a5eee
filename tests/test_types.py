import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.types import Control, angle_difference


@pytest.mark.parametrize(
    ("steer", "throttle", "brake"),
    [
        (1.01, 0, 0),
        (-1.01, 0, 0),
        (0, -0.01, 0),
        (0, 1.01, 0),
        (0, 0, 1.5),
        (math.nan, 0, 0),
        (0, math.nan, 0),
        (0, 0, math.inf),
    ],
)
def test_control_refuses_what_no_car_can_do(steer, throttle, brake):
    with pytest.raises(ValueError, match="wanted a number in"):
        Control(steer=steer, throttle=throttle, brake=brake)


@given(a=st.floats(-50, 50), b=st.floats(-50, 50))
def test_angle_difference_is_the_short_way(a, b):
    difference = angle_difference(a, b)
    assert -math.pi <= difference < math.pi
    assert math.isclose(math.cos(b + difference), math.cos(a), abs_tol=1e-9)
    assert math.isclose(math.sin(b + difference), math.sin(a), abs_tol=1e-9)
