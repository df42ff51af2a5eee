"""The known maps, and a map made ready to drive in: network, obstacles, renderer."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from agent.simulator.dynamics.collision import CollisionWorld
from agent.simulator.nouns import ActorLook, Hits, Lamp, Rendering, Stroke, Thing, View, Weather
from agent.simulator.protocol.nav_mesh import nav_mesh
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.walkways import has_walkways, walk_grid

MAPS = Path(__file__).resolve().parents[3] / "configs" / "maps"
SENT_MAP = "OpenDriveMap"
"""Name of a map that a client has sent as OpenDRIVE text."""
MAX_MAP_BYTES = 64 * 1024 * 1024


class MapError(ValueError):
    """No such map, or one that cannot be read; says what to do."""


class Painter(Protocol):
    """What draws the pictures: `renderer.Renderer`."""

    def render(
        self,
        view: View,
        weather: Weather,
        actors: Sequence[ActorLook],
        *,
        labels: bool,
        depth: bool = False,
        normals: bool = False,
        picture: bool = True,
        frame: int = 0,
    ) -> Rendering:
        """What one camera sees, as far as it is asked for; `frame` moves what moves by itself."""

    def scribble(self, strokes: Sequence[Stroke]) -> None:
        """Draw these strokes of clients into the pictures from now on, and no others."""

    def hide(self, numbers: Set[int]) -> None:
        """Leave these objects of the scenery out from now on, and no others."""

    def light_lamps(self, strength: Mapping[int, float]) -> None:
        """How strongly street lamps shine by night, by their numbers; 1 for those it does not name."""

    def close(self) -> None:
        """Give the graphics memory back."""


class Caster(Protocol):
    """What rays are cast through: `ray_scene.RayScene`."""

    def prepare(self) -> None:
        """Build what rays go through, if that is not done; the first ray waits for it otherwise."""

    def cast(
        self,
        origin: npt.NDArray[np.float64],
        direction: npt.NDArray[np.float64],
        reach_m: float,
        actors: Sequence[ActorLook],
        *,
        scenery: bool = True,
    ) -> Hits:
        """What rays, origin and unit direction (N, 3), meet first."""

    def hide(self, numbers: Set[int]) -> None:
        """Let rays through these objects of the scenery, and through no others."""


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """A map made ready.

    Attributes:
        path: as CARLA names it, e.g. "Carla/Maps/loop".
        network: its roads.
        obstacles: what stands beside them.
        painter: draws it.
        rays: go through it.
        things: the objects of its scenery, by number.
        lamps: its street lamps.
    """

    path: str
    network: RoadNetwork
    obstacles: CollisionWorld
    painter: Painter
    rays: Caster
    things: tuple[Thing, ...] = ()
    lamps: tuple[Lamp, ...] = ()
    _walkable: list[bytes] = field(default_factory=list, repr=False)

    @property
    def nav_file(self) -> str:
        """Name of its navigation mesh, "" without sidewalks; clients keep the file, so another map has another name."""
        if not has_walkways(self.network):
            return ""
        return f"Carla/Maps/Nav/{self.network.name}-{zlib.crc32(self.network.xodr.encode()):08x}.bin"

    def nav_mesh(self) -> bytes:
        """The navigation mesh, made when it is first asked for; empty where a map is too large for one."""
        if not self._walkable:
            grid = walk_grid(self.network)
            self._walkable.append(nav_mesh(grid) if grid else b"")
        return self._walkable[0]

    def hide(self, numbers: Set[int]) -> None:
        """Take these objects out of pictures, rays and collisions, and put all others back."""
        self.obstacles.hide(numbers)
        self.painter.hide(numbers)
        self.rays.hide(numbers)


def stem(name: str) -> str:
    """A map's name without the folders before it."""
    return name.replace("\\", "/").rsplit("/", 1)[-1]


class MapShelf:
    """The maps of `configs/maps` by their stem, one file given by path, and a map a client has sent.

    Args:
        build: makes a town of OpenDRIVE text and a name; raises ValueError if it cannot.
        extra: a map file outside of the folder, known by its stem from now on.
    """

    def __init__(self, build: Callable[[str, str], Town], extra: Path | None = None) -> None:
        self._build = build
        self._files = {path.stem: path for path in sorted(MAPS.glob("*.xodr"))}
        self._sent: str | None = None
        if extra is not None:
            self._files[extra.stem] = extra

    def names(self) -> list[str]:
        """Stems in alphabetical order."""
        return sorted(self._files)

    def keep(self, xodr: str) -> None:
        """Remember a map sent by a client; it is read when it is loaded."""
        self._sent = xodr

    def open(self, name: str) -> Town:
        """The town of a name as clients give it: with or without folders before it.

        Raises:
            MapError: unknown or unreadable.
        """
        wanted = stem(name)
        if wanted == SENT_MAP and self._sent is not None:
            return self._made(self._sent, wanted)
        if wanted not in self._files:
            known = ", ".join(self.names()) or "none"
            raise MapError(f"map '{name:.80}' not found; known maps: {known}")
        try:
            if self._files[wanted].stat().st_size > MAX_MAP_BYTES:
                raise MapError(f"map {self._files[wanted]} is larger than {MAX_MAP_BYTES >> 20} MB")
            return self._made(self._files[wanted].read_text(encoding="utf-8"), wanted)
        except (OSError, UnicodeDecodeError) as error:
            raise MapError(f"map {self._files[wanted]} cannot be read: {error}") from error

    def _made(self, xodr: str, name: str) -> Town:
        try:
            return self._build(xodr, name)
        except ValueError as error:
            raise MapError(f"map '{name}' cannot be used: {error}") from error
