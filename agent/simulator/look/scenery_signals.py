"""Traffic lights and signs of the map: posts, heads and plates; what a light shows is drawn apart, as an actor."""

from __future__ import annotations

from agent.simulator.look.meshes_signs import light_meshes, sign_meshes
from agent.simulator.look.scenery import Scenery
from agent.simulator.look.things import stamped
from agent.simulator.nouns import Box, Label
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.signal_boxes import signal_boxes
from agent.simulator.roads.signal_posts import POST_M, signal_post

_HALF_POST_M, _CLEAR_M = 0.1, 0.4


def build_signals(scenery: Scenery, network: RoadNetwork) -> None:
    """Put up all signals that are drawn: lights, stop, yield and speed signs."""
    for signal in network.signals:
        if signal.kind == "other":
            continue
        post = signal_post(signal, signal_boxes(network, signal))
        if signal.kind == "traffic_light":
            meshes = light_meshes(post)
        else:
            limit = signal.subtype if signal.subtype.isdecimal() else f"{3.6 * (signal.limit_mps or 0.0):.0f}"
            meshes = sign_meshes(post, signal.kind, limit[:4])
        for mesh in meshes:
            stamped(scenery.next_number(), mesh)
            scenery.solid.append(mesh)
        x, y, z = post.foot
        half = (_HALF_POST_M, _HALF_POST_M, POST_M / 2.0)
        scenery.obstacles.append(Box(x, y, z + half[2], post.face_rad, *half, Label.POLES, thing=scenery.numbered - 1))
        scenery.site.take(x, y, post.face_rad, (_CLEAR_M, _CLEAR_M))
