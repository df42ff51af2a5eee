"""OpenDRIVE text -> a town ready to drive in: roads, scenery, graphics."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from agent.simulator.dynamics.collision import CollisionWorld
from agent.simulator.look.heap import give_back
from agent.simulator.look.ray_scene import RayScene
from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import Scene
from agent.simulator.look.scene_file import rest
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.scene_shelf import SceneShelf
from agent.simulator.world.maps import Town

_KEPT = 2
_KEPT_BYTES = 150 << 20


@dataclass(frozen=True, slots=True, eq=False)
class _Built:
    """What takes long to make of a map."""

    network: RoadNetwork
    scene: Scene

    @property
    def size(self) -> int:
        """Bytes of its meshes, by far the most of it."""
        return sum(layer.mesh.vertices.nbytes + layer.mesh.triangles.nbytes for layer in self.scene.layers)


class TownBuilder:
    """Makes towns; the same text and seed give the same. The newest two maps are kept as far as they are small.

    Args:
        seed: of the scenery.
        scenes: folder where scenes are kept from run to run, None for nowhere.
    """

    def __init__(self, seed: int, scenes: Path | None = None) -> None:
        self._seed = seed
        self._shelf = SceneShelf(scenes)
        self._kept: dict[tuple[str, bytes], _Built] = {}

    def __call__(self, xodr: str, name: str) -> Town:
        """A town.

        Raises:
            RoadError: the text is no usable map.
            RendererError: no OpenGL on this machine.
        """
        key = (name, sha256(xodr.encode("utf-8", "surrogatepass")).digest())
        built = self._kept.pop(key, None)
        if built is None:
            network = parse_road_network(xodr, name)
            built = _Built(network, self._shelf.scene(network, self._seed))
            give_back()
        self._keep(key, built)
        scene, network = built.scene, built.network
        painter = Renderer(scene)
        rest(scene)  # the graphics have their own
        return Town(
            f"Carla/Maps/{name}",
            network,
            CollisionWorld(scene.obstacles),
            painter,
            RayScene(scene),
            scene.things,
            scene.lamp_field.lamps,
        )

    def _keep(self, key: tuple[str, bytes], built: _Built) -> None:
        self._kept[key] = built
        while len(self._kept) > 1 and (
            len(self._kept) > _KEPT or sum(one.size for one in self._kept.values()) > _KEPT_BYTES
        ):
            del self._kept[next(iter(self._kept))]
