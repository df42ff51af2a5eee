"""What a CARLA server was like before a run, and making it so again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent.errors import ConfigError, SimulatorError, unknown

_LEAVING_TIMEOUT_S = 3.0
"""Longest wait for each answer while leaving: a dead server must not hold the program for long."""
_LOADING_TIMEOUT_S = 120.0
"""Longest wait for a map: CARLA's large towns take more than 20 s on a slow disk."""
_GENERATED = "OpenDriveMap"
"""CARLA's name of every map that a client has sent: it cannot be loaded by it."""
_LARGEST_MAP_BYTES = 64 * 2**20


class AsFound:
    """Map, weather and settings of a server as they were before anything was changed.

    Args:
        client: a `carla.Client`.
        timeout_s: longest wait for its answers, but for a map's loading.

    Attributes:
        world: the `carla.World` in force; another one after a map was loaded.
        weather: the `carla.WeatherParameters` found.

    Raises:
        RuntimeError: no answer, as from every call of the client.
    """

    def __init__(self, client: Any, timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s
        self.world = client.get_world()
        self.weather = self.world.get_weather()
        self._settings = self.world.get_settings()
        self._map = self.world.get_map()
        self._episode: int = self.world.id
        self._loaded = False

    def load_map(self, name: str) -> None:
        """Load a map by name or from an OpenDRIVE file, unless it is loaded already.

        Raises:
            ConfigError: no such map, or not a file that can be read.
            SimulatorError: the server refused it, or was not ready with it in time.
        """
        client = self._client
        if name.endswith(".xodr"):
            xodr = _read(Path(name))
            self._load(name, lambda: client.generate_opendrive_world(xodr))
        elif map_stem(self._map.name) != name:
            known = [map_stem(path) for path in client.get_available_maps()]
            if name not in known:
                raise ConfigError(unknown("map", name, known))
            self._load(name, lambda: client.load_world(name))

    def put_back(self, *first: Callable[[], None]) -> list[Exception]:
        """Undo what was done to the server; what fails does not keep the rest.

        Args:
            first: what else is to be undone, before.

        Returns:
            What went wrong; nothing after a clean leave.
        """
        self._timeout_s = _LEAVING_TIMEOUT_S
        self._client.set_timeout(self._timeout_s)
        steps = (*first, self._put_back_settings, self._put_back_map, self._put_back_weather)
        return _attempt(steps, self._client.get_server_version)

    def _put_back_settings(self) -> None:
        self.world.apply_settings(self._settings)

    def _put_back_weather(self) -> None:
        self.world.set_weather(self.weather)
        self.world.get_weather()  # which is answered: what is not may be lost when the client goes

    def _put_back_map(self) -> None:
        """Load the map that was found, if loading another one went as far as a new episode."""
        client, name = self._client, str(self._map.name)
        if not self._loaded or client.get_world().id == self._episode:
            return
        try:
            if map_stem(name) == _GENERATED:
                self._load(name, lambda: client.generate_opendrive_world(self._map.to_opendrive()))
            else:
                self._load(name, lambda: client.load_world(name))
        finally:
            self._put_back_settings()  # a new episode has the server's own

    def _load(self, name: str, load: Callable[[], Any]) -> None:
        """Load a map, however long it takes, on a server that goes on by itself meanwhile."""
        settings = self.world.get_settings()
        if settings.synchronous_mode:  # nobody would tick: CARLA never gets ready with the map
            settings.synchronous_mode = False
            self.world.apply_settings(settings)
        self._loaded = True
        self._client.set_timeout(max(self._timeout_s, _LOADING_TIMEOUT_S))
        try:
            self.world = load()
        except RuntimeError as error:
            raise SimulatorError(f"the server could not load map {name} ({error}): choose another --map") from error
        finally:
            self._client.set_timeout(self._timeout_s)


def _attempt(steps: Sequence[Callable[[], None]], ask: Callable[[], object]) -> list[Exception]:
    """Take every step and collect what fails; none is left to wait for a server that no longer answers."""
    failures: list[Exception] = []
    for step in steps:
        try:
            step()
        except (RuntimeError, SimulatorError) as error:
            failures.append(error)
            try:
                ask()
            except RuntimeError:
                break
    return failures


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            xodr = file.read(_LARGEST_MAP_BYTES + 1)
        if len(xodr) <= _LARGEST_MAP_BYTES:
            return xodr.decode("utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the map {path} ({error}): give an OpenDRIVE file.xodr") from None
    raise ConfigError(f"{path} is larger than {_LARGEST_MAP_BYTES // 2**20} MiB: that is no map to drive on")


def map_stem(name: Any) -> str:
    """A map's name without its folder."""
    return str(name).rsplit("/", 1)[-1]
