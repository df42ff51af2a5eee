"""Maps of the evaluation's report: routes, driven paths and infractions from above, as SVG text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

from viz.report_charts import Array, opening, polyline, round_numbers, thin

BANDS_M = (0.1, 0.25, 0.5)
"""Upper ends of the lane offset's colour bands; beyond the last it is the worst colour."""
KINDS = {
    "collisions_pedestrian": ("P", "hit a pedestrian"),
    "collisions_vehicle": ("V", "hit a vehicle"),
    "collisions_layout": ("S", "hit scenery"),
    "red_light": ("R", "drove on at a red light"),
    "off_road": ("O", "left the driving lanes"),
    "lane_invasion": ("L", "crossed a lane marking"),
    "route_deviation": ("D", "too far from the route"),
    "blocked": ("B", "stood still too long"),
    "timeout": ("T", "out of time"),
}
"""Letter and words of each kind of infraction."""
_WIDTH, _LEAST_HEIGHT, _FOOT = 480.0, 110.0, 30.0
_LETTER, _ROUND, _LIFT, _NEAR = 10.5, 10.0, 19.0, 21.0
"""Of the marks: a letter's width, the radius of their ends, how high above their place they are, so that it stays
visible, and how near to one another they are put together."""
_MOST_TOLD, _MOST_NAMES = 12, 8


@dataclass(frozen=True, slots=True)
class Route:
    """A route to be driven: x, y [m] float64 (N, 2), from its start to its goal."""

    name: str
    line: Array


@dataclass(frozen=True, slots=True)
class Path:
    """A driven path: x, y [m] and lane offset [m], float64 (N,)."""

    label: str
    x: Array
    y: Array
    offset_m: Array


@dataclass(frozen=True, slots=True)
class Mark:
    """An infraction at a place [m]; kind is one of `KINDS`."""

    kind: str
    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Cutout:
    """The part of a map that is drawn: its middle [m], scale [picture units / m], width and height of the picture."""

    x: float
    y: float
    scale: float
    width: float
    height: float

    def placed(self, x: Array, y: Array) -> list[tuple[float, float]]:
        """Places in the picture; north, -y in CARLA's world, is up."""
        across, down = self.width / 2.0 + (x - self.x) * self.scale, self.height / 2.0 + (y - self.y) * self.scale
        return list(zip(across.tolist(), down.tolist(), strict=True))


def cutout(routes: Iterable[Route], paths: Iterable[Path]) -> Cutout | None:
    """What holds some routes and paths; None if there are none."""
    lines = [*(route.line for route in routes), *(np.stack([path.x, path.y], axis=1) for path in paths)]
    corners = [(line.min(axis=0), line.max(axis=0)) for line in lines if len(line)]
    if not corners:
        return None
    low = np.min([corner[0] for corner in corners], axis=0)
    high = np.max([corner[1] for corner in corners], axis=0)
    span = high - low + 2.0 * (0.06 * float(max(high - low)) + 5.0)
    scale = _WIDTH / float(max(span))
    middle = (low + high) / 2.0
    height = max(float(span[1]) * scale, _LEAST_HEIGHT)
    return Cutout(float(middle[0]), float(middle[1]), scale, _WIDTH, height)


def path_map(title: str, part: Cutout, routes: Sequence[Route], paths: Sequence[Path], marks: Sequence[Mark]) -> str:
    """Routes and driven paths, coloured by lane offset, with what happened, starts, goals and a scale; north is up."""
    parts = [opening(title, part.width, part.height + _FOOT)]
    lanes = ((route.name, part.placed(*thin(route.line[:, 0], route.line[:, 1]))) for route in routes)
    parts += [polyline(points, "route", f"route {name}") for name, points in lanes]
    for path in paths:
        band = np.digitize(np.abs(np.nan_to_num(path.offset_m)), BANDS_M)
        for first, last in _stretches(band):
            x, y = thin(path.x[first : last + 1], path.y[first : last + 1])
            parts.append(polyline(part.placed(x, y), f"path b{band[first]}", path.label))
    parts += [_goal(part, route) for route in routes] + [_start(part, route) for route in routes]
    parts += _names(part, routes) + _pills(part, marks) + _scale_bar(part)
    return "".join([*parts, "</svg>"])


def _stretches(band: npt.NDArray[np.intp]) -> list[tuple[int, int]]:
    """First and last index of runs of equal values; each reaches the next one's first, so that no gap shows."""
    change = np.flatnonzero(np.diff(band)) + 1
    firsts = np.concatenate([[0], change]).tolist()
    lasts = np.concatenate([change, [len(band) - 1]]).tolist()
    return list(zip(firsts, lasts, strict=True))


def _goal(part: Cutout, route: Route) -> str:
    """A square in a square."""
    ((x, y),) = part.placed(route.line[-1:, 0], route.line[-1:, 1])
    return (
        f'<g class="goal"><title>goal of {escape(route.name)}</title>'
        f'<rect class="rim" x="{x - 7:.1f}" y="{y - 7:.1f}" width="14" height="14"/>'
        f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/></g>'
    )


def _start(part: Cutout, route: Route) -> str:
    """A triangle that points where the route leads."""
    ((x, y),) = part.placed(route.line[:1, 0], route.line[:1, 1])
    ahead = route.line[min(3, len(route.line) - 1)] - route.line[0]
    turned = np.degrees(np.arctan2(ahead[1], ahead[0]))
    return (
        f'<path class="start" d="M10 0L-6 7L-6 -7Z" transform="translate({x:.1f} {y:.1f}) rotate({turned:.0f})">'
        f"<title>start of {escape(route.name)}</title></path>"
    )


def _names(part: Cutout, routes: Sequence[Route]) -> list[str]:
    """The routes' names at starts and goals, one text for all that are there; none where there would be too many."""
    texts: dict[tuple[int, int], tuple[float, float, dict[str, None]]] = {}
    for route in routes if len(routes) <= _MOST_NAMES else ():
        ends = (route.line[:4], route.line[:-5:-1])[: 2 if len(routes) > 1 else 1]
        for line in ends:
            (x, y), *_, (_, beyond) = part.placed(line[:, 0], line[:, 1])
            clear_y = y + (23.0 if beyond <= y else -13.0)  # where the route does not lead
            texts.setdefault((round(x / _NEAR), round(y / _NEAR)), (x, clear_y, {}))[2][route.name] = None
    return [_name(part, x, y, ", ".join(names)) for x, y, names in texts.values()]


def _name(part: Cutout, x: float, y: float, text: str) -> str:
    edge, anchor = (x - 8.0, "start") if x < part.width / 2.0 else (x + 8.0, "end")
    return f'<text class="place" x="{edge:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _pills(part: Cutout, marks: Sequence[Mark]) -> list[str]:
    """Letters of what happened; what would lie upon one another stands side by side in one mark."""
    groups: list[tuple[float, float, list[Mark]]] = []
    for mark in marks:
        ((x, y),) = part.placed(np.array([mark.x]), np.array([mark.y]))
        near = (group for group in groups if max(abs(group[0] - x), abs(group[1] - y)) < _NEAR)
        group = next(near, None)
        if group is None:
            groups.append((x, y, [mark]))
        else:
            group[2].append(mark)
    return [_pill(x, y, here) for x, y, here in groups]


def _pill(x: float, y: float, marks: Sequence[Mark]) -> str:
    here = {mark.kind for mark in marks}
    letters = "".join(letter for kind, (letter, _) in KINDS.items() if kind in here)
    told = [mark.label for mark in marks[:_MOST_TOLD]]
    told += [f"and {len(marks) - _MOST_TOLD} more"] if len(marks) > _MOST_TOLD else []
    width, middle = 2.0 * _ROUND + _LETTER * (len(letters) - 1), y - _LIFT
    title = escape("\n".join(told))
    return (
        f'<g class="mark"><title>{title}</title><path d="M{x:.1f} {y:.1f}V{middle:.1f}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"/><rect x="{x - width / 2.0:.1f}" y="{middle - _ROUND:.1f}" '
        f'width="{width}" height="{2.0 * _ROUND}" rx="{_ROUND}"/>'
        f'<text x="{x + 0.8:.1f}" y="{middle + 5:.1f}" text-anchor="middle">{letters}</text></g>'
    )


def _scale_bar(part: Cutout) -> list[str]:
    """A round length in the lower left corner."""
    length_m = round_numbers(0.0, part.width / part.scale, 8)[1]
    left, y, length = 12.0, part.height + _FOOT - 10.0, length_m * part.scale
    return [
        f'<path class="ruler" d="M{left} {y - 8}V{y}H{left + length:.1f}V{y - 8}"/>',
        f'<text class="place" x="{left + length + 8:.1f}" y="{y}">{length_m:g} m</text>',
    ]
