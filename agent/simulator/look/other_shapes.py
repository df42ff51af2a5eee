"""Bodies of lorries, buses, two-wheelers with riders."""

from __future__ import annotations

import numpy as np

from agent.simulator.dynamics.vehicle_specs import VehicleSpec
from agent.simulator.look.car_parts import Finish, Lamp, Soup, ball, both_sides, box, mirrored, soup, tube, wheel
from agent.simulator.look.car_shapes import running_gear
from agent.simulator.nouns import Label


def lorry(spec: VehicleSpec) -> list[Soup]:
    """A cab in the actor's colour before a white box."""
    half, wide, tall = spec.length_m / 2, spec.width_m / 2 * 0.93, spec.height_m
    low, cab_long, cab_tall = 1.1 * spec.wheel_radius_m, 0.13 * spec.length_m, min(0.78 * tall, 2.7)
    cab_x = half - cab_long - 0.05
    cab_half = (cab_tall - low) / 2
    cab = box((cab_x, 0, low + cab_half), (cab_long, wide * 0.97, cab_half), taper=0.95)
    load_half = half - cab_long - 0.12
    load = box((-half + load_half, 0, (low + tall) / 2 + 0.1), (load_half, wide, (tall - low) / 2 - 0.1))
    sill = low + 1.05 * cab_half
    screen = box((cab_x + cab_long * 0.985, 0, sill + 0.42 * cab_half), (0.03, wide * 0.86, 0.4 * cab_half))
    pane = box((cab_x + 0.2 * cab_long, wide * 0.95, sill + 0.42 * cab_half), (0.5 * cab_long, 0.035, 0.34 * cab_half))
    chassis = box((0, 0, low * 0.82), (half * 0.97, wide * 0.75, 0.22 * low))
    return [
        soup(cab, Finish.PAINT),
        soup(load, Finish.WHITE),
        soup(np.concatenate([screen, both_sides(pane)]), Finish.GLASS),
        soup(chassis, Finish.TRIM),
        *_lamps(half, wide, low + 0.25, tall=0.13),
        *running_gear(spec),
    ]


def bus(spec: VehicleSpec) -> list[Soup]:
    """A long box with a band of windows."""
    half, wide, tall = spec.length_m / 2, spec.width_m / 2 * 0.93, spec.height_m
    low = 0.8 * spec.wheel_radius_m
    body = box((0, 0, (low + tall) / 2), (half * 0.99, wide, (tall - low) / 2), taper=0.97)
    sill, head = low + 0.42 * (tall - low), low + 0.86 * (tall - low)
    middle, band = (sill + head) / 2, (head - sill) / 2
    number = max(3, round(spec.length_m / 1.7))
    step = 2 * half * 0.92 / number
    panes = [
        box((-half * 0.92 + (i + 0.5) * step, wide * 0.975, middle), (step * 0.46, 0.04, band)) for i in range(number)
    ]
    screens = [box((s * half * 0.985, 0, middle), (0.05, wide * 0.88, band * 1.08)) for s in (1.0, -1.0)]
    return [
        soup(body, Finish.PAINT),
        soup(np.concatenate([*(both_sides(pane) for pane in panes), *screens]), Finish.GLASS),
        *_lamps(half, wide, low + 0.4, tall=0.14),
        *running_gear(spec),
    ]


def _lamps(half: float, wide: float, z: float, tall: float) -> list[Soup]:
    head = box((half - 0.02, 0.76 * wide, z), (0.05, 0.14 * wide, tall))
    rear = box((-half + 0.0, 0.84 * wide, z), (0.04, 0.1 * wide, tall))
    stop = box((-half + 0.0, 0.66 * wide, z), (0.04, 0.06 * wide, tall))
    back_up = box((-half, 0.32 * wide, z), (0.04, 0.05 * wide, 0.8 * tall))
    blink = np.concatenate(
        [
            box((half - 0.02, 0.93 * wide, z), (0.05, 0.04 * wide, tall)),
            box((-half, 0.5 * wide, z), (0.04, 0.06 * wide, tall)),
        ]
    )
    return [
        soup(both_sides(head), Finish.LENS, lamp=Lamp.HEAD),
        soup(both_sides(rear), Finish.RED_LENS, lamp=Lamp.TAIL),
        soup(both_sides(stop), Finish.RED_LENS, lamp=Lamp.BRAKE),
        soup(both_sides(back_up), Finish.LENS, lamp=Lamp.REVERSE),
        soup(blink, Finish.AMBER_LENS, lamp=Lamp.RIGHT),
        soup(mirrored(blink), Finish.AMBER_LENS, lamp=Lamp.LEFT),
    ]


def two_wheeler(spec: VehicleSpec, *, motor: bool) -> list[Soup]:
    """Frame, two wheels, a rider."""
    front, rear, radius = spec.front_axle_m, -spec.rear_axle_m, spec.wheel_radius_m
    seat = min(0.52 * spec.height_m, 0.95)
    bar = (front - 0.16, 0.0, seat + 0.22)
    frame = [
        tube((front, 0, radius), bar, 0.03),
        tube((rear, 0, radius), (rear + 0.42 * spec.wheelbase_m, 0, seat), 0.03),
        tube((rear, 0, radius), (0, 0, radius * 0.9), 0.03),
        tube((0, 0, radius * 0.9), (front - 0.12, 0, seat + 0.05), 0.035),
        both_sides(tube(bar, (bar[0] - 0.08, 0.3, bar[2] + 0.02), 0.02)),
    ]
    parts = [soup(np.concatenate(frame), Finish.PAINT, smooth=True)]
    if motor:
        tank = ball((0.1, 0, seat - 0.02), (0.34, 0.15, 0.16))
        tail = ball((rear * 0.75, 0, seat), (0.34, 0.12, 0.1))
        parts.append(soup(np.concatenate([tank, tail]), Finish.PAINT, smooth=True))
        parts.append(soup(box((0, 0, radius + 0.05), (0.26, 0.14, 0.18)), Finish.TRIM))
        parts.append(soup(ball((front - 0.06, 0, seat + 0.08), (0.08, 0.1, 0.1)), Finish.LENS, lamp=Lamp.HEAD))
    parts.append(soup(box((rear - 0.06, 0, seat - 0.05), (0.03, 0.07, 0.04)), Finish.RED_LENS, lamp=Lamp.BRAKE))
    for x, steered in ((front, True), (rear, False)):
        wide = 0.13 if motor else 0.05
        parts += [wheel((x, 0, radius), radius, wide, side, steered=steered) for side in (1.0, -1.0)]
    return parts + _rider((-0.18, seat), bar, spec.height_m, radius)


def _rider(hip: tuple[float, float], bar: tuple[float, float, float], tall: float, foot_z: float) -> list[Soup]:
    x, z = hip
    shoulder = (x + 0.2, tall - 0.36)
    limbs = [
        both_sides(tube((x, 0.12, z), (x + 0.36, 0.16, (z + foot_z) / 2 + 0.1), 0.075)),
        both_sides(tube((x + 0.36, 0.16, (z + foot_z) / 2 + 0.1), (x + 0.12, 0.15, foot_z * 0.8), 0.06)),
        both_sides(tube((shoulder[0], 0.19, shoulder[1]), (bar[0] - 0.06, 0.27, bar[2] + 0.04), 0.05)),
    ]
    torso = tube((x, 0, z + 0.02), (shoulder[0], 0, shoulder[1] + 0.06), 0.19, 8)
    head = ball((shoulder[0] + 0.05, 0, tall - 0.13), (0.13, 0.12, 0.14))
    return [
        soup(np.concatenate(limbs), Finish.CLOTH, smooth=True, label=Label.RIDER),
        soup(torso, Finish.CLOTH, smooth=True, label=Label.RIDER),
        soup(head, Finish.WHITE, smooth=True, label=Label.RIDER),
    ]
