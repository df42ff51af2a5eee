"""What stands where along the roads: town and country from the road and a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from agent.simulator.look.meshes import Array, Mesh
from agent.simulator.look.site import Site
from agent.simulator.nouns import Box, Lamp
from agent.simulator.roads.road import Road
from agent.simulator.roads.road_network import RoadNetwork

_TOWN = ("town", "lowSpeed", "pedestrian")


@dataclass(slots=True)
class Scenery:
    """What has been put up so far.

    Attributes:
        site: the land, free and taken.
        rng: the dice.
        solid: meshes of the object material; small: the same, not drawn from afar.
        trees, far_trees: what is drawn of plants near by and from afar.
        cards, far_cards: leaf cards of both; tree_pictures: whole trees on cards, for afar; woods: edges of them.
        obstacles: what can be bumped into.
        lamps: street lamps.
        numbered: number of the last object that was given one.
    """

    site: Site
    rng: np.random.Generator
    solid: list[Mesh] = field(default_factory=list)
    small: list[Mesh] = field(default_factory=list)
    trees: list[Mesh] = field(default_factory=list)
    far_trees: list[Mesh] = field(default_factory=list)
    far_cards: list[Mesh] = field(default_factory=list)
    tree_pictures: list[Mesh] = field(default_factory=list)
    cards: list[Mesh] = field(default_factory=list)
    woods: list[Mesh] = field(default_factory=list)
    obstacles: list[Box] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    numbered: int = 0

    def next_number(self) -> int:
        """For an object of several meshes; what has none gets its own at the end."""
        self.numbered += 1
        return self.numbered

    def ground(self, x: float, y: float) -> float:
        """Height of the ground at a place [m]."""
        return float(self.site.terrain.height(x, y))


@dataclass(frozen=True, slots=True)
class Stretch:
    """One side of a piece of road of one kind.

    Attributes:
        road: it belongs to.
        start_m, end_m: along the road.
        side: +1 left, -1 right as seen along s.
        town: houses stand here; else fields and trees.
    """

    road: Road
    start_m: float
    end_m: float
    side: float
    town: bool

    @property
    def length_m(self) -> float:
        """Along the road."""
        return self.end_m - self.start_m

    def place(self, s_m: float, out_m: float) -> tuple[float, float, float, float]:
        """x, y, z [m] of a place `out_m` beyond the road's outermost lane, and the yaw whose right is away from it."""
        at = self.road.sample(s_m)
        t, heading = self._edge_at(s_m) + self.side * out_m, float(at.heading_rad)
        x, y = float(at.x_m + t * np.sin(at.heading_rad)), float(at.y_m - t * np.cos(at.heading_rad))
        return x, y, float(at.z_m), heading if self.side < 0 else heading + np.pi

    def line(self, s_m: Array, out_m: float) -> Array:
        """Points (N, 3) along the stretch, `out_m` beyond the outermost lane."""
        return self.road.point(s_m, self.edge(s_m) + self.side * out_m)

    def edge(self, s_m: Array) -> Array:
        """t of the outermost edge on this side."""
        return np.array([self._edge_at(s) for s in s_m.tolist()])

    def _edge_at(self, s_m: float) -> float:
        section = self.road.section_at(s_m)
        t = section.offset.at(s_m)[0]
        for lane in reversed(section.lanes) if self.side > 0 else section.lanes:  # from the middle outwards
            if lane.id * self.side > 0:
                t += self.side * max(lane.width.at(s_m)[0], 0.0)
        return t


def stretches(network: RoadNetwork) -> Iterator[Stretch]:
    """Both sides of every road outside junctions, cut where town meets country."""
    for road in network.roads:
        if road.junction is not None:
            continue
        cuts = [0.0, *(kind.start_m for kind in road.types if 0.0 < kind.start_m < road.length_m), road.length_m]
        for start, end in pairwise(cuts):
            if end - start < 1.0:
                continue
            town = road.kind_at((start + end) / 2).startswith(_TOWN)
            for side in (1.0, -1.0):
                yield Stretch(road, start, end, side, town)
