"""Traffic lights and signs as actors, made from the map's signals when an episode begins."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

from agent.simulator.nouns import LENS, ActorLook, Box, Label, Pose
from agent.simulator.poses import Vector, relative_to
from agent.simulator.protocol.messages import sign_status, traffic_light_status
from agent.simulator.protocol.structs import ActorDescription, box_tuple
from agent.simulator.roads.road_network import RoadNetwork
from agent.simulator.roads.road_signals import RoadSignal
from agent.simulator.roads.signal_boxes import signal_boxes
from agent.simulator.roads.signal_posts import HEAD_HALF_M, LENSES_M, SignalPost, signal_post
from agent.simulator.world.actors import Actor
from agent.simulator.world.light_groups import LONE_RED_S, LightGroup, LightState, Turn

_TURNED_RAD = 0.5 * math.pi
"""CARLA's models of lights and signs stand a quarter turn to the right of the map's signal."""
_LENS_PROUD_M = 0.02
_SHINING = {
    LightState.RED: ((255, 40, 30), LENSES_M[0]),
    LightState.YELLOW: ((255, 176, 20), LENSES_M[1]),
    LightState.GREEN: ((40, 255, 120), LENSES_M[2]),
}
"""Colour and height in the head of the lens that shines."""


@dataclass(eq=False)
class TrafficSign(Actor):
    """A sign that never changes.

    Attributes:
        signal: the map's.
        boxes: where it holds.
        post: how it stands.
    """

    signal: RoadSignal = field(kw_only=True)
    boxes: tuple[Box, ...] = field(kw_only=True)
    post: SignalPost = field(kw_only=True)

    @property
    def tags(self) -> bytes:
        """Semantic labels, one byte each."""
        return bytes([Label.TRAFFIC_SIGNS, Label.POLES])

    def box(self) -> list[object]:
        """The trigger volume: a box around `boxes`, in the actor's axes."""
        return self._volume

    def row(self) -> bytes:
        """Its 119 bytes, always the same."""
        return self._row

    def put(self, pose: Pose) -> None:
        """It stands where the map has it."""

    @cached_property
    def _volume(self) -> list[object]:
        corners = [_local(self.pose, box, sx, sy) for box in self.boxes for sx in (-1, 1) for sy in (-1, 1)]
        if not corners:
            return box_tuple(actor_id=self.id)
        low, high = ([pick(values) for values in zip(*corners, strict=True)] for pick in (min, max))
        middle = ((low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, (low[2] + high[2]) / 2.0)
        half = ((high[0] - low[0]) / 2.0, (high[1] - low[1]) / 2.0, self.boxes[0].half_height_m)
        return box_tuple(middle, half, self.id)

    @cached_property
    def _row(self) -> bytes:
        return super().row()

    def _status(self) -> bytes:
        return sign_status(self.signal.id)


@dataclass(eq=False)
class TrafficLight(TrafficSign):
    """A traffic light.

    Attributes:
        group: it takes turns with.
        turn: its controller.
        pole_index: its number at the junction.
    """

    group: LightGroup = field(init=False)
    turn: Turn = field(init=False)
    pole_index: int = 0

    @property
    def state(self) -> LightState:
        """What it shows."""
        return self.group.states[self.id]

    @property
    def tags(self) -> bytes:
        """Semantic labels, one byte each."""
        return bytes([Label.TRAFFIC_LIGHT, Label.POLES])

    def light_boxes(self) -> list[object]:
        """The heads' boxes in the world."""
        yaw_deg = math.degrees(self.post.face_rad)
        return [[list(head), list(HEAD_HALF_M), [0.0, yaw_deg, 0.0], self.id] for head in self.post.heads]

    def looks(self) -> tuple[ActorLook, ...]:
        """The lens that shines in each head; post and heads stand still and belong to the scene."""
        if self.state not in _SHINING:
            return ()
        color, up_m = _SHINING[self.state]
        face = self.post.face_rad
        ahead = (HEAD_HALF_M[0] + _LENS_PROUD_M) * math.cos(face), (HEAD_HALF_M[0] + _LENS_PROUD_M) * math.sin(face)
        return tuple(
            ActorLook(self.id, LENS, Pose(x + ahead[0], y + ahead[1], z + up_m, yaw_rad=face), color)
            for x, y, z in self.post.heads
        )

    def row(self) -> bytes:
        """Its 119 bytes as of now."""
        status = self._status()
        return self._row[: -len(status)] + status

    def _status(self) -> bytes:
        seconds = self.turn.seconds
        times_s = (seconds[LightState.GREEN], seconds[LightState.YELLOW], seconds[LightState.RED], self.group.elapsed_s)
        return traffic_light_status(
            self.signal.id, times_s, pole_index=self.pole_index, frozen=self.group.frozen, state=int(self.state)
        )


def new_signals(network: RoadNetwork, ids: count[int]) -> tuple[list[TrafficSign], list[LightGroup]]:
    """Actors for all signals CARLA has actors for, and the groups their lights take turns in."""
    signs = [sign for signal in network.signals if (sign := _sign(network, signal, ids)) is not None]
    lights = {sign.signal.id: sign for sign in signs if isinstance(sign, TrafficLight)}
    return signs, list(_groups(network, lights))


def _sign(network: RoadNetwork, signal: RoadSignal, ids: count[int]) -> TrafficSign | None:
    blueprint = _blueprint(network, signal)
    if blueprint is None:
        return None
    boxes = signal_boxes(network, signal)
    pose = signal.pose._replace(yaw_rad=math.remainder(signal.pose.yaw_rad + _TURNED_RAD, 2.0 * math.pi))
    make = TrafficLight if signal.kind == "traffic_light" else TrafficSign
    description = ActorDescription(0, blueprint)
    return make(next(ids), description, pose, signal=signal, boxes=boxes, post=signal_post(signal, boxes))


def _blueprint(network: RoadNetwork, signal: RoadSignal) -> str | None:
    """The actor's type, None for what CARLA makes no actor of."""
    if signal.kind == "traffic_light":
        controlled = any(signal.id in controller.signal_ids for controller in network.controllers)
        return "traffic.traffic_light" if controlled or network.road(signal.road_id).junction is None else None
    if signal.kind in ("stop", "yield"):
        return None if signal.name == "Stencil_STOP" else f"traffic.{signal.kind}"
    if signal.kind == "speed_limit" and signal.limit_mps is not None:
        figure = signal.subtype if signal.subtype.isdecimal() else f"{3.6 * signal.limit_mps:.0f}"
        return f"traffic.speed_limit.{figure:.4}"
    return None


def _groups(network: RoadNetwork, lights: dict[str, TrafficLight]) -> Iterator[LightGroup]:
    """One for each junction, in the file's order, then one for each light that nobody controls."""
    turns: dict[object, list[Turn]] = {}
    left = dict(lights)
    for controller in sorted(network.controllers, key=lambda controller: controller.sequence):
        members = [left.pop(signal_id) for signal_id in controller.signal_ids if signal_id in left]
        if members:
            turn = Turn(tuple(light.id for light in members))
            where = controller.junction_ids[0] if controller.junction_ids else controller.id
            turns.setdefault(where, []).append(turn)
    for light in left.values():
        turns[light] = [Turn((light.id,))]
        turns[light][0].seconds[LightState.RED] = LONE_RED_S
    by_id = {light.id: light for light in lights.values()}
    for alternating in turns.values():
        group = LightGroup(alternating)
        places = [(by_id[light_id], turn) for turn in alternating for light_id in turn.lights]
        for index, (light, turn) in enumerate(places):
            light.group, light.turn, light.pole_index = group, turn, index
        yield group


def _local(pose: Pose, box: Box, along: int, across: int) -> Vector:
    """A corner of a box, in the axes of a pose."""
    cosine, sine = math.cos(box.yaw_rad), math.sin(box.yaw_rad)
    length, width = along * box.half_length_m, across * box.half_width_m
    corner = Pose(box.x_m + length * cosine - width * sine, box.y_m + length * sine + width * cosine, box.z_m)
    found = relative_to(pose, corner)
    return found.x_m, found.y_m, found.z_m
