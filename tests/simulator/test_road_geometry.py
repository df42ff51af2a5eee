"""Reference lines against closed forms and brute-force integration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.simulator.roads.geometry_curves import Piece, ReferenceLine
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road import Road
from tests.simulator.opendrive_text import ARC_LEFT, LINE, SPIRAL, document, road


def only_road(geometry: str, length: float = 100.0, extra: str = "") -> Road:
    return parse_road_network(document(road(geometry, length=length, extra=extra)), "test").roads[0]


def integrated(heading: np.ndarray, length: float) -> tuple[float, float]:
    """Where a heading profile on a fine even grid leads (Simpson's rule)."""
    weights = np.ones(len(heading))
    weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
    weights *= length / (len(heading) - 1) / 3.0
    return float(weights @ np.cos(heading)), float(weights @ np.sin(heading))


def test_opendrive_y_is_flipped() -> None:
    geometry = '<geometry s="0" x="1" y="2" hdg="0.5" length="100"><line/></geometry>'
    at = only_road(geometry).sample([0.0, 100.0])
    assert at.y_m[0] == -2.0
    assert at.heading_rad == pytest.approx([-0.5, -0.5])
    assert at.y_m[1] == pytest.approx(-2.0 - 100.0 * math.sin(0.5))


def test_arc_is_a_circle() -> None:
    at = only_road(ARC_LEFT).sample(np.linspace(0.0, 100.0, 41))
    assert np.hypot(at.x_m, at.y_m + 50.0) == pytest.approx(50.0, abs=1e-9)  # left is negative y in CARLA's world
    assert at.heading_rad[-1] == pytest.approx(-2.0)
    assert at.curvature_per_m == pytest.approx(-0.02)


def test_spiral_follows_the_integral_of_its_heading() -> None:
    at = only_road(SPIRAL, 80.0).sample([0.0, 40.0, 80.0])
    for row, s in ((1, 40.0), (2, 80.0)):
        u = np.linspace(0.0, s, 2001)
        dx, dy = integrated(-(0.4 - 0.01 * u + 0.05 / 80.0 * u**2 / 2.0), s)
        assert (at.x_m[row], at.y_m[row]) == pytest.approx((10.0 + dx, 5.0 + dy), abs=1e-9)
    assert at.curvature_per_m == pytest.approx([0.01, -0.015, -0.04])


def test_a_tight_spiral_is_as_exact() -> None:
    line = ReferenceLine([Piece(0.0, 0.0, 0.0, 0.0, 60.0, 0.0, 0.5 / 60.0)], 60.0)
    u = np.linspace(0.0, 60.0, 20001)
    end = line.sample(60.0)
    assert (float(end.x_m), float(end.y_m)) == pytest.approx(integrated(0.25 / 60.0 * u**2, 60.0), abs=1e-9)


def test_poly3_runs_along_its_own_length() -> None:
    geometry = '<geometry s="0" x="0" y="0" hdg="0" length="50"><poly3 a="0" b="0" c="0.01" d="-0.0001"/></geometry>'
    s = np.linspace(0.0, 50.0, 501)
    at = only_road(geometry, 50.0).sample(s)
    assert -at.y_m == pytest.approx(0.01 * at.x_m**2 - 0.0001 * at.x_m**3, abs=1e-9)
    assert np.hypot(np.diff(at.x_m), np.diff(at.y_m)) == pytest.approx(0.1, rel=1e-4)
    assert np.gradient(at.heading_rad, s)[1:-1] == pytest.approx(at.curvature_per_m[1:-1], abs=1e-4)


@pytest.mark.parametrize("ranges", ['pRange="arcLength"', 'pRange="normalized"', ""])
def test_param_poly3_ends_where_its_polynomials_end(ranges: str) -> None:
    scale = 40.0 if "arc" in ranges else 1.0
    bu, cv, dv = 38.0 / scale, 12.0 / scale**2, -4.0 / scale**3
    shape = f'<paramPoly3 {ranges} aU="0" bU="{bu}" cU="0" dU="0" aV="0" bV="0" cV="{cv}" dV="{dv}"/>'
    at = only_road(f'<geometry s="0" x="0" y="0" hdg="0" length="40">{shape}</geometry>', 40.0).sample(
        [0.0, 20.0, 40.0]
    )
    assert (at.x_m[-1], at.y_m[-1]) == pytest.approx((38.0, -8.0), abs=1e-6)
    assert at.heading_rad[-1] == pytest.approx(-math.atan2(12.0, 38.0), abs=1e-6)


def test_elevation_is_its_polynomial() -> None:
    extra = '<elevationProfile><elevation s="0" a="1" b="0.1" c="0" d="0"/></elevationProfile>'
    at = only_road(LINE, extra=extra).sample([0.0, 50.0])
    assert at.z_m == pytest.approx([1.0, 6.0])
    assert at.slope == pytest.approx([0.1, 0.1])


def test_points_to_the_left_have_positive_t() -> None:
    assert only_road(LINE).point(10.0, 2.0) == pytest.approx([10.0, -2.0, 0.0])


@given(
    curvature=st.floats(-0.1, 0.1), rate=st.floats(-0.005, 0.005), length=st.floats(1.0, 80.0), heading=st.floats(-4, 4)
)
def test_points_move_at_unit_speed_along_the_heading(
    curvature: float, rate: float, length: float, heading: float
) -> None:
    line = ReferenceLine([Piece(0.0, 5.0, 6.0, heading, length, curvature, rate)], length)
    s = np.linspace(0.0, length, 2001)
    at = line.sample(s)
    middle = line.sample((s[1:] + s[:-1]) / 2.0).heading_rad
    assert np.max(np.abs(np.diff(at.x_m) - np.diff(s) * np.cos(middle))) < 1e-5
    assert np.max(np.abs(np.diff(at.y_m) - np.diff(s) * np.sin(middle))) < 1e-5


def test_sampling_keeps_the_shape_and_stays_on_the_road() -> None:
    at = only_road(ARC_LEFT).sample([[-5.0, 0.0], [100.0, 400.0]])
    assert at.x_m.shape == (2, 2)
    assert at.x_m[0, 0] == at.x_m[0, 1]
    assert at.x_m[1, 0] == at.x_m[1, 1]
