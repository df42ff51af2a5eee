"""How a traffic light or a sign stands beside the road: post, arm, heads, which way they face."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agent.simulator.nouns import Box
from agent.simulator.roads.road_signals import RoadSignal

Point = tuple[float, float, float]

HEAD_HALF_M = (0.14, 0.17, 0.52)
"""Half sizes of a light's head: along its face's direction, across, up."""

LENSES_M = (0.33, 0.0, -0.33)
"""Heights of the lenses from the head's middle: red, yellow, green."""
LENS_M = 0.12
"""Their radius."""
POST_M = 3.5
ARM_M = 5.9
_NEAR_HEAD_M, _ARM_HEAD_M, _PROUD_M = 2.85, 5.35, 0.22
_SHORTEST_ARM_M, _LONGEST_ARM_M = 2.0, 12.0
_PLATE_M = 2.3


@dataclass(frozen=True, slots=True)
class SignalPost:
    """A post and what hangs on it [m, rad].

    Attributes:
        foot: on the ground.
        face_rad: direction the faces look, against the traffic.
        heads: centres of a light's heads, or of a sign's plate.
        arm: where an arm over the lanes ends, at the post's top height; None without.
    """

    foot: Point
    face_rad: float
    heads: tuple[Point, ...]
    arm: Point | None = None


def signal_post(signal: RoadSignal, boxes: Sequence[Box]) -> SignalPost:
    """The post of a signal that holds in these boxes, see `signal_boxes`.

    A light has a head on its post and, where its lanes are 2 to 12 m aside, one over their middle.
    """
    pose = signal.pose
    face = (boxes[0].yaw_rad if boxes else pose.yaw_rad) + math.pi
    ahead, foot = (math.cos(face), math.sin(face)), (pose.x_m, pose.y_m, pose.z_m)
    if signal.kind != "traffic_light":
        return SignalPost(foot, face, (_moved(foot, ahead, 0.06, _PLATE_M),))
    near = _moved(foot, ahead, _PROUD_M, _NEAR_HEAD_M)
    if not boxes:
        return SignalPost(foot, face, (near,))
    right = (-ahead[1], ahead[0])
    aside = sum((box.x_m - pose.x_m) * right[0] + (box.y_m - pose.y_m) * right[1] for box in boxes) / len(boxes)
    if not _SHORTEST_ARM_M <= abs(aside) <= _LONGEST_ARM_M:
        return SignalPost(foot, face, (near,))
    over = _moved(foot, right, aside, 0.0)
    return SignalPost(foot, face, (near, _moved(over, ahead, _PROUD_M, _ARM_HEAD_M)), _moved(over, right, 0.0, ARM_M))


def _moved(point: Point, way: tuple[float, float], by_m: float, up_m: float) -> Point:
    return point[0] + by_m * way[0], point[1] + by_m * way[1], point[2] + up_m
