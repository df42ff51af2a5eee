"""OpenDRIVE text -> a town ready to drive in: roads, scenery, graphics."""

from __future__ import annotations

from agent.simulator.dynamics.collision import CollisionWorld
from agent.simulator.look.ray_scene import RayScene
from agent.simulator.look.renderer import Renderer
from agent.simulator.look.scene import build_scene
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.world.maps import Town


def build_town(xodr: str, name: str, seed: int) -> Town:
    """A town; the same text and seed give the same.

    Raises:
        RoadError: the text is no usable map.
        RendererError: no OpenGL on this machine.
    """
    network = parse_road_network(xodr, name)
    scene = build_scene(network, seed)
    rays, lamps = RayScene(scene), scene.lamp_field.lamps
    return Town(
        f"Carla/Maps/{name}", network, CollisionWorld(scene.obstacles), Renderer(scene), rays, scene.things, lamps
    )
