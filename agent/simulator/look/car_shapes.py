"""Bodies of cars: a lofted hull, a glazed cabin, wheels, lights; coupe, saloon, hatchback, SUV, pick-up, van."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agent.simulator.dynamics.vehicle_specs import VehicleSpec
from agent.simulator.look.car_parts import (
    Array,
    Finish,
    Lamp,
    Soup,
    both_sides,
    box,
    disc,
    loft,
    mirrored,
    quads,
    soup,
    wheel,
)


@dataclass(frozen=True, slots=True)
class Style:
    """A silhouette in shares of length (from the middle, front positive) and height.

    Attributes:
        hull: (x, top) from the tail to the nose; the top is the boot, the belt line and the bonnet.
        cabin: x of the cabin's foot behind, of the roof behind, of the roof in front, of the windscreen's foot.
        belt: height of the window sills.
        roof_in: half width of the roof as a share of the hull's.
        blind: side windows stop behind the front seats (vans).
    """

    hull: tuple[tuple[float, float], ...]
    cabin: tuple[float, float, float, float]
    belt: float
    roof_in: float
    blind: bool = False


_NOSE = ((0.16, 0.69), (0.3, 0.66), (0.41, 0.615), (0.47, 0.54), (0.497, 0.42))
_HIGH_NOSE = ((0.2, 0.66), (0.32, 0.645), (0.43, 0.61), (0.48, 0.54), (0.498, 0.42))
STYLES = {
    "saloon": Style(
        ((-0.498, 0.45), (-0.485, 0.62), (-0.44, 0.70), (-0.34, 0.715), (-0.1, 0.705), *_NOSE),
        (-0.385, -0.235, 0.055, 0.225), 0.66, 0.70,
    ),
    "coupe": Style(
        ((-0.498, 0.44), (-0.485, 0.62), (-0.44, 0.72), (-0.34, 0.73), (-0.1, 0.70), *_NOSE),
        (-0.435, -0.15, 0.03, 0.2), 0.66, 0.66,
    ),
    "hatch": Style(
        ((-0.497, 0.4), (-0.488, 0.6), (-0.46, 0.68), (-0.3, 0.68), (0.0, 0.67), (0.2, 0.655), *_HIGH_NOSE[1:]),
        (-0.475, -0.38, 0.075, 0.27), 0.63, 0.74,
    ),
    "suv": Style(
        ((-0.497, 0.4), (-0.49, 0.6), (-0.47, 0.66), (-0.3, 0.655), (0.0, 0.65), *_HIGH_NOSE),
        (-0.482, -0.425, 0.08, 0.235), 0.615, 0.78,
    ),
    "pickup": Style(
        ((-0.498, 0.42), (-0.49, 0.66), (-0.3, 0.68), (-0.1, 0.66),
         (0.1, 0.64), (0.3, 0.58), (0.47, 0.5), (0.497, 0.4)),
        (-0.46, -0.02, 0.02, 0.33), 0.6, 0.72,
    ),
    "van": Style(
        ((-0.498, 0.35), (-0.492, 0.5), (-0.3, 0.5), (0.0, 0.5),
         (0.3, 0.48), (0.42, 0.44), (0.48, 0.36), (0.498, 0.25)),
        (-0.494, -0.485, 0.24, 0.4), 0.46, 0.86, True,
    ),
}  # fmt: skip


def car(spec: VehicleSpec, style: Style) -> list[Soup]:
    """A car of this size, its origin on the ground in the middle of its box."""
    return [
        *_hull(spec, style),
        *_cabin(spec, style),
        *_lights(spec, style),
        *running_gear(spec),
    ]


def _hull(spec: VehicleSpec, style: Style) -> list[Soup]:
    """Sections from the sill to the bonnet's middle; the tail and the nose draw in."""
    length, wide, tall = spec.length_m, spec.width_m / 2 * 0.93, spec.height_m
    x = [share * length for share, _ in style.hull]
    sections = []
    for share, top in style.hull:
        draw_in = 1.0 - 0.16 * max(0.0, (abs(share) - 0.36) / 0.14) ** 2
        w, low = wide * draw_in, 0.155 * tall + 0.06 * tall * max(0.0, (abs(share) - 0.42) / 0.08)
        high = top * tall
        mid = low + 0.55 * (high - low)
        sections.append(
            [
                (0.0, low),
                (0.84 * w, low),
                (0.965 * w, low + 0.1 * (high - low)),
                (w, mid),
                (0.975 * w, low + 0.86 * (high - low)),
                (0.88 * w, high),
                (0.45 * w, high + 0.012 * tall),
                (0.0, high + 0.016 * tall),
            ]
        )
    sill = box((0.0, 0.0, 0.17 * tall), (0.30 * length, wide * 0.975, 0.035 * tall))
    return [soup(loft(sections, x), Finish.PAINT, smooth=True), soup(sill, Finish.TRIM)]


def _cabin(spec: VehicleSpec, style: Style) -> list[Soup]:
    """A painted shell, with panes a finger's breadth proud of it."""
    length, wide, tall = spec.length_m, spec.width_m / 2 * 0.93, spec.height_m
    tail, back, front, foot = (share * length for share in style.cabin)
    sill, eave, crown = style.belt * tall, 0.955 * tall, tall
    w_low, w_high = 0.885 * wide, style.roof_in * wide
    stations, tops = np.array(style.hull).T
    cowl = float(np.interp(foot / length, stations, tops)) * tall - 0.03 * tall
    low_y, high_y = w_low, w_high
    rear_low, rear_top = np.array([tail, low_y * 0.9, sill]), np.array([back, high_y, eave])
    front_top, front_low = np.array([front, high_y, eave]), np.array([foot, low_y * 0.93, cowl])
    roof = _roof(back, front, high_y, eave, crown)
    side = quads([[rear_low, front_low, front_top, rear_top]])[:, ::-1]
    shell = np.concatenate([roof, both_sides(side)])
    screens = []
    for a, b, outwards in ((front_low, front_top, 1.0), (rear_low, rear_top, -1.0)):
        pane = np.array([a, b, b * (1, -1, 1), a * (1, -1, 1)])
        screens.append(quads([pane if outwards > 0 else pane[::-1]]))
    shell = np.concatenate([shell, *screens])
    glass = [_inset(screen, 0.05, 0.02) for screen in screens if not (style.blind and screen is screens[1])]
    pillars = [0.56, 0.985] if style.blind else [0.03, 0.50, 0.535, 0.97]
    windows = []
    for low, high in zip(pillars[::2], pillars[1::2], strict=True):
        u, v = np.array([[low, high, high, low], [0.1, 0.1, 0.9, 0.9]])[..., None]  # along and up the cabin's side
        below, above = rear_low + (front_low - rear_low) * u, rear_top + (front_top - rear_top) * u
        pane = below * (1 - v) + above * v + np.array([0.0, 0.014, 0.006])
        windows.append(both_sides(quads([pane])[:, ::-1]))
    glass += windows
    return [
        soup(shell, Finish.PAINT, smooth=True),
        soup(np.concatenate(glass), Finish.GLASS),
        *_mirrors(foot - 0.06 * length, w_low, sill, tall),
    ]


def _roof(back: float, front: float, half: float, eave: float, crown: float) -> Array:
    """Slightly domed both ways."""
    x = back + (front - back) * np.linspace(0, 1, 5)
    y = half * np.linspace(-1, 1, 5)
    gx, gy = np.meshgrid(x, y, indexing="ij")
    dome = (1 - (np.linspace(-1, 1, 5)[:, None]) ** 4) * (1 - np.linspace(-1, 1, 5)[None, :] ** 4)
    at = np.stack([gx, gy, eave + (crown - eave) * dome], axis=-1)
    return quads(np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], axis=2).reshape(-1, 4, 3))


def _inset(screen: Array, rim: float, proud: float) -> Array:
    """A pane within a screen's outline, moved outwards."""
    corners = screen.reshape(-1, 3)
    middle = corners.mean(axis=0)
    normal = np.cross(screen[0, 1] - screen[0, 0], screen[0, 2] - screen[0, 0])
    return np.asarray((screen - middle) * (1 - 2 * rim) + middle + proud * normal / np.linalg.norm(normal))


def _mirrors(x: float, y: float, z: float, tall: float) -> list[Soup]:
    shell = box((x, y + 0.1, z + 0.05 * tall), (0.06, 0.1, 0.06), taper=0.85)
    return [soup(both_sides(shell), Finish.PAINT)]


def _lights(spec: VehicleSpec, style: Style) -> list[Soup]:
    """Lamps, grille, plates, bumper inserts; each sits just outside the hull."""
    length, wide, tall = spec.length_m, spec.width_m / 2 * 0.93, spec.height_m
    nose, tail = style.hull[-2], style.hull[1]
    high, low = nose[1] * tall, tail[1] * tall
    bumper = nose[1] / 0.54 * tall  # of heights that are shares of a saloon's
    front, back = nose[0] * length, tail[0] * length
    head = box((front - 0.02, 0.66 * wide, high - 0.075 * tall), (0.09, 0.17 * wide, 0.04 * tall))
    rear = box((back + 0.02, 0.68 * wide, low - 0.06 * tall), (0.05, 0.18 * wide, 0.05 * tall))
    stop = box((back + 0.016, 0.56 * wide, low - 0.06 * tall), (0.05, 0.055 * wide, 0.045 * tall))
    back_up = box((back + 0.014, 0.44 * wide, low - 0.06 * tall), (0.05, 0.05 * wide, 0.032 * tall))
    amber = box((front - 0.05, 0.80 * wide, high - 0.15 * tall), (0.05, 0.05 * wide, 0.018 * tall))
    blink = box((back + 0.018, 0.77 * wide, low - 0.12 * tall), (0.05, 0.07 * wide, 0.016 * tall))
    grille = box((0.492 * length, 0.0, 0.36 * bumper), (0.03, 0.42 * wide, 0.055 * bumper))
    intake = box((0.488 * length, 0.0, 0.25 * bumper), (0.04, 0.6 * wide, 0.03 * bumper))
    diffuser = box((-0.488 * length, 0.0, 0.24 * tall), (0.04, 0.66 * wide, 0.045 * tall))
    plates = np.concatenate(
        [
            box((0.503 * length, 0.0, 0.3 * bumper), (0.01, 0.24, 0.055)),
            box((-0.5 * length, 0, 0.4 * tall), (0.012, 0.24, 0.055)),
        ]
    )
    return [
        soup(both_sides(head), Finish.LENS, lamp=Lamp.HEAD),
        soup(both_sides(rear), Finish.RED_LENS, lamp=Lamp.TAIL),
        soup(both_sides(stop), Finish.RED_LENS, lamp=Lamp.BRAKE),
        soup(both_sides(back_up), Finish.LENS, lamp=Lamp.REVERSE),
        *(soup(part, Finish.AMBER_LENS, lamp=Lamp.RIGHT) for part in (amber, blink)),
        *(soup(mirrored(part), Finish.AMBER_LENS, lamp=Lamp.LEFT) for part in (amber, blink)),
        soup(np.concatenate([grille, intake, diffuser]), Finish.TRIM),
        soup(plates, Finish.WHITE),
    ]


def running_gear(spec: VehicleSpec) -> list[Soup]:
    """Four or six wheels in dark arches."""
    radius, wide = spec.wheel_radius_m, 0.13 * spec.width_m
    y = spec.width_m / 2 * 0.93 - wide / 2 + 0.015
    axles = [(spec.front_axle_m, True), (-spec.rear_axle_m, False)]
    if spec.number_of_wheels == 6:
        axles.append((-spec.rear_axle_m - 2.1 * radius, False))
    parts = []
    for x, steered in axles:
        for side in (1.0, -1.0):
            parts.append(wheel((x, side * y, radius), radius, wide, side, steered=steered))
            arch = disc((x, side * (spec.width_m / 2 * 0.93 + 0.004), radius), 1.2 * radius, side, 14, half=True)
            parts.append(soup(arch, Finish.TRIM))
    return parts
