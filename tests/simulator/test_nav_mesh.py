"""The navigation mesh: where people walk, and its bytes."""

import struct

import numpy as np
import pytest

from agent.simulator.nouns import WALK_CROSSING, WALK_SIDEWALK, WalkGrid
from agent.simulator.protocol.nav_mesh import nav_mesh
from agent.simulator.roads.opendrive import parse_road_network
from agent.simulator.roads.walkways import has_walkways, walk_grid
from tests.simulator.opendrive_text import document, lane, road, section

SIDEWALK = lane(-1) + lane(-2, "sidewalk", 'a="2" b="0" c="0" d="0"')
OUTLINE = "".join(f'<cornerLocal u="{u}" v="{v}" z="0"/>' for u, v in ((-2, -4), (2, -4), (2, 4), (-2, 4)))
CROSSWALK = f'<object id="1" type="crosswalk" s="50" t="0" hdg="0"><outline>{OUTLINE}</outline></object>'


def grid_of(text):
    return walk_grid(parse_road_network(text, "test"))


def test_sidewalks_are_walked_on_and_crosswalks_lead_across():
    grid = grid_of(document(road(lanes=section(right=SIDEWALK), objects=CROSSWALK)))

    def area(x, y):
        return int(grid.area[int((y - grid.y_m) / grid.cell_m), int((x - grid.x_m) / grid.cell_m)])

    assert area(20.5, 4.5) == WALK_SIDEWALK  # lanes: 0 to 3.5 m, then the sidewalk to 5.5 m
    assert area(20.5, 2.5) == 0
    assert area(50.5, 1.5) == area(50.5, -1.5) == WALK_CROSSING
    column = [area(50.5, y + 0.5) for y in range(-4, 6)]
    assert column == [WALK_CROSSING] * 8 + [WALK_SIDEWALK] * 2  # without a gap before the sidewalk
    assert area(60.5, -1.5) == 0


def test_a_map_without_sidewalks_has_none():
    network = parse_road_network(document(road()), "test")
    assert not has_walkways(network)
    assert walk_grid(network) is None


def cells(*rows):
    area = np.array(rows, np.uint8)
    return WalkGrid(10.0, 20.0, 1.0, area, np.full((area.shape[0] + 1, area.shape[1] + 1), 0.5))


def test_two_cells_to_the_byte():
    mesh = nav_mesh(cells([1, 2], [0, 0]))
    head = struct.unpack_from("<4s2i5f2i", mesh)
    assert head == (b"TESM", 1, 1, 10.0, 0.5, 20.0, 64.0, 64.0, 1, 4096)
    reference, size = struct.unpack_from("<Ii", mesh, 40)
    assert (reference, size) == (1 << 12, len(mesh) - 48)
    tile = mesh[48:]
    numbers = struct.unpack_from("<4s5i9i10f", tile)
    assert numbers[:6] == (b"VAND", 7, 0, 0, 0, 0)
    assert numbers[6:15] == (2, 6, 2, 2, 0, 4, 0, 0, 2)
    assert size == 100 + 6 * 12 + 2 * 32 + 2 * 12 + 2 * 12 + 4 * 4
    first, second = (struct.unpack_from("<I12H H2B", tile, 172 + 32 * index) for index in (0, 1))
    assert first[1:5] == (0, 3, 4, 1)
    assert (first[7:11], second[7:11]) == ((0, 0, 2, 0), (1, 0, 0, 0))  # neighbours, counted from 1
    assert (first[13:], second[13:]) == ((2, 4, 1), (4, 4, 2))  # flags, corners, area
    corner = struct.unpack_from("<3f", tile, 100)
    assert corner == (10.0, 0.5, 20.0)


@pytest.mark.parametrize(("shape", "side"), [((1, 66), 0), ((66, 1), 2)])
def test_tiles_are_joined(shape, side):
    mesh = nav_mesh(cells(*np.ones(shape, int).tolist()))
    tiles, at = [], 40
    while at < len(mesh):
        reference, size = struct.unpack_from("<Ii", mesh, at)
        tiles.append((reference, mesh[at + 8 : at + 8 + size]))
        at += 8 + size
    assert [reference >> 12 for reference, _ in tiles] == [2, 3]  # salt 1 above the tile's number
    (count, vertices) = struct.unpack_from("<2i", tiles[0][1], 24)
    assert count == 64
    last = struct.unpack_from("<I12H", tiles[0][1], 100 + 12 * vertices + 32 * 63)
    assert 0x8000 | side in last[7:11]
    (_, vertices) = struct.unpack_from("<2i", tiles[1][1], 24)
    first = struct.unpack_from("<I12H", tiles[1][1], 100 + 12 * vertices)
    assert 0x8000 | (side + 4) in first[7:11]
