"""A circuit that a seed draws, with roads as no shipped map has them: for driving where nothing was trained.

python -m tests.bench.unseen_map SEED FILE.xodr
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

from agent.simulator.roads.circuit import grouped, legs, ring_links
from agent.simulator.roads.course import Corner, course
from agent.simulator.roads.map_plan import MapPlan, RoadPlan
from agent.simulator.roads.map_writer import map_xodr
from agent.simulator.roads.opendrive_writer import Paint
from agent.simulator.roads.rural_lanes import two_lanes

_DASHED = Paint("broken", dash_m=3.0, gap_m=6.0, lane_change="both")
_CENTERS = (_DASHED, Paint("solid"), Paint("solid solid", "yellow"))


def unseen_xodr(seed: int) -> str:
    """A two-lane ring of about 2 km: bends to both sides of 28 m to 90 m, hills, three kinds of centre line."""
    draw = random.Random(seed)
    while True:
        corners, count = [], 14
        for index in range(count):
            turn = 2 * math.pi * index / count
            reach_m = 330.0 * draw.uniform(0.62, 1.2)
            radius_m = draw.uniform(28.0, 90.0)
            corners.append(Corner(reach_m * math.cos(turn), reach_m * math.sin(turn), radius_m, 0.5 * radius_m))
        try:
            parts = course(corners)
            break
        except ValueError:  # bends that overlap: draw again
            continue
    cuts = [slice(first, first + 2) for first in range(0, count, 2)]
    heights = [(share / 7, draw.uniform(0.0, 12.0)) for share in range(7)]
    found = legs(grouped(parts, cuts), heights, steepest_bank=0.03)
    width_m, roads = draw.uniform(3.2, 3.7), []
    for index, leg in enumerate(found):
        edges = ((0.0, Paint("solid")),)
        lanes = two_lanes(width_m, ((0.0, draw.choice(_CENTERS)),), (edges, edges), [("shoulder", 0.8)])
        before, after = ring_links(1, index, len(found))
        roads.append(
            RoadPlan(
                id=index + 1,
                name=f"Leg {index + 1}",
                stretches=leg.stretches,
                sections=((0.0, lanes),),
                kind="rural",
                limit_kmh=60,
                elevation=leg.elevation,
                superelevation=leg.superelevation,
                predecessor=before,
                successor=after,
            )
        )
    return map_xodr(MapPlan(f"unseen{seed}", tuple(roads)))


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(unseen_xodr(int(sys.argv[1])), encoding="utf-8")
