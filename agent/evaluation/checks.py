"""What can be known to be wrong before anything is driven: weathers, maps, routes, models."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.carla_world import WEATHERS, maps_of, read_map
from agent.errors import ConfigError, SimulatorError, UserError, unknown
from agent.evaluation.settings import CONFIGS, Route, Suite
from agent.model import load_model
from agent.route import NoRouteError, lay_route
from agent.saliency import make_explainer
from agent.spawning import FAR_M

_MAPS = CONFIGS / "maps"
_OPENDRIVE = ".xodr"
Spawns = Callable[[Path], int]
"""How many spawn points the map of a file has."""


def check(suite: Suite, source: str, models: str = "models", spawns: Spawns | None = None) -> dict[str, str]:
    """Refuse what cannot be driven.

    Args:
        suite: to be driven.
        source: the suite's file.
        models: the key, or the flag, that the models are of.
        spawns: counts a map's spawn points; None: whether there are enough turns out when they are driven to.

    Returns:
        Checksums of the models' weights, by how the suite calls them.

    Raises:
        UserError: one line with file and key and what there is.
    """
    try:
        _check_places(suite, spawns)
    except UserError as error:
        raise ConfigError(f"{source}: {error}") from None
    weights = {}
    for model in suite.models:
        try:
            loaded = load_model(model)
        except UserError as error:
            where = models if models.startswith("-") else f"{source}: {models}"
            raise ConfigError(f"{where}: {error}") from None
        weights[model] = loaded.sha256
        try:
            make_explainer(suite.method, None, loaded)
        except UserError as error:
            raise ConfigError(f"{source}: method: {error}") from None
    return weights


def _check_places(suite: Suite, spawns: Spawns | None) -> None:
    for weather in suite.weathers:
        if weather not in WEATHERS:
            raise ConfigError(f"weathers: {unknown('weather', weather, WEATHERS)}")
    for server in suite.servers:
        try:
            known = maps_of(server)
        except SimulatorError as error:
            raise ConfigError(f"servers: {error}") from None
        for name, route in suite.routes.items():
            if not route.map.endswith(_OPENDRIVE) and route.map not in known:
                raise ConfigError(f"routes.{name}.map: {server}: {unknown('map', route.map, known)}")
    if not suite.servers:  # a server's maps are its own
        maps: dict[str, Any] = {}
        for name, route in suite.routes.items():
            file = _map_file(name, route)
            if route.map not in maps:
                maps[route.map] = _read(name, file)
            if spawns is not None and any(isinstance(end, int) and end > 0 for end in (route.start, route.goal)):
                _check_spawns(name, route, spawns(file))
            _check_route(name, route, maps[route.map])


def _map_file(name: str, route: Route) -> Path:
    if route.map.endswith(_OPENDRIVE):
        return Path(route.map)
    path = _MAPS / f"{route.map}.xodr"
    if not path.is_file():
        raise ConfigError(
            f"routes.{name}.map: {unknown('map', route.map, (each.stem for each in _MAPS.glob('*.xodr')))}"
        )
    return path


def _read(name: str, file: Path) -> Any:
    try:
        return read_map(file)
    except ConfigError as error:
        raise ConfigError(f"routes.{name}.map: {error}") from None


def _check_spawns(name: str, route: Route, count: int) -> None:
    for key, number in (("start", route.start), ("goal", route.goal)):
        if isinstance(number, int) and number >= count:
            raise ConfigError(f"routes.{name}.{key}: the map has spawn points 0 to {count - 1}, not {number}")


def _check_route(name: str, route: Route, road_map: Any) -> None:
    """Whether a route leads from its start to its end; one between spawn points is laid when it is driven."""
    start, goal = route.start, route.destination
    if isinstance(start, int) or goal.goal_spawn is not None:
        return
    location = road_map.generate_waypoints(100.0)[0].transform.location
    location.x, location.y, location.z = start.x, start.y, start.z
    waypoint = road_map.get_waypoint(location)
    beside = waypoint.transform.location
    if math.hypot(beside.x - start.x, beside.y - start.y) > FAR_M:
        raise ConfigError(f"routes.{name}.start: no lane within {FAR_M:g} m of {start.x:g}, {start.y:g}")
    try:
        lay_route(road_map, waypoint, goal)
    except NoRouteError as error:
        raise ConfigError(f"routes.{name}: {error}") from None
