"""Routes of a CARLA leaderboard file (1.0 and 2.0): <routes><route id town> with waypoints, as ours."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_LARGEST_BYTES = 64 * 2**20
_MOST_ROUTES, _MOST_POINTS = 2000, 2000
_FARTHEST_M = 1e6
_IDENTITY = r"[A-Za-z0-9_.-]{1,32}"


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
    found: dict[str, dict[str, Any]] = {}
    for index, route in enumerate(routes):
        number = route.get("id", str(index))
        name = f"{path.stem}-{number}"
        if name in found:
            raise ValueError(f"{path}: two routes have the id {number[:20]!r}")
        if not re.fullmatch(_IDENTITY, number):
            raise ValueError(f"{path}: a route has the id {number[:20]!r}, wanted letters, digits, dots and dashes")
        found[name] = _route(path, route)
    return found


def _route(path: Path, route: ElementTree.Element) -> dict[str, Any]:
    name = f"{path}: route {route.get('id')}"
    points = route.findall("waypoint") or route.findall("waypoints/position")
    if not 2 <= len(points) <= _MOST_POINTS or not route.get("town"):
        raise ValueError(f"{name} has {len(points)} places and town '{route.get('town')}', wanted a town and 2 or more")
    places = [{axis: _number(name, point, axis) for axis in ("x", "y", "z")} for point in points]
    return {"map": route.get("town"), "start": places[0], "via": places[1:-1], "goal": places[-1]}


def _number(name: str, point: ElementTree.Element, axis: str) -> float:
    try:
        value = float(point.get(axis, "0" if axis == "z" else "missing"))
    except ValueError:
        value = math.nan
    if not abs(value) <= _FARTHEST_M:
        raise ValueError(f"{name}: {axis} is '{point.get(axis, 'missing')}', wanted a number up to {_FARTHEST_M:g}")
    return value
