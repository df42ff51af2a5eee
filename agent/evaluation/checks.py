"""What can be known to be wrong before anything is driven: weathers, maps, routes, models."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agent.carla_world import WEATHERS, read_map
from agent.errors import ConfigError, unknown
from agent.evaluation.settings import CONFIGS, Place, Route, Suite
from agent.model import load_model
from agent.route import NoRouteError, lay_route
from agent.saliency import make_explainer

_MAPS = CONFIGS / "maps"


def check(suite: Suite) -> None:
    """Refuse what cannot be driven.

    Raises:
        UserError: one line with the key and what there is.
    """
    for weather in suite.weathers:
        if weather not in WEATHERS:
            raise ConfigError(f"weathers: {unknown('weather', weather, WEATHERS)}")
    if not suite.servers:  # a server's maps are its own
        maps: dict[str, Any] = {}
        for name, route in suite.routes.items():
            if route.map not in maps:
                maps[route.map] = read_map(_map_file(name, route))
            _check_route(name, route, maps[route.map])
    for model in suite.models:
        make_explainer(suite.method, None, load_model(model))


def _map_file(name: str, route: Route) -> Path:
    if route.map.endswith(".xodr"):
        return Path(route.map)
    path = _MAPS / f"{route.map}.xodr"
    if not path.is_file():
        raise ConfigError(
            f"routes.{name}.map: {unknown('map', route.map, (each.stem for each in _MAPS.glob('*.xodr')))}"
        )
    return path


def _check_route(name: str, route: Route, road_map: Any) -> None:
    points = road_map.get_spawn_points() or [waypoint.transform for waypoint in road_map.generate_waypoints(20.0)]
    if isinstance(route.start, Place):
        location = points[0].location
        location.x, location.y, location.z = route.start.x, route.start.y, route.start.z
        start = road_map.get_waypoint(location)
        if math.hypot(start.transform.location.x - location.x, start.transform.location.y - location.y) > _FAR_M:
            raise ConfigError(f"routes.{name}.start: no lane within {_FAR_M:g} m of {location.x:g}, {location.y:g}")
    else:
        start = road_map.get_waypoint(_point(name, "start", route.start, points).location)
    if isinstance(route.goal, int):
        _point(name, "goal", route.goal, points)
    known = SimpleNamespace(get_spawn_points=lambda: points)
    try:
        lay_route(known, start, route.destination)
    except NoRouteError as error:
        raise ConfigError(f"routes.{name}: {error}") from None


def _point(name: str, key: str, index: int, points: list[Any]) -> Any:
    if index >= len(points):
        raise ConfigError(f"routes.{name}.{key}: the map has spawn points 0 to {len(points) - 1}, not {index}")
    return points[index]


_FAR_M = 10.0
