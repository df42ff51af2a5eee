"""Routes of a CARLA leaderboard file (1.0 and 2.0): <routes><route id town> with waypoints, as ours."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_LARGEST_BYTES = 64 * 2**20
_MOST_ROUTES, _MOST_POINTS = 2000, 2000


def read_leaderboard_routes(path: Path) -> dict[str, dict[str, Any]]:
    """Routes by name (file's stem, a dash, the id) as the keys of `settings.Route`.

    Of a route its town and places are taken; its scenarios and weathers are not: the suite has weathers of its own.

    Raises:
        ValueError: no such file, not XML, or no routes in it.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read the routes {path}: {error.strerror}") from None
    if len(text) > _LARGEST_BYTES or b"<!DOCTYPE" in text or b"<!ENTITY" in text:  # entities can stand for gigabytes
        raise ValueError(f"{path} is larger than {_LARGEST_BYTES} bytes or defines entities: that is no file of routes")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - bounded, and without entities
    except ElementTree.ParseError as error:
        raise ValueError(f"{path} is not XML: {error}") from None
    routes = root.findall(".//route")
    if not 1 <= len(routes) <= _MOST_ROUTES:
        raise ValueError(f"{path} has {len(routes)} routes, wanted <route id town> from 1 to {_MOST_ROUTES}")
    return {f"{path.stem}-{route.get('id', index)}": _route(path, route) for index, route in enumerate(routes)}


def _route(path: Path, route: ElementTree.Element) -> dict[str, Any]:
    name = f"{path}: route {route.get('id')}"
    points = route.findall("waypoint") or route.findall("waypoints/position")
    if not 2 <= len(points) <= _MOST_POINTS or not route.get("town"):
        raise ValueError(f"{name} has {len(points)} places and town '{route.get('town')}', wanted a town and 2 or more")
    places = [{axis: _number(name, point, axis) for axis in ("x", "y", "z")} for point in points]
    return {"map": route.get("town"), "start": places[0], "via": places[1:-1], "goal": places[-1]}


def _number(name: str, point: ElementTree.Element, axis: str) -> float:
    try:
        value = float(point.get(axis, "0"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name}: {axis} is '{point.get(axis)}', wanted a number")
    return value
