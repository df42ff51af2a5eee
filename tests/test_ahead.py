"""Who is ahead on the own lane: on straights and bends, beside it and behind."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from agent.ahead import Other, lead_of

STRAIGHT = np.stack([np.arange(0.0, 61.0, 3.0), np.zeros(21)], axis=1)
CAR = Other(x_m=20.0, y_m=0.0, yaw_rad=0.0, speed_mps=5.0, length_m=4.0, width_m=2.0)


def ahead(*others: Other, lane: np.ndarray = STRAIGHT) -> tuple[float, float] | None:
    found = lead_of(lane, 1.75, 2.0, others)
    return found and (found.gap_m, found.speed_mps)


def test_the_gap_is_from_bumper_to_bumper_and_the_nearest_counts() -> None:
    assert ahead(CAR) == pytest.approx((16.0, 5.0))
    assert ahead(replace(CAR, x_m=40.0), CAR, replace(CAR, x_m=51.0)) == pytest.approx((16.0, 5.0))
    assert ahead() is None


@pytest.mark.parametrize(("y_m", "counts"), [(0.0, True), (2.0, True), (2.6, False), (3.5, False), (-2.6, False)])
def test_only_who_stands_into_the_lane_counts(y_m: float, counts: bool) -> None:
    assert (ahead(replace(CAR, y_m=y_m)) is not None) == counts


@pytest.mark.parametrize("x_m", [-10.0, -3.0, 0.0, 1.0, 80.0])
def test_nobody_behind_or_beside_or_out_of_sight(x_m: float) -> None:
    assert ahead(replace(CAR, x_m=x_m)) is None


def test_a_car_across_the_lane_stands_and_is_broad() -> None:
    assert ahead(replace(CAR, yaw_rad=math.pi / 2, y_m=3.0)) == pytest.approx((17.0, 0.0))
    assert ahead(replace(CAR, yaw_rad=math.pi)) == pytest.approx((16.0, 0.0))  # oncoming: not faster away than a wall


def test_the_gap_follows_the_bend() -> None:
    angles = np.arange(0.0, 61.0, 3.0) / 30.0
    lane = 30.0 * np.stack([np.sin(angles), 1 - np.cos(angles)], axis=1)
    there = 1.0
    car = Other(30 * math.sin(there), 30 * (1 - math.cos(there)), there, 7.0, 4.0, 2.0)
    assert ahead(car, lane=lane) == pytest.approx((30.0 - 4.0, 7.0), abs=0.1)
    assert ahead(replace(CAR, x_m=30.0), lane=lane) is None  # straight on there is a field
