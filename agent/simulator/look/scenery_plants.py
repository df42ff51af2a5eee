"""Planting: trees, bushes and tufts where the land is free, as copies of a few prototypes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from agent.simulator.look.meshes_trees import Plant, birch, broadleaf, bush, conifer, copies, poplar, tuft
from agent.simulator.look.scenery import Scenery
from agent.simulator.look.site import Site
from agent.simulator.nouns import Box, Label

TREES = ("broadleaf", "broadleaf", "broadleaf", "birch", "conifer", "poplar")
_VARIANTS = 3


@dataclass(slots=True)
class Nursery:
    """Prototypes and where their copies stand.

    Attributes:
        plants: prototypes by species, several of each.
        rows: (x, y, z, yaw, size, number as an object) of the copies by (species, variant).
    """

    plants: dict[str, list[Plant]]
    rows: dict[tuple[str, int], list[tuple[float, ...]]] = field(default_factory=dict)
    tufts: list[tuple[float, ...]] = field(default_factory=list)

    def plant(self, scenery: Scenery, species: str, x: float, y: float, *, size: float, clear_m: float = 1.0) -> bool:
        """Plant one where crown and trunk are free; crowns stay off the lanes too."""
        rng = scenery.rng
        variant = int(rng.integers(_VARIANTS))
        kind = self.plants[species][variant]
        trunk = max(kind.trunk_m, 0.25 * kind.reach_m if kind.trunk_m == 0 else 0.3) * size
        crown = kind.reach_m * size
        if not scenery.site.is_free(x, y, 0.0, (crown * 0.7, crown * 0.7), clear_m):
            return False
        scenery.site.take(x, y, 0.0, (max(crown * 0.6, trunk), max(crown * 0.6, trunk)))
        self.put(scenery, species, variant, (x, y, scenery.ground(x, y)), size)
        return True

    def put(self, scenery: Scenery, species: str, variant: int, at: tuple[float, float, float], size: float) -> None:
        """Plant one without asking."""
        kind = self.plants[species][variant]
        self.rows.setdefault((species, variant), []).append(
            (*at, float(scenery.rng.uniform(0, 6.28)), size, scenery.next_number())
        )
        if kind.trunk_m > 0:
            half, tall = kind.trunk_m * size, 2.5
            scenery.obstacles.append(Box(at[0], at[1], at[2] + tall / 2, 0.0, half, half, tall / 2, Label.VEGETATION))

    def grow(self, scenery: Scenery) -> None:
        """Turn the rows into meshes."""
        for (species, variant), rows in self.rows.items():
            kind = self.plants[species][variant]
            table = np.array(rows)
            light = scenery.rng.uniform(0.84, 1.14, (len(rows), 1))
            tint = light * (1.0 + scenery.rng.uniform(-1, 1, (len(rows), 1)) * np.array([[0.14, 0.0, -0.06]]))
            piles = (
                (kind.solid, scenery.trees),
                (kind.far, scenery.far_trees),
                (kind.far_cards, scenery.far_cards),
                (kind.picture, scenery.tree_pictures),
                (kind.cards, scenery.cards),
            )
            for mesh, pile in piles:
                pile.append(copies(mesh, table[:, :3], table[:, 3], table[:, 4], tint, table[:, 5]))
        if self.tufts:
            table = np.array(self.tufts)
            tint = scenery.rng.uniform(0.8, 1.2, (len(table), 1)) * np.array([[1.0, 1.0, 0.95]])
            scenery.cards.append(copies(tuft(scenery.rng), table[:, :3], table[:, 3], table[:, 4], tint))


def nursery(rng: np.random.Generator) -> Nursery:
    """Three of each species."""
    makers = {"broadleaf": broadleaf, "birch": birch, "conifer": conifer, "poplar": poplar, "bush": bush}
    return Nursery({name: [make(rng) for _ in range(_VARIANTS)] for name, make in makers.items()})


def strew_tufts(nursery_: Nursery, site: Site, places: Sequence[tuple[float, float]], rng: np.random.Generator) -> None:
    """Tufts of tall grass on free places, 0.4 m off every lane."""
    if not places:
        return
    table = np.array(places)
    free = site.are_free(table[:, 0], table[:, 1], 0.9)
    heights = site.terrain.height(table[:, 0], table[:, 1])
    for (x, y), z in zip(table[free].tolist(), heights[free].tolist(), strict=True):
        nursery_.tufts.append((x, y, z, float(rng.uniform(0, 6.28)), float(rng.uniform(0.6, 1.3))))
