"""OpenDRIVE text -> a town ready to drive in: roads, scenery, graphics."""

from __future__ import annotations

from agent.simulator.collision import CollisionWorld
from agent.simulator.maps import Town
from agent.simulator.opendrive import parse_road_network
from agent.simulator.renderer import Renderer
from agent.simulator.scene import build_scene


def build_town(xodr: str, name: str, seed: int) -> Town:
    """A town; the same text and seed give the same.

    Raises:
        RoadError: the text is no usable map.
        RendererError: no OpenGL on this machine.
    """
    network = parse_road_network(xodr, name)
    scene = build_scene(network, seed)
    return Town(f"Carla/Maps/{name}", network, CollisionWorld(scene.obstacles), Renderer(scene))
