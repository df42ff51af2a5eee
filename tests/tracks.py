"""Lanes for tests: straights and bends strung together, and a car of the simulator's driving along them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from agent.simulator.dynamics.pedals import VehicleCommand
from agent.simulator.dynamics.vehicle import VehicleState, step
from agent.simulator.dynamics.vehicle_specs import spec_for
from agent.speed import SpeedController
from agent.training.expert import POINTS, SPACING_M
from agent.types import Pose

Path = npt.NDArray[np.float64]
DT_S = 0.05
TT = spec_for("vehicle.audi.tt")
COUNTRY_ROAD = ((60, 0), (40, 1 / 25), (30, 0), (60, -1 / 40), (50, 1 / 80), (20, 0), (50, -1 / 25), (80, 0))
"""(length m, curvature 1/m, right positive), each piece joined without a transition: the harshest case."""


def centre_line(pieces: tuple[tuple[float, float], ...], *, transition_m: float = 0.0, spacing_m: float = 0.1) -> Path:
    """Points every `spacing_m`; `transition_m` smears each jump of curvature into a clothoid."""
    stations = np.arange(0.0, sum(length for length, _ in pieces), spacing_m)
    ends = np.cumsum([length for length, _ in pieces])
    bends = np.array([bend for _, bend in pieces])[
        np.minimum(np.searchsorted(ends, stations, "right"), len(pieces) - 1)
    ]
    if transition_m:
        width = round(transition_m / spacing_m)
        bends = np.convolve(np.pad(bends, width, "edge"), np.ones(width) / width, "same")[width:-width]
    headings = np.concatenate([[0.0], np.cumsum(bends * spacing_m)])
    middle = 0.5 * (headings[1:] + headings[:-1])
    steps = spacing_m * np.stack([np.cos(middle), np.sin(middle)], axis=1)
    return np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])


def ahead(line: Path, x_m: float, y_m: float) -> Path | None:
    """What `CarlaWorld.path_ahead` gives: points every `SPACING_M` from beside the car; None near the line's end."""
    nearest = int(np.argmin(np.hypot(line[:, 0] - x_m, line[:, 1] - y_m)))
    stride = round(SPACING_M / float(np.hypot(*(line[1] - line[0]))))
    points = line[nearest : nearest + stride * POINTS : stride]
    return points if len(points) == POINTS else None


def closed_loop(
    line: Path, speed_mps: float, steering: Callable[[Pose, VehicleState, Path], float], *, offset_m: float = 0.0
) -> Iterator[tuple[Pose, VehicleState, Path]]:
    """Drive to the end of a line; each tick's pose, state and path ahead, before the steering acts."""
    pedals = SpeedController(speed_mps)
    first = line[1] - line[0]
    yaw = math.atan2(first[1], first[0])
    state = VehicleState(-offset_m * math.sin(yaw), offset_m * math.cos(yaw), 0.0, yaw, speed_mps)
    while (path := ahead(line, state.x_m, state.y_m)) is not None:
        pose = Pose(state.x_m, state.y_m, 0.0, 0.0, state.yaw_rad, 0.0)
        yield pose, state, path
        steer = steering(pose, state, path)
        throttle, brake = pedals.pedals(state.forward_mps, DT_S)
        state = step(TT, state, VehicleCommand(throttle=throttle, brake=brake, steer=steer), DT_S)


def wiggle(values: list[float]) -> float:
    """Greatest change between neighbours."""
    return max(abs(b - a) for a, b in pairwise(values))
