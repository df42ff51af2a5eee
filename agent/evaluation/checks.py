"""What can be known to be wrong before anything is driven: weathers, maps, routes, models."""

from __future__ import annotations

import math
import socket
from pathlib import Path
from typing import Any

from agent.carla_world import WEATHERS, read_map
from agent.errors import ConfigError, UserError, unknown
from agent.evaluation.settings import CONFIGS, Route, Suite
from agent.model import load_model
from agent.route import NoRouteError, lay_route
from agent.saliency import make_explainer

_MAPS = CONFIGS / "maps"
_FAR_M = 10.0
_ANSWER_S = 10.0


def check(suite: Suite, source: str, models: str = "models") -> None:
    """Refuse what cannot be driven.

    Args:
        suite: to be driven.
        source: the suite's file.
        models: the key, or the flag, that the models are of.

    Raises:
        UserError: one line with file and key and what there is.
    """
    try:
        _check_places(suite)
    except UserError as error:
        raise ConfigError(f"{source}: {error}") from None
    for model in suite.models:
        try:
            loaded = load_model(model)
        except UserError as error:
            where = models if models.startswith("-") else f"{source}: {models}"
            raise ConfigError(f"{where}: {error}") from None
        try:
            make_explainer(suite.method, None, loaded)
        except UserError as error:
            raise ConfigError(f"{source}: method: {error}") from None


def _check_places(suite: Suite) -> None:
    for weather in suite.weathers:
        if weather not in WEATHERS:
            raise ConfigError(f"weathers: {unknown('weather', weather, WEATHERS)}")
    for server in suite.servers:
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=_ANSWER_S).close()
        except (OSError, OverflowError, ValueError) as error:
            raise ConfigError(f"servers: no simulator at {server} ({error}): start it, or take it out") from None
    if not suite.servers:  # a server's maps are its own
        maps: dict[str, Any] = {}
        for name, route in suite.routes.items():
            if route.map not in maps:
                maps[route.map] = read_map(_map_file(name, route))
            _check_route(name, route, maps[route.map])


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
    """Whether a route leads from its start to its end; spawn points are the server's, who alone can tell of theirs."""
    start, goal = route.start, route.destination
    if isinstance(start, int) or goal.goal_spawn is not None:
        return
    location = road_map.generate_waypoints(100.0)[0].transform.location
    location.x, location.y, location.z = start.x, start.y, start.z
    waypoint = road_map.get_waypoint(location)
    beside = waypoint.transform.location
    if math.hypot(beside.x - start.x, beside.y - start.y) > _FAR_M:
        raise ConfigError(f"routes.{name}.start: no lane within {_FAR_M:g} m of {start.x:g}, {start.y:g}")
    try:
        lay_route(road_map, waypoint, goal)
    except NoRouteError as error:
        raise ConfigError(f"routes.{name}: {error}") from None
