"""CARLA's VehiclePhysicsControl, both ways: what the dynamics have of it, and what of it they take."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.simulator.dynamics.steering import STEERING_CURVE
from agent.simulator.dynamics.vehicle_specs import VehicleSpec, spec_for
from agent.simulator.nouns import Pose
from agent.simulator.poses import attached
from agent.simulator.protocol.structs import StructError, items, number, read_vector
from agent.simulator.world.actors import Vehicle

_MASS, _DRAG, _WHEELS, _FIELDS = 11, 12, 15, 17
_WHEEL_NUMBERS = 9  # of a wheel's fields; its position comes last
_MOST_ROWS = 1000
_TIRE_FRICTION = 3.5  # CARLA's usual figure; the dynamics' own grip stands for it
_DRAG_COEFFICIENT = 0.3
_TRACK_SHARE = 0.42  # of the width, from the middle to a wheel
_GEARS = ((4.25, 0.5, 0.65), (2.52, 0.5, 0.65), (1.66, 0.5, 0.65), (1.22, 0.5, 0.65), (1.0, 0.5, 0.65))


def physics_tuple(vehicle: Vehicle) -> list[object]:
    """The tuple a client applied, else one with the figures of the vehicle's spec and CARLA's usual for the rest.

    The wheels' positions are those of now either way.
    """
    spec = vehicle.spec
    if vehicle.physics is not None:
        entries = list(vehicle.physics)
        places = _wheel_places(vehicle.pose, spec)
        entries[_WHEELS] = [
            [*wheel[:_WHEEL_NUMBERS], places[index % len(places)]]
            for index, wheel in enumerate(items(vehicle.physics[_WHEELS]))
        ]
        return entries
    torque_nm = spec.max_drive_n * spec.wheel_radius_m / (_GEARS[0][0] * 4.0)
    return [
        [[0.0, torque_nm], [1890.0, torque_nm], [5729.6, 0.8 * torque_nm]],
        5800.0,
        1.0,
        0.15,
        2.0,
        0.35,
        True,
        0.5,
        10.0,
        4.0,
        [list(gear) for gear in _GEARS],
        spec.mass_kg,
        _DRAG_COEFFICIENT,
        [0.0, 0.0, 0.5 * spec.wheel_radius_m],
        [list(point) for point in STEERING_CURVE],
        _wheels(vehicle.pose, spec),
        False,
    ]


def _wheels(pose: Pose, spec: VehicleSpec) -> list[object]:
    """Front left, front right, back left, back right."""
    torque_nm = 0.25 * spec.max_brake_n * spec.wheel_radius_m
    radius_cm, lock_deg = 100.0 * spec.wheel_radius_m, math.degrees(spec.max_steer_rad)
    front = [_TIRE_FRICTION, 0.25, lock_deg, radius_cm, torque_nm, 0.0, 2.0, 17.0, 1000.0]
    rear = [_TIRE_FRICTION, 0.25, 0.0, radius_cm, torque_nm, 2.0 * torque_nm, 2.0, 17.0, 1000.0]
    kinds = (front, front, rear, rear)
    return [[*kind, place] for kind, place in zip(kinds, _wheel_places(pose, spec), strict=True)]


def _wheel_places(pose: Pose, spec: VehicleSpec) -> list[list[float]]:
    """Hubs of the four wheels in the same order, in the world [cm]."""
    places = []
    for along_m in (spec.front_axle_m, -spec.rear_axle_m):
        for side in (-1.0, 1.0):
            at = attached(pose, Pose(along_m, side * _TRACK_SHARE * spec.width_m, spec.wheel_radius_m))
            places.append([100.0 * at.x_m, 100.0 * at.y_m, 100.0 * at.z_m])
    return places


def _rows(width: int) -> Callable[[Any], list[object]]:
    """A reader of a list of rows of so many numbers."""

    def read(raw: Any) -> list[object]:
        rows = items(raw)
        if len(rows) > _MOST_ROWS:
            raise StructError(f"got a table of {len(rows)} rows, wanted at most {_MOST_ROWS}")
        return [[number(entry) for entry in items(row, width)[:width]] for row in rows]

    return read


def _read_wheels(raw: Any) -> list[object]:
    numbers = _rows(_WHEEL_NUMBERS)(raw)
    return [
        [*items(entries), list(read_vector(items(wheel, 10)[9]))] for entries, wheel in zip(numbers, raw, strict=True)
    ]


_READERS: Mapping[int, Callable[[Any], object]] = {
    0: _rows(2),  # torque over engine speed
    6: bool,
    10: _rows(3),  # gears
    13: lambda raw: list(read_vector(raw)),  # centre of mass
    14: _rows(2),  # steering over speed
    15: _read_wheels,
    16: bool,
}
"""Of the fields that are no plain numbers, by their place."""


def refit(vehicle: Vehicle, raw: Any) -> None:
    """Apply a client's physics: mass, drag, tyre friction, steering lock and wheel radius act; the rest is kept.

    Raises:
        StructError: no VehiclePhysicsControl, or a mass, radius or friction that is not above 0.
    """
    entries = [_READERS.get(index, number)(entry) for index, entry in enumerate(items(raw, _FIELDS)[:_FIELDS])]
    wheels = [items(wheel) for wheel in items(entries[_WHEELS])]
    built = spec_for(vehicle.description.id)
    mass_kg = _positive("mass", entries[_MASS], 10.0, 100_000.0)
    drag = _positive("drag_coefficient", entries[_DRAG], 0.0, 100.0)
    spec = replace(
        built,
        mass_kg=mass_kg,
        yaw_inertia_kgm2=built.yaw_inertia_kgm2 * mass_kg / built.mass_kg,
        drag_area_m2=built.drag_area_m2 * drag / _DRAG_COEFFICIENT,
    )
    friction = 1.0
    if wheels:
        lock_rad = math.radians(max(number(wheel[2]) for wheel in wheels))
        spec = replace(
            spec,
            max_steer_rad=min(max(lock_rad, 0.01), math.radians(80.0)),
            wheel_radius_m=_mean(wheels, 3, "radius", 1.0, 500.0) / 100.0,
        )
        friction = _mean(wheels, 0, "tire_friction", 0.01, 100.0) / _TIRE_FRICTION
    vehicle.spec, vehicle.friction, vehicle.physics = spec, friction, entries


def _mean(wheels: Sequence[Sequence[Any]], index: int, name: str, low: float, high: float) -> float:
    return sum(_positive(name, wheel[index], low, high) for wheel in wheels) / len(wheels)


def _positive(name: str, raw: Any, low: float, high: float) -> float:
    found = number(raw)
    if not low <= found <= high:
        raise StructError(f"{name} is {found:g}, wanted {low:g} to {high:g}")
    return found
